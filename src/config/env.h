/* Environment variables for a configuration: those of the process, and those that a .env file
 * adds. */
#ifndef CONFIG_ENV_H
#define CONFIG_ENV_H

#include "base/arena.h"
#include "base/map.h"

struct env {
    struct map from_file; /* from the name to the value, which ends with a NUL */
};

/* Returns the value of the variable, which is never empty, or NULL if it is not set or is empty.
 * The process's own variable takes precedence over the file's. The value is borrowed from env or
 * from the process. */
const char *env_get(const struct env *env, const char *name);

/* Returns true if the value that env_get returns comes from the file. Returns false if env_get
 * returns NULL. */
bool env_is_from_file(const struct env *env, const char *name);

/* Adds the variables of a .env file's text, which consists of lines of the form NAME=VALUE,
 * optionally after `export `, and of # comments. A value in 'single' quotes is taken as it is, and
 * a value in "double" quotes may have the escapes \n \r \t \" \\ \$. Quoted values may span several
 * lines, so that a PEM can be pasted. Nothing is expanded. If a name occurs twice, the last value
 * counts. Values are copied to the arena. Returns INVALID if the text is not valid at *line, which
 * is 0 for the file as a whole. The message never contains a value. */
MUST_USE agentos_status env_read(struct env *env, str text, arena *a, int *line,
                                 agentos_error *err);

void env_clear(struct env *env);

#endif
