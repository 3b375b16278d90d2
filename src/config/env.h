/* The environment as the configuration sees it: the process's own, and behind it a .env file. */
#ifndef CONFIG_ENV_H
#define CONFIG_ENV_H

#include "base/arena.h"
#include "base/map.h"

struct env {
    struct map from_file; /* name -> NUL-terminated value */
};

/* The value; NULL: not set, or empty, which is no different here. The process's own variable wins.
 */
const char *env_get(const struct env *env, const char *name);

/* Is the value env_get gives the file's? */
bool env_is_from_file(const struct env *env, const char *name);

/* The text of a .env file: NAME=VALUE lines, `export ` before them, # comments. 'single' quotes
 * keep everything, "double" ones know \n \r \t \" \\ \$; both may span lines, so that a PEM can be
 * pasted. Nothing is expanded. The last of two equal names wins. On INVALID the sentence is about
 * *line, and never holds a value; values come from the arena. */
MUST_USE agentos_status env_read(struct env *env, str text, arena *a, int *line,
                                 agentos_error *err);

void env_clear(struct env *env);

#endif
