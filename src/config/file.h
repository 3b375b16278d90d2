/* Reading whole small files: configurations, keys, .env. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/buf.h"

/* Appends the file to out; its limit is the most that is read. NOT_FOUND: there is none; INVALID:
 * larger, unreadable, or not a regular file. The sentence is the reason alone and does not name the
 * path. Blocks. */
MUST_USE agentos_status file_read(const char *path, buf *out, agentos_error *err);

#endif
