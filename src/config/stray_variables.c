/* Warns of environment variables that look like options but are not read. */
#include <unistd.h>

#include "base/ensure.h"
#include "config/nearest.h"
#include "config/reading.h"

enum { VARIABLES_MAX = 64 };

/* The variables that the rows name. */
struct variables {
    const char *names[VARIABLES_MAX];
    size_t count;
};

static bool is_read(const struct variables *known, str name)
{
    for (size_t i = 0; i < known->count; i++)
        if (str_equal(str_of(known->names[i]), name))
            return true;
    return false;
}

/* Collects the variables of the rows and of their sections. */
static void collect(struct config_reading *r, const struct option_section *section,
                    struct variables *known)
{
    for (size_t i = 0; i < section->count; i++) {
        str rest = str_of(section->rows[i].variables);

        while (rest.len > 0) {
            str name = str_split(&rest, ' ');

            ensure(known->count < VARIABLES_MAX);
            if (!is_read(known, name))
                known->names[known->count++] = arena_copy(r->a, name);
        }
        if (section->rows[i].section != NULL)
            collect(r, section->rows[i].section, known);
    }
}

/* Warns of a name with one of our prefixes that is not read. */
static void check_name(struct config_reading *r, const struct variables *known, str name,
                       const char *file)
{
    bool is_ours = str_starts(name, STR("AGENT_OS_")) || str_starts(name, STR("JWT_"));
    const struct fault_place where = { .file = file };

    if (!is_ours || is_read(known, name) || r->faults.out->count == FAULTS_MAX)
        return;
    const char *nearest = nearest_name(name, known->names, known->count);
    const char *text = arena_copy(r->a, name);
    if (nearest != NULL)
        fault_warn(&r->faults, where, text, "is not read; did you mean '%s'?", nearest);
    else
        fault_warn(&r->faults, where, text, "is not read");
}

void warn_of_stray_variables(struct config_reading *r)
{
    struct variables known = { .count = 0 };
    str name;
    void *value;

    collect(r, r->rows, &known);
    /* NULL after clearenv */
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        str rest = str_of(*variable);

        check_name(r, &known, str_split(&rest, '='), "environment");
    }
    for (size_t i = 0; map_next(&r->env.from_file, &i, &name, &value);)
        check_name(r, &known, name, r->env_file);
}
