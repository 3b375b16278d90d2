/* Writes the output of commands: new files, which never replace old ones, and lines on a
 * terminal. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/str.h"

enum { PATH_SIZE = 4096 };

/* Writes "DIR/NAME" to out. Returns INVALID if that is too long. */
MUST_USE agentos_status output_path(const char *dir, const char *name, char out[PATH_SIZE],
                                    agentos_error *err);

/* Returns CONFLICT if the path exists, even if it is only a dangling link. */
MUST_USE agentos_status output_check_absent(const char *path, agentos_error *err);

/* Creates the folder and those above it, as mkdir -p does. New folders get this mode. */
MUST_USE agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err);

/* Writes a file that must not exist yet. The file is on disk when this returns. An incomplete file
 * is removed again. */
MUST_USE agentos_status output_write_new(const char *path, str text, mode_t mode,
                                         agentos_error *err);

/* Prints the prefix, the text and a line break. Control characters in the text (C0, DEL and C1),
 * which a terminal would interpret, are printed as \u00XX, as in JSON. */
void output_line(FILE *out, const char *prefix, const char *text);

#endif
