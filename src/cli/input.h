/* Reads the input of commands, such as files, standard input and tokens, up to a limit. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/arena.h"
#include "base/buf.h"

/* Appends a whole file to out, or standard input if path is "-". Returns NOT_FOUND if it cannot be
 * opened or read, and INVALID if it exceeds the limit of out. Blocks. */
MUST_USE agentos_status input_read(const char *path, buf *out, agentos_error *err);

/* Returns a view of the text without the one line break that editors put at its end. */
str input_line(const buf *text);

/* Sets *out to a token from the arena, without blanks and line breaks around it. The token is the
 * argument, or is read from standard input if the argument is "-". Returns UNAUTHENTICATED if it is
 * too large. */
MUST_USE agentos_status input_token(arena *a, const char *argument, str *out, agentos_error *err);

#endif
