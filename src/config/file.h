/* Reads small files as a whole: configurations, keys and .env files. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "base/buf.h"

/* Appends the content of the file to `out`, whose limit is the largest size that is read. Returns
 * NOT_FOUND if there is no such file, and INVALID if it is larger, cannot be read, or is not a
 * regular file. The message contains only the reason and not the path. Blocks. */
MUST_USE agentos_status file_read(const char *path, buf *out, agentos_error *err);

/* Returns whether there is a file at the path, as far as this process can see. May block. */
bool file_exists(str path);

#endif
