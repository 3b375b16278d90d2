/* What commands leave behind: new files, never in place of old ones; and lines on a terminal. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

enum { PATH_SIZE = 4096 };

/* "DIR/NAME"; INVALID: too long. */
MUST_USE agentos_status output_path(const char *dir, const char *name, char out[PATH_SIZE],
                                    agentos_error *err);

/* CONFLICT: something has this name, be it a dangling link. */
MUST_USE agentos_status output_check_absent(const char *path, agentos_error *err);

/* Like mkdir -p; what is made has this mode. */
MUST_USE agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err);

/* A file that must not exist yet; on disk when this returns. Half a file is removed again. */
MUST_USE agentos_status output_write_new(const char *path, str text, mode_t mode,
                                         agentos_error *err);

/* A line that may quote a token: what a terminal would obey (C0, DEL, C1) is printed as \u00XX,
 * which is also how JSON has it. */
void output_line(FILE *out, const char *prefix, const char *text);

#endif
