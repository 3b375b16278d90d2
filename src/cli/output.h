/* Writes the output of commands: new files, folders, and lines for a terminal. */
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

/* Returns CONFLICT if the path exists, also as a dangling link. */
MUST_USE agentos_status output_check_absent(const char *path, agentos_error *err);

/* Creates the folder and its parents with this mode, like mkdir -p. */
MUST_USE agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err);

/* Creates a file, which must not exist, and flushes it to disk. Removes an incomplete file. */
MUST_USE agentos_status output_write_new(const char *path, str text, mode_t mode,
                                         agentos_error *err);

/* Replaces a file at once, through PATH.new: a reader sees the old text or the new one. */
MUST_USE agentos_status output_replace(const char *path, str text, mode_t mode, agentos_error *err);

/* Renames a file, and replaces one of the new name. */
MUST_USE agentos_status output_rename(const char *from, const char *to, agentos_error *err);

/* Gives a file a second name, unless that exists. */
MUST_USE agentos_status output_link(const char *from, const char *to, agentos_error *err);
MUST_USE agentos_status output_remove(const char *path, agentos_error *err); /* it may be absent */

/* Prints the prefix, the text and a newline. Control characters (C0, DEL and C1) are printed as
 * \u00XX, as in JSON. */
void output_line(FILE *out, const char *prefix, const char *text);
/* Prints a text that may have line breaks and tabs; other control characters as output_line does.
 */
void output_text(FILE *out, const char *text);

#endif
