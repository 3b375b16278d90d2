/* Adds faults that were found without knowledge of the file. Such an error names its option, such
 * as "authorization.roles.ops", and this file finds the line and column of that key, or the
 * environment variable that set it. */
#include "config/reading.h"

#include "base/ensure.h"

static bool ends_a_name(str rest)
{
    return rest.len == 0 || strchr(".[", rest.ptr[0]) != NULL;
}

/* The child whose name, "ops" or "[2]", the text begins with, and how long the name is; keys may
 * hold dots, so the longest name counts. NULL: none. */
static const struct yaml_node *find_child(const struct yaml_node *node, str text, size_t *len)
{
    ensure(node != NULL && len != NULL);
    const struct yaml_node *best = NULL;
    size_t index = 0;
    char item[32];

    *len = 0;
    for (const struct yaml_node *child = node->first; child != NULL; child = child->next) {
        str name = child->key;

        if (node->kind == YAML_LIST) {
            (void)snprintf(item, sizeof(item), "[%zu]", index++);
            name = str_of(item);
        }
        if (name.len <= *len || !str_starts(text, name) || !ends_a_name(str_from(text, name.len)))
            continue;
        best = child;
        *len = name.len;
    }
    return best;
}

/* The node that a key names, or the nearest above it; NULL: the file has none. */
static const struct yaml_node *find_nearest(const struct config_reading *r, str key)
{
    const struct yaml_node *found = NULL, *node = r->root;
    size_t len;

    while (node != NULL && (node = find_child(node, key, &len)) != NULL) {
        found = node;
        key = str_from(key, len);
        key = str_starts(key, STR(".")) ? str_from(key, 1) : key;
    }
    return found;
}

/* What is wrong with an option. */
struct complaint {
    const char *key; /* NULL: the sentence is about no option */
    const char *sentence;
    const struct yaml_node *node; /* see find_nearest */
};

static struct complaint complaint_of(struct config_reading *r, const agentos_error *err)
{
    str key = { err->message, err->subject_len };

    if (key.len == 0)
        return (struct complaint){ .sentence = err->message };
    ensure(strlen(err->message) >= key.len + strlen(": "));
    return (struct complaint){ arena_copy(r->a, key), err->message + key.len + strlen(": "),
                               find_nearest(r, key) };
}

/* The first of the row's variables, if it is set. */
static const char *variable_of(struct config_reading *r, const struct option_row *row)
{
    ensure(row != NULL);
    str variables = str_of(row->variables);
    const char *first = arena_copy(r->a, str_split(&variables, ' '));

    return env_get(&r->env, first) != NULL ? first : NULL;
}

/* The variable that the value came from; NULL: the file. A variable takes precedence over the key
 * of the file's top level that it stands for; a key that the file lacks may be a variable itself.
 */
static const char *variable_behind(struct config_reading *r, const struct complaint *complaint)
{
    if (complaint->key == NULL)
        return NULL;
    for (size_t i = 0; i < r->rows->count; i++)
        if (strcmp(complaint->key, r->rows->rows[i].key) == 0)
            return variable_of(r, &r->rows->rows[i]);
    bool is_variable = complaint->node == NULL && env_get(&r->env, complaint->key) != NULL;
    return is_variable ? complaint->key : NULL;
}

static struct fault_place place_for(const struct config_reading *r,
                                    const struct complaint *complaint)
{
    ensure(r->file != NULL);
    return complaint->node != NULL ? fault_place_of(r, complaint->node)
                                   : (struct fault_place){ .file = r->file };
}

void named_fault_add(struct config_reading *r, const agentos_error *err)
{
    ensure(err->status != AGENTOS_OK && r->rows != NULL);
    struct complaint complaint = complaint_of(r, err);
    const char *variable = variable_behind(r, &complaint);

    if (variable != NULL)
        fault_of_variable(r, variable, complaint.sentence);
    else
        fault_add(&r->faults, place_for(r, &complaint), complaint.key, "%s", complaint.sentence);
}

void named_fault_warn(struct config_reading *r, const char *key, const char *sentence)
{
    ensure(key != NULL && sentence != NULL);
    const struct complaint complaint = { key, sentence, find_nearest(r, str_of(key)) };

    fault_warn(&r->faults, place_for(r, &complaint), key, "%s", sentence);
}
