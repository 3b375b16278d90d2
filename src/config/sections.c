/* Reads a map of the configuration into a struct by the option rows of its section, and keeps track
 * of each value's place in the file for error messages. */
#include "config/reading.h"

#include "base/ensure.h"
#include "config/nearest.h"

/* ---- places ---- */

struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node)
{
    ensure(node != NULL);
    return (struct fault_place){ .file = r->file, .line = node->line, .column = node->column };
}

/* A key as it may be shown: short, and on one line. */
static const char *shown_key(struct config_reading *r, str key)
{
    char *text = arena_copy(r->a, (str){ key.ptr, key.len < 64 ? key.len : 64 });

    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    return text;
}

struct place place_member(struct config_reading *r, struct place map, const struct yaml_node *child)
{
    ensure(child != NULL);
    const char *key = shown_key(r, child->key);

    return (struct place){ child,
                           map.path == NULL ? key : arena_printf(r->a, "%s.%s", map.path, key) };
}

struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index)
{
    ensure(list.path != NULL && index < list.node->count);
    return (struct place){ child, arena_printf(r->a, "%s[%zu]", list.path, index) };
}

bool place_is_given(struct place at)
{
    return at.node != NULL && at.node->kind != YAML_NULL;
}

/* ---- rows ---- */

/* The value of a row of any kind into target. */
static void read_value(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(row->kind < OPTION_KIND_COUNT && at.node != NULL && target != NULL);
    bool is_short = row->kind == OPTION_SECTION && row->also != 0 && at.node->kind == YAML_SCALAR &&
                    at.node->is_plain;
    const struct option_row short_form = { .kind = OPTION_BOOL, .at = row->also };

    if (is_short)
        reader_of(OPTION_BOOL)(r, &short_form, at, target);
    else if (row->kind == OPTION_SECTION)
        section_read(r, row->section, at, row_member(target, row->at));
    else if (row->kind == OPTION_OWN)
        row->read(r, row, at, target);
    else
        reader_of(row->kind)(r, row, at, target);
}

static void mark_given(const struct option_row *row, struct place at, void *target)
{
    ensure(place_is_given(at));
    if (row->given != 0)
        *(bool *)row_member(target, row->given) = true;
    if (row->place != 0)
        *(struct place *)row_member(target, row->place) = at;
}

/* The row's fallback as a node of no line: a scalar, or for lists a list of its words. */
static const struct yaml_node *fallback_node(struct config_reading *r, const struct option_row *row)
{
    ensure(row->fallback != NULL);
    struct yaml_node *node = arena_alloc(r->a, sizeof(*node));
    struct yaml_node **end = &node->first;
    str rest = str_of(row->fallback);

    if (row->kind != OPTION_TEXTS) {
        *node = (struct yaml_node){ .kind = YAML_SCALAR, .text = rest, .is_plain = true };
        return node;
    }
    node->kind = YAML_LIST;
    for (; rest.len > 0; node->count++) {
        struct yaml_node *child = arena_alloc(r->a, sizeof(*child));

        *child = (struct yaml_node){ .kind = YAML_SCALAR, .text = str_split(&rest, ' ') };
        *end = child;
        end = &child->next;
    }
    return node;
}

void section_defaults(struct config_reading *r, const struct option_section *section, void *target)
{
    ensure(section != NULL && target != NULL);
    for (const struct option_row *row = section->rows; row < section->rows + section->count;
         row++) {
        if (row->kind == OPTION_NUMBER)
            *(double *)row_member(target, row->at) = -1;
        else if (row->kind == OPTION_SECTION)
            section_defaults(r, row->section, row_member(target, row->at));
        else if (row->fallback != NULL)
            read_value(r, row, (struct place){ fallback_node(r, row), row->key }, target);
    }
}

/* ---- maps ---- */

static bool is_known(const struct option_section *section, str key)
{
    ensure(section->count <= OPTION_ROWS_MAX);
    for (size_t i = 0; i < section->count; i++)
        if (str_equal(str_of(section->rows[i].key), key))
            return true;
    return false;
}

/* A fault that offers the nearest key of the section. */
static void refuse_unknown(struct config_reading *r, const struct option_section *section,
                           struct place at)
{
    ensure(!is_known(section, at.node->key));
    const struct fault_place where = { r->file, at.node->key_line, at.node->key_column };
    const char *names[OPTION_ROWS_MAX];

    ensure(section->count <= OPTION_ROWS_MAX);
    for (size_t i = 0; i < section->count; i++)
        names[i] = section->rows[i].key;
    const char *nearest = nearest_name(at.node->key, names, section->count);
    if (nearest != NULL)
        fault_add(&r->faults, where, at.path, "unknown key; did you mean '%s'?", nearest);
    else
        fault_add(&r->faults, where, at.path, "unknown key");
}

void section_read(struct config_reading *r, const struct option_section *section, struct place at,
                  void *target)
{
    ensure(section != NULL && at.node != NULL && target != NULL);
    if (at.node->kind == YAML_NULL)
        return;
    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of keys and values");
        return;
    }
    for (const struct option_row *row = section->rows; row < section->rows + section->count;
         row++) {
        const struct yaml_node *node = yaml_get(at.node, row->key);
        struct place value = { node, NULL };

        if (!place_is_given(value))
            continue;
        value = place_member(r, at, node);
        mark_given(row, value, target);
        read_value(r, row, value, target);
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next)
        if (!is_known(section, child->key) && r->faults.out->count < FAULTS_MAX)
            refuse_unknown(r, section, place_member(r, at, child));
}
