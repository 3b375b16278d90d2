/* Reads lines that somebody types. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "base/buf.h"

enum prompt_end { PROMPT_LINE, PROMPT_END_OF_FILE, PROMPT_INTERRUPTED };

bool prompt_is_wanted(void); /* whether standard input is a terminal */

/* Reads a line of standard input, without its line break; blocks. On a terminal, prints a prompt to
 * standard error first. INTERRUPTED: SIGINT came. A line beyond the buffer's limit overflows it. */
enum prompt_end prompt_read(buf *line);

#endif
