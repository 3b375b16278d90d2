/* What commands read: files, standard input and tokens, within a limit. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "base/arena.h"
#include "base/buf.h"

/* All of a file, or of standard input for "-", appended to out. NOT_FOUND: it cannot be opened or
 * read; INVALID: larger than out's limit. Blocks. */
MUST_USE agentos_status input_read(const char *path, buf *out, agentos_error *err);

/* The text without the one line break that editors put at the end. A view. */
str input_line(const buf *text);

/* A token given as an argument, or for "-" on standard input, without blanks and line breaks around
 * it; from the arena. UNAUTHENTICATED: too large. */
MUST_USE agentos_status input_token(arena *a, const char *argument, str *out, agentos_error *err);

#endif
