/* Faults found by constructors, which know options by name alone: from a sentence that begins with
 * a key, "authorization.roles.ops: 'x' is no scope", to the place of that key in the file. */
#include "config/reading.h"

#include "base/ensure.h"

static bool ends_a_name(str rest)
{
    return rest.len > 0 && strchr(".[:", rest.ptr[0]) != NULL;
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

/* What a message is about. */
struct subject {
    const char *key;              /* NULL: the message names none */
    const char *sentence;         /* the message without the key */
    const struct yaml_node *node; /* the nearest to the key; NULL: the file has none */
};

/* Follows the names at the start of the message down the tree, as far as the file goes. */
static struct subject subject_of(struct config_reading *r, const char *message)
{
    const struct yaml_node *found = NULL;
    size_t at = 0; /* the end of the name of what was found */

    for (const struct yaml_node *node = r->root; node != NULL;) {
        size_t from = at + (message[at] == '.'), len;

        node = find_child(node, str_of(message + from), &len);
        found = node != NULL ? node : found;
        at = node != NULL ? from + len : at;
    }
    const char *colon = strstr(message + at, ": ");
    str rest = { message + at, colon != NULL ? (size_t)(colon - message) - at : 0 };
    if (colon == NULL || str_has(rest, ' '))
        return (struct subject){ .sentence = message };
    return (struct subject){ arena_copy(r->a, (str){ message, (size_t)(colon - message) }),
                             colon + 2, found };
}

/* The first of the row's variables, if it is set. */
static const char *variable_of(struct config_reading *r, const struct option_row *row)
{
    str variables = str_of(row->variables);
    const char *first = arena_copy(r->a, str_split(&variables, ' '));

    return env_get(&r->env, first) != NULL ? first : NULL;
}

/* The variable that the value came from; NULL: the file. A variable takes precedence over the key
 * of the file's top level that it stands for; a key that the file lacks may be a variable itself.
 */
static const char *variable_behind(struct config_reading *r, const struct subject *subject)
{
    if (subject->key == NULL)
        return NULL;
    for (size_t i = 0; i < r->rows->count; i++)
        if (strcmp(subject->key, r->rows->rows[i].key) == 0)
            return variable_of(r, &r->rows->rows[i]);
    bool is_variable = subject->node == NULL && env_get(&r->env, subject->key) != NULL;
    return is_variable ? subject->key : NULL;
}

static struct fault_place place_for(const struct config_reading *r, const struct subject *subject)
{
    ensure(r->file != NULL);
    return subject->node != NULL ? fault_place_of(r, subject->node)
                                 : (struct fault_place){ .file = r->file };
}

void named_fault_add(struct config_reading *r, const char *message)
{
    ensure(message != NULL && r->rows != NULL);
    struct subject subject = subject_of(r, message);
    const char *variable = variable_behind(r, &subject);

    if (variable != NULL)
        fault_of_variable(r, variable, subject.sentence);
    else
        fault_add(&r->faults, place_for(r, &subject), subject.key, "%s", subject.sentence);
}

void named_fault_warn(struct config_reading *r, const char *message)
{
    ensure(message != NULL);
    struct subject subject = subject_of(r, message);

    fault_warn(&r->faults, place_for(r, &subject), subject.key, "%s", subject.sentence);
}
