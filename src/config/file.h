/* Reads whole files, such as configurations, keys and .env files. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/buf.h"

/* Appends the file to `out`, whose limit is the largest size. Returns NOT_FOUND if it does not
 * exist, FORBIDDEN without permission, and INVALID if it is too large or not a regular file. The
 * message does not contain the path. Blocks. */
MUST_USE agentos_status file_read(const char *path, buf *out, agentos_error *err);

/* Returns what to do about a file that file_read could not read. */
const char *file_advice(const agentos_error *err);

/* Returns whether the file exists and this process can see it. May block. */
bool file_exists(str path);

#endif
