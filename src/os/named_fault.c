/* From a sentence that begins with a key to the place of that key. Constructors know options by
 * name alone: "authorization.roles.ops: 'x' is no scope". */
#include "os/options_read.h"

static bool ends_a_name(str rest)
{
    return rest.len > 0 && strchr(".[:", rest.ptr[0]) != NULL;
}

/* The child that the text begins by naming, "ops" or "[2]"; keys may hold dots, so the longest
 * counts. */
static const struct yaml_node *child_named(const struct yaml_node *node, str text, size_t *len)
{
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

/* What a sentence is about: a key, and the node nearest to it; NULL: the file has none. */
struct subject {
    const char *key; /* NULL: the sentence names none */
    const char *sentence;
    const struct yaml_node *node;
};

static struct subject subject_of(struct reading *r, const char *message)
{
    const struct yaml_node *found = NULL;
    size_t at = 0; /* where what is found ends to be named */

    for (const struct yaml_node *node = r->root; node != NULL;) {
        size_t from = at + (message[at] == '.'), len;

        node = child_named(node, str_of(message + from), &len);
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
static const char *variable_of(struct reading *r, const struct option_row *row)
{
    str variables = str_of(row->variables);
    const char *first = arena_copy(r->a, str_split(&variables, ' '));

    return env_get(r->env, first) != NULL ? first : NULL;
}

/* The variable that the value came from; NULL: the file. Keys at the root give way to theirs, and
 * what is no key of the file is perhaps a variable itself. */
static const char *variable_behind(struct reading *r, const struct subject *subject)
{
    for (size_t i = 0; i < option_root.count; i++)
        if (subject->key != NULL && strcmp(subject->key, option_root.rows[i].key) == 0)
            return variable_of(r, &option_root.rows[i]);
    bool is_elsewhere = subject->key != NULL && subject->node == NULL;
    return is_elsewhere && env_get(r->env, subject->key) != NULL ? subject->key : NULL;
}

static struct fault_place place_for(const struct reading *r, const struct subject *subject)
{
    return subject->node != NULL ? place_of(r, subject->node)
                                 : (struct fault_place){ .file = r->file };
}

void named_fault_add(struct reading *r, const char *message)
{
    struct subject subject = subject_of(r, message);
    const char *variable = variable_behind(r, &subject);

    if (variable != NULL)
        fault_variable(r, variable, subject.sentence);
    else
        fault_add(&r->faults, place_for(r, &subject), subject.key, "%s", subject.sentence);
}

void named_fault_warn(struct reading *r, const char *message)
{
    struct subject subject = subject_of(r, message);

    fault_warn(&r->faults, place_for(r, &subject), subject.key, "%s", subject.sentence);
}
