/* Reads the input of commands, up to a limit. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/arena.h"
#include "base/buf.h"

bool input_exists(const char *path); /* whether there is a file or a folder of this name */

/* Appends a whole file to out, or standard input if path is "-". Returns NOT_FOUND if it cannot be
 * opened or read, and INVALID if it exceeds the limit of out. Blocks. */
MUST_USE agentos_status input_read(const char *path, buf *out, agentos_error *err);

/* Returns a view of the text without its final line break, if it has one. */
str input_line(const buf *text);

/* Sets *out to a token in the arena, without surrounding blanks. Reads it from standard input if
 * the argument is "-". Returns UNAUTHENTICATED if it is too large. */
MUST_USE agentos_status input_token(arena *a, const char *argument, str *out, agentos_error *err);

#endif
