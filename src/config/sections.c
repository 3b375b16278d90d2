/* Reads a map of the configuration into a struct by the option rows of its section, and keeps track
 * of each value's place in the file for error messages. */
#include "config/reading.h"

#include "base/ensure.h"
#include "config/nearest.h"

enum { SHOWN_KEY_MAX_BYTES = 64 }; /* of a key in a message */

/* ---- places ---- */

/* Returns the position of the node in the configuration file. */
struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node)
{
    ensure(node != NULL);
    return (struct fault_place){ .file = r->file, .line = node->line, .column = node->column };
}

/* Returns a copy of the key for messages: at most 64 bytes, with control characters replaced by
 * '?'. */
static const char *shown_key(struct config_reading *r, str key)
{
    size_t len = key.len < SHOWN_KEY_MAX_BYTES ? key.len : SHOWN_KEY_MAX_BYTES;
    char *text = arena_copy(r->a, (str){ key.ptr, len });

    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) /* 0x7F is DEL */
            *c = '?';
    return text;
}

/* Returns the place of a child of a map, with the path "MAP.KEY". */
struct place place_member(struct config_reading *r, struct place map, const struct yaml_node *child)
{
    ensure(child != NULL);
    const char *key = shown_key(r, child->key);
    const char *path = map.path == NULL ? key : arena_printf(r->a, "%s.%s", map.path, key);

    return (struct place){ .node = child, .path = path };
}

/* Returns the place of a child of a list, with the path "LIST[INDEX]". */
struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index)
{
    ensure(list.path != NULL && index < list.node->count);
    return (struct place){ child, arena_printf(r->a, "%s[%zu]", list.path, index) };
}

/* Returns true if the file has a value there that is not null. */
bool place_is_given(struct place at)
{
    return at.node != NULL && at.node->kind != YAML_NULL;
}

/* ---- rows ---- */

/* Returns true if the value is the short form of a section: a plain scalar in place of the map. */
static bool is_short_form(const struct option_row *row, const struct yaml_node *node)
{
    ensure(node != NULL);
    bool has_short_form = row->kind == OPTION_SECTION && row->also != 0;

    return has_short_form && node->kind == YAML_SCALAR && node->is_plain;
}

/* Reads the value of a row of any kind into the row's members of target. */
static void read_value(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(row->kind < OPTION_KIND_COUNT && at.node != NULL && target != NULL);
    const struct option_row short_form = { .kind = OPTION_BOOL, .at = row->also };

    if (is_short_form(row, at.node))
        reader_of(OPTION_BOOL)(r, &short_form, at, target);
    else if (row->kind == OPTION_SECTION)
        (void)section_read(r, row->section, at, row_member(target, row->at)); /* faults are kept */
    else if (row->kind == OPTION_OWN)
        row->read(r, row, at, target);
    else
        reader_of(row->kind)(r, row, at, target);
}

/* Records in target that the file gives the key, and where. An offset of 0 means that target has no
 * member for it. */
static void mark_given(const struct option_row *row, struct place at, void *target)
{
    ensure(place_is_given(at) && target != NULL);
    if (row->given != 0)
        *(bool *)row_member(target, row->given) = true;
    if (row->place != 0)
        *(struct place *)row_member(target, row->place) = at;
}

/* Makes a list node of words that are separated by blanks. */
static const struct yaml_node *list_of_words(arena *a, str words)
{
    struct yaml_node *list = arena_alloc(a, sizeof(*list));
    struct yaml_node **next = &list->first;

    list->kind = YAML_LIST;
    while (words.len > 0) {
        struct yaml_node *item = arena_alloc(a, sizeof(*item));

        item->kind = YAML_SCALAR;
        item->text = str_split(&words, ' ');
        *next = item;
        next = &item->next;
        list->count++;
    }
    return list;
}

/* Returns the row's default as a node, so that it is read as a value of the file would be. The node
 * has no line. */
static const struct yaml_node *fallback_node(struct config_reading *r, const struct option_row *row)
{
    ensure(row->fallback != NULL);
    str text = str_of(row->fallback);

    if (row->kind == OPTION_TEXTS)
        return list_of_words(r->a, text);
    struct yaml_node *node = arena_alloc(r->a, sizeof(*node));
    node->kind = YAML_SCALAR;
    node->text = text;
    node->is_plain = true;
    return node;
}

/* Sets the members of target to the defaults of the section's rows, also of the sections in it. */
void section_defaults(struct config_reading *r, const struct option_section *section, void *target)
{
    ensure(section != NULL && target != NULL);
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];

        if (row->kind == OPTION_NUMBER)
            *(double *)row_member(target, row->at) = -1; /* -1 means that it is not given */
        else if (row->kind == OPTION_SECTION)
            section_defaults(r, row->section, row_member(target, row->at));
        else if (row->fallback != NULL)
            read_value(r, row, (struct place){ fallback_node(r, row), row->key }, target);
    }
}

/* ---- maps ---- */

/* Returns true if the section has a row for the key. */
static bool is_known(const struct option_section *section, str key)
{
    ensure(section->count <= OPTION_ROWS_MAX);
    for (size_t i = 0; i < section->count; i++)
        if (str_equal(str_of(section->rows[i].key), key))
            return true;
    return false;
}

/* Adds a fault for an unknown key. The fault suggests the most similar key of the section. */
static void refuse_unknown(struct config_reading *r, const struct option_section *section,
                           struct place at)
{
    ensure(section->count <= OPTION_ROWS_MAX && !is_known(section, at.node->key));
    const struct fault_place where = {
        .file = r->file,
        .line = at.node->key_line,
        .column = at.node->key_column,
    };
    const char *names[OPTION_ROWS_MAX];

    for (size_t i = 0; i < section->count; i++)
        names[i] = section->rows[i].key;
    const char *nearest = nearest_name(at.node->key, names, section->count);
    if (nearest != NULL)
        fault_add(&r->faults, where, at.path, "unknown key; did you mean '%s'?", nearest);
    else
        fault_add(&r->faults, where, at.path, "unknown key");
}

/* Refuses the keys of the map that the section does not know. No fault is kept after FAULTS_MAX, so
 * the search for similar names ends there. */
static void refuse_unknown_keys(struct config_reading *r, const struct option_section *section,
                                struct place map)
{
    ensure(map.node->kind == YAML_MAP);
    for (const struct yaml_node *child = map.node->first; child != NULL; child = child->next)
        if (!is_known(section, child->key) && r->faults.out->count < FAULTS_MAX)
            refuse_unknown(r, section, place_member(r, map, child));
}

/* Reads a map into target in the order of the section's rows. Null leaves the defaults as they are.
 * Returns false if a fault was added; a warning is not a fault. */
bool section_read(struct config_reading *r, const struct option_section *section, struct place at,
                  void *target)
{
    ensure(section != NULL && at.node != NULL && target != NULL);
    size_t errors_before = r->faults.errors;

    if (at.node->kind == YAML_NULL)
        return true;
    if (at.node->kind != YAML_MAP) {
        fault_at(r, at, "must be a map of keys and values");
        return false;
    }
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];
        const struct yaml_node *node = yaml_get(at.node, row->key);

        if (node == NULL || node->kind == YAML_NULL)
            continue;
        struct place value = place_member(r, at, node);
        mark_given(row, value, target);
        read_value(r, row, value, target);
    }
    refuse_unknown_keys(r, section, at);
    return r->faults.errors == errors_before;
}
