/* What commands write: new files, which never replace old ones, and lines on a terminal. */
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

/* CONFLICT: the path exists, if only as a dangling link. */
MUST_USE agentos_status output_check_absent(const char *path, agentos_error *err);

/* Like mkdir -p; new folders get this mode. */
MUST_USE agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err);

/* Writes a file that must not exist yet; it is on disk when this returns. An incomplete file is
 * removed again. */
MUST_USE agentos_status output_write_new(const char *path, str text, mode_t mode,
                                         agentos_error *err);

/* Prints prefix, text and a line break. Control characters in text (C0, DEL, C1), which a terminal
 * would act on, are printed as \u00XX, as JSON escapes them. */
void output_line(FILE *out, const char *prefix, const char *text);

#endif
