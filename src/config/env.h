/* Environment variables as a configuration sees them: the process's own, and those that a .env file
 * adds. */
#ifndef CONFIG_ENV_H
#define CONFIG_ENV_H

#include "base/arena.h"
#include "base/map.h"

struct env {
    struct map from_file; /* name -> NUL-terminated value */
};

/* The value, which is never empty; NULL: not set, or set to the empty text. The process's own
 * variable takes precedence over the file's. Borrowed from env or from the process. */
const char *env_get(const struct env *env, const char *name);

/* Does the value that env_get returns come from the file? False where it returns NULL. */
bool env_is_from_file(const struct env *env, const char *name);

/* Adds the variables of a .env file's text: lines of NAME=VALUE, perhaps after `export `, and #
 * comments. 'Single' quotes keep everything; "double" quotes know \n \r \t \" \\ \$. Both may span
 * lines, so that a PEM can be pasted. Nothing is expanded; the last of two equal names wins. Values
 * are copied into a. INVALID: the text is not valid at *line; the sentence never holds a value. */
MUST_USE agentos_status env_read(struct env *env, str text, arena *a, int *line,
                                 agentos_error *err);

void env_clear(struct env *env);

#endif
