/* Environment variables of the process and of a .env file. */
#ifndef CONFIG_ENV_H
#define CONFIG_ENV_H

#include "base/arena.h"
#include "base/map.h"

struct env {
    struct map from_file; /* from names to NUL-terminated values */
};

/* Returns the value of the variable, or NULL if it is unset or empty. The process environment
 * overrides the file. Borrowed from env or from the process. */
const char *env_get(const struct env *env, const char *name);

/* Returns whether env_get returns a value of the file. */
bool env_is_from_file(const struct env *env, const char *name);

/* Adds the variables of a .env file: lines NAME=VALUE, optionally after `export `, and # comments.
 * Values in 'single' quotes are literal; values in "double" quotes have the escapes \n \r \t \" \\
 * \$. Quoted values may span lines, such as a PEM. Variables are not expanded. The last of several
 * assignments to a name wins. Values are copied to the arena. Returns INVALID with the line of the
 * error in *line, 0 for the whole file. The message never contains a value. */
MUST_USE agentos_status env_read(struct env *env, str text, arena *a, int *line,
                                 agentos_error *err);

void env_clear(struct env *env);

#endif
