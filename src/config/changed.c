/* Compares two texts of a configuration. */
#include "config/changed.h"

#include "base/ensure.h"
#include "config/yaml.h"

static void ignore_fault(void *user, int line, int column, const char *sentence)
{
    (void)user;
    (void)line;
    (void)column;
    (void)sentence; /* the reading of the configuration has reported it */
}

static bool is_equal(const struct yaml_node *a, const struct yaml_node *b);

/* Returns whether two containers have equal items in the same order. */
static bool has_equal_items(const struct yaml_node *a, const struct yaml_node *b)
{
    const struct yaml_node *other = b->first;

    ensure(a->count == b->count);
    for (const struct yaml_node *item = a->first; item != NULL; item = item->next) {
        if (!str_equal(item->key, other->key) || !is_equal(item, other))
            return false;
        other = other->next;
    }
    return true;
}

/* Compares two values. NULL stands for null. Containers are nested at most CONFIG_MAX_DEPTH deep.
 */
static bool is_equal(const struct yaml_node *a, const struct yaml_node *b)
{
    if (a == NULL || b == NULL)
        return (a == NULL || a->kind == YAML_NULL) && (b == NULL || b->kind == YAML_NULL);
    if (a->kind != b->kind || a->count != b->count)
        return false;
    return str_equal(a->text, b->text) && has_equal_items(a, b);
}

static const struct yaml_node *member(const struct yaml_node *map, const char *key)
{
    return map != NULL && map->kind == YAML_MAP ? yaml_get(map, key) : NULL;
}

/* Reports the changed options of a map, and those of the maps in it. */
static void compare_section(const struct option_section *rows, const char *prefix,
                            const struct yaml_node *before, const struct yaml_node *after, arena *a,
                            void (*report)(const char *path))
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct option_row *row = &rows->rows[i];
        const struct yaml_node *old = member(before, row->key), *new = member(after, row->key);
        const char *path = arena_printf(a, "%s%s", prefix, row->key);

        if (row->at_start && !is_equal(old, new))
            report(path);
        else if (row->kind == OPTION_SECTION && !row->at_start)
            compare_section(row->section, arena_printf(a, "%s.", path), old, new, a, report);
    }
}

void changed_at_start(const struct option_section *rows, str before, str after,
                      void (*report)(const char *path))
{
    static const struct yaml_reports quiet = { .report = ignore_fault };
    AUTO(arena) *a = arena_new();

    ensure(rows != NULL && report != NULL);
    const struct yaml_node *old = yaml_parse(before, a, &quiet);
    compare_section(rows, "", old, yaml_parse(after, a, &quiet), a, report);
}
