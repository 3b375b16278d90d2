/* Adds faults that were found without knowledge of the file. Such an error names its option, such
 * as "authorization.roles.ops", and this file finds the line and column of that key, or the
 * environment variable that set it. */
#include "config/reading.h"

#include "base/ensure.h"

/* The longest name of a list's item: brackets, the digits of a size_t, and the final NUL. */
enum { ITEM_NAME_SIZE = 32 };

/* Returns true if the text begins with the name as a whole: "ops" begins "ops.0" and "ops[0]", but
 * it does not begin "opsy". */
static bool begins_with_name(str text, str name)
{
    if (!str_starts(text, name))
        return false;
    str rest = str_from(text, name.len);
    return rest.len == 0 || rest.ptr[0] == '.' || rest.ptr[0] == '[';
}

/* Writes the name of a list's item, such as "[2]", into out, and returns it. */
static str name_item(char out[ITEM_NAME_SIZE], size_t index)
{
    int len = snprintf(out, ITEM_NAME_SIZE, "[%zu]", index);

    ensure(len > 0 && len < ITEM_NAME_SIZE);
    return (str){ out, (size_t)len };
}

/* Finds the child whose name the text begins with. A child of a map is named by its key, and a
 * child of a list by its index, as in "[2]". A key may contain dots, so the longest name that
 * matches is taken. Sets *len to the length of that name. Returns NULL if no child matches. */
static const struct yaml_node *find_child(const struct yaml_node *node, str text, size_t *len)
{
    ensure(node != NULL && len != NULL);
    const struct yaml_node *best = NULL;
    size_t best_len = 0, index = 0;
    char item[ITEM_NAME_SIZE];

    for (const struct yaml_node *child = node->first; child != NULL; child = child->next) {
        str name = node->kind == YAML_LIST ? name_item(item, index) : child->key;

        if (name.len > best_len && begins_with_name(text, name)) {
            best = child;
            best_len = name.len;
        }
        index++;
    }
    *len = best_len;
    return best;
}

/* Returns the node that the key names, or else the nearest node above it. Returns NULL if the file
 * has none of them. */
static const struct yaml_node *find_nearest(const struct config_reading *r, str key)
{
    const struct yaml_node *nearest = NULL;
    size_t len;

    if (r->root == NULL)
        return NULL;
    const struct yaml_node *child = find_child(r->root, key, &len);
    while (child != NULL) {
        nearest = child;
        key = str_from(key, len);
        if (str_starts(key, STR(".")))
            key = str_from(key, 1);
        child = find_child(nearest, key, &len);
    }
    return nearest;
}

/* What is wrong with an option. */
struct complaint {
    const char *key; /* NULL: the sentence is about no option */
    const char *sentence;
    const struct yaml_node *node; /* see find_nearest */
};

/* Splits the message of an error, "KEY: sentence", into the key and the sentence. A message without
 * a key is the sentence as a whole. The result borrows the sentence from err. */
static struct complaint complaint_of(struct config_reading *r, const agentos_error *err)
{
    str key = { err->message, err->subject_len };

    if (key.len == 0)
        return (struct complaint){ .sentence = err->message };
    ensure(strlen(err->message) >= key.len + strlen(": "));
    return (struct complaint){
        .key = arena_copy(r->a, key),
        .sentence = err->message + key.len + strlen(": "),
        .node = find_nearest(r, key),
    };
}

/* Returns the name of the row's first environment variable if that variable is set, else NULL. */
static const char *variable_of(struct config_reading *r, const struct option_row *row)
{
    ensure(row != NULL && row->key != NULL);
    str variables = str_of(row->variables);
    const char *first = arena_copy(r->a, str_split(&variables, ' '));

    return env_get(&r->env, first) != NULL ? first : NULL;
}

/* Returns the name of the environment variable that the value came from, or NULL if the value came
 * from the file. A variable overrides the key at the top level of the file that it stands for. A
 * complaint may also name a variable directly. */
static const char *variable_behind(struct config_reading *r, const struct complaint *complaint)
{
    ensure(r->rows != NULL);
    if (complaint->key == NULL)
        return NULL;
    for (size_t i = 0; i < r->rows->count; i++)
        if (strcmp(complaint->key, r->rows->rows[i].key) == 0)
            return variable_of(r, &r->rows->rows[i]);
    if (complaint->node == NULL && env_get(&r->env, complaint->key) != NULL)
        return complaint->key;
    return NULL;
}

/* Returns the line and column of the complaint's node, or the file as a whole if there is no node.
 */
static struct fault_place place_for(const struct config_reading *r,
                                    const struct complaint *complaint)
{
    ensure(r->file != NULL);
    if (complaint->node != NULL)
        return fault_place_of(r, complaint->node);
    return (struct fault_place){ .file = r->file };
}

/* Adds the error as a fault, at the environment variable or the place in the file that set the
 * option. */
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

/* Adds a warning about a key, at the place of the key or of the nearest key above it. */
void named_fault_warn(struct config_reading *r, const char *key, const char *sentence)
{
    ensure(key != NULL && sentence != NULL);
    const struct complaint complaint = {
        .key = key,
        .sentence = sentence,
        .node = find_nearest(r, str_of(key)),
    };

    fault_warn(&r->faults, place_for(r, &complaint), key, "%s", sentence);
}
