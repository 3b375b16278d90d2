/* Reads maps of a configuration into structs. */
#include "config/reading.h"

#include "base/ensure.h"
#include "config/nearest.h"

enum { SHOWN_KEY_MAX_BYTES = 64 };

/* ---- places ---- */

/* Returns the file position of a node. */
struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node)
{
    ensure(node != NULL);
    return (struct fault_place){ .file = r->file, .line = node->line, .column = node->column };
}

/* Returns a key for messages, truncated and without control characters. */
static const char *shown_key(struct config_reading *r, str key)
{
    size_t len = key.len < SHOWN_KEY_MAX_BYTES ? key.len : SHOWN_KEY_MAX_BYTES;
    char *text = arena_copy(r->a, (str){ key.ptr, len });

    for (char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) /* 0x7F is DEL */
            *c = '?';
    return text;
}

/* Returns a child of a map with its path, "MAP.KEY". */
struct place place_member(struct config_reading *r, struct place map, const struct yaml_node *child)
{
    ensure(child != NULL);
    const char *key = shown_key(r, child->key);
    const char *path = map.path == NULL ? key : arena_printf(r->a, "%s.%s", map.path, key);

    return (struct place){ .node = child, .path = path };
}

/* Returns a child of a list with its path, "LIST[INDEX]". */
struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index)
{
    ensure(list.path != NULL && index < list.node->count);
    return (struct place){ child, arena_printf(r->a, "%s[%zu]", list.path, index) };
}

/* Returns whether the value is present and not null. */
bool place_is_given(struct place at)
{
    return at.node != NULL && at.node->kind != YAML_NULL;
}

/* ---- rows ---- */

/* Returns whether the value is the short form of a section: an unquoted scalar. */
static bool is_short_form(const struct option_row *row, const struct yaml_node *node)
{
    ensure(node != NULL);
    bool has_short_form = row->kind == OPTION_SECTION && row->also != 0;

    return has_short_form && node->kind == YAML_SCALAR && node->is_plain;
}

/* Reads a value of any kind into the row's members of target. */
static void read_value(struct config_reading *r, const struct option_row *row, struct place at,
                       void *target)
{
    ensure(row->kind < OPTION_KIND_COUNT && at.node != NULL && target != NULL);
    const struct option_row short_form = { .kind = OPTION_BOOL, .at = row->also };

    if (is_short_form(row, at.node))
        reader_of(OPTION_BOOL)(r, &short_form, at, target);
    else if (row->kind == OPTION_SECTION)
        (void)section_read(r, row->section, at, row_member(target, row->at)); /* see r->faults */
    else if (row->kind == OPTION_OWN)
        row->read(r, row, at, target);
    else
        reader_of(row->kind)(r, row, at, target);
}

/* Records in target that the key is present and where, if the row has members for that. */
static void record_presence(const struct option_row *row, struct place at, void *target)
{
    ensure(place_is_given(at) && target != NULL);
    if (row->given != 0)
        *(bool *)row_member(target, row->given) = true;
    if (row->place != 0)
        *(struct place *)row_member(target, row->place) = at;
}

/* Builds a list node from space-separated words. */
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

/* Returns the row's default as a node without a position, to be read like a value of the file. */
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

/* Sets the members of target to their defaults, including nested sections. */
void section_defaults(struct config_reading *r, const struct option_section *section, void *target)
{
    ensure(section != NULL && target != NULL);
    for (size_t i = 0; i < section->count; i++) {
        const struct option_row *row = &section->rows[i];

        if (row->kind == OPTION_NUMBER)
            *(double *)row_member(target, row->at) = -1; /* absent */
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

/* Returns the advice for a key of another program, or NULL. */
static const char *foreign_advice(const struct option_section *section, str key)
{
    ensure(section->foreign_count == 0 || section->foreign != NULL);
    for (size_t i = 0; i < section->foreign_count; i++)
        if (str_equal(str_of(section->foreign[i].key), key))
            return section->foreign[i].advice;
    return NULL;
}

/* Reports an unknown key and suggests a similar one. */
static void report_unknown_key(struct config_reading *r, const struct option_section *section,
                               struct place at)
{
    ensure(section->count <= OPTION_ROWS_MAX && !is_known(section, at.node->key));
    const struct fault_place where = {
        .file = r->file,
        .line = at.node->key_line,
        .column = at.node->key_column,
    };
    const char *names[OPTION_ROWS_MAX];
    const char *advice = foreign_advice(section, at.node->key);

    if (advice != NULL) {
        fault_add(&r->faults, where, at.path, "%s", advice);
        return;
    }
    for (size_t i = 0; i < section->count; i++)
        names[i] = section->rows[i].key;
    const char *nearest = nearest_name(at.node->key, names, section->count);
    if (nearest != NULL)
        fault_add(&r->faults, where, at.path, "unknown key; did you mean '%s'?", nearest);
    else
        fault_add(&r->faults, where, at.path, "unknown key");
}

/* Reports the unknown keys of a map, until the faults are full. */
static void report_unknown_keys(struct config_reading *r, const struct option_section *section,
                                struct place map)
{
    ensure(map.node->kind == YAML_MAP);
    for (const struct yaml_node *child = map.node->first; child != NULL; child = child->next)
        if (!is_known(section, child->key) && r->faults.out->count < FAULTS_MAX)
            report_unknown_key(r, section, place_member(r, map, child));
}

/* Reads a map of options into `target`. Returns false if it added an error. */
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
        record_presence(row, value, target);
        read_value(r, row, value, target);
    }
    report_unknown_keys(r, section, at);
    return r->faults.errors == errors_before;
}
