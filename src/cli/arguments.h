/* Reads the arguments of commands, and says what is wrong with them. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <getopt.h>

#include "base/error.h"
#include "jose/alg.h"

/* Returns what getopt_long does: `val` of the next option, or -1 after the last one. Also takes -h,
 * and the short forms of --config, --port, --key and --scope. On failure, prints why, with the
 * nearest option, and returns '?'. The options end with a zeroed row. */
int argument_next(const char *program, int argc, char **argv, const struct option *options);

/* Prints that the argument means nothing here, and that --config takes a file, if the command has
 * that option and the argument looks like one. Returns EXIT_USAGE. */
int argument_unexpected(const char *program, const char *argument, bool takes_config);

/* Prints "PROGRAM: no KIND 'TYPED'", with the nearest of the names or else `hint`, which may be
 * NULL. Returns EXIT_USAGE. */
int argument_unknown(const char *program, const char *kind, const char *typed,
                     const char *const *names, size_t count, const char *hint);

/* Finds the algorithm. Returns INVALID with the nearest one, or all. */
MUST_USE agentos_status argument_read_alg(const char *typed, const struct alg **out,
                                          agentos_error *err);

#endif
