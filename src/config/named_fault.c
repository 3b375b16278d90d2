/* Adds the errors of constructors as faults, at the position of the option that they name. */
#include "config/reading.h"

#include "base/ensure.h"

/* The size of a list item's name: brackets, the digits of a size_t, and the NUL. */
enum { ITEM_NAME_SIZE = 32 };

/* Returns whether the path begins with this name: "ops" begins "ops.0" and "ops[0]", but not
 * "opsy". */
static bool begins_with_name(str text, str name)
{
    if (!str_starts(text, name))
        return false;
    str rest = str_from(text, name.len);
    return rest.len == 0 || rest.ptr[0] == '.' || rest.ptr[0] == '[';
}

/* Formats the name of a list item, such as "[2]". */
static str name_item(char out[ITEM_NAME_SIZE], size_t index)
{
    int len = snprintf(out, ITEM_NAME_SIZE, "[%zu]", index);

    ensure(len > 0 && len < ITEM_NAME_SIZE);
    return (str){ out, (size_t)len };
}

/* Finds the child named at the beginning of the path, and the length of its name. Keys may contain
 * dots, so the longest match wins. */
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

/* Returns the node with this path, or its closest ancestor in the file, or NULL. */
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

/* An error message, split into its parts. */
struct option_error {
    const char *key; /* NULL if the message names no option */
    const char *sentence;
    const struct yaml_node *node; /* see find_nearest */
};

/* Splits the message "KEY: sentence". The sentence is borrowed from err. */
static struct option_error split_error(struct config_reading *r, const agentos_error *err)
{
    str key = { err->message, err->subject_len };

    if (key.len == 0)
        return (struct option_error){ .sentence = err->message };
    ensure(strlen(err->message) >= key.len + strlen(": "));
    return (struct option_error){
        .key = arena_copy(r->a, key),
        .sentence = err->message + key.len + strlen(": "),
        .node = find_nearest(r, key),
    };
}

/* Returns the first environment variable of the row if it is set, else NULL. */
static const char *variable_of(struct config_reading *r, const struct option_row *row)
{
    ensure(row != NULL && row->key != NULL);
    str variables = str_of(row->variables);
    const char *first = arena_copy(r->a, str_split(&variables, ' '));

    return env_get(&r->env, first) != NULL ? first : NULL;
}

/* Returns the environment variable that set the option or that the error names, else NULL. */
static const char *find_variable(struct config_reading *r, const struct option_error *error)
{
    ensure(r->rows != NULL);
    if (error->key == NULL)
        return NULL;
    for (size_t i = 0; i < r->rows->count; i++)
        if (strcmp(error->key, r->rows->rows[i].key) == 0)
            return variable_of(r, &r->rows->rows[i]);
    if (error->node == NULL && env_get(&r->env, error->key) != NULL)
        return error->key;
    return NULL;
}

/* Returns the position of the option, or the whole file. */
static struct fault_place place_for(const struct config_reading *r,
                                    const struct option_error *error)
{
    ensure(r->file != NULL);
    if (error->node != NULL)
        return fault_place_of(r, error->node);
    return (struct fault_place){ .file = r->file };
}

/* Adds the error as a fault, at the environment variable or file position of the option. */
void named_fault_add(struct config_reading *r, const agentos_error *err)
{
    ensure(err->status != AGENTOS_OK && r->rows != NULL);
    struct option_error error = split_error(r, err);
    const char *variable = find_variable(r, &error);

    if (variable != NULL)
        fault_of_variable(r, variable, error.sentence);
    else
        fault_add(&r->faults, place_for(r, &error), error.key, "%s", error.sentence);
}

/* Adds a warning at the position of the key, or of its closest ancestor. */
void named_fault_warn(struct config_reading *r, const char *key, const char *sentence)
{
    ensure(key != NULL && sentence != NULL);
    const struct option_error error = {
        .key = key,
        .sentence = sentence,
        .node = find_nearest(r, str_of(key)),
    };

    fault_warn(&r->faults, place_for(r, &error), key, "%s", sentence);
}
