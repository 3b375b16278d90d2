/* Files that survive a power cut under their name, whole. */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "base/error.h"

/* Flushes the file `part` to the disk, renames it to `path`, which it replaces, and flushes the
 * folder. Both must be in the same folder. Returns UNAVAILABLE with the reason that the system
 * gives. Blocks. */
MUST_USE agentos_status durable_publish(const char *part, const char *path, agentos_error *err);

#endif
