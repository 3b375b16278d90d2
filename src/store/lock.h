/* The lock that keeps a second server from a database file. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

/* Locks the file PATH.lock for this process, after following symbolic links in PATH. Held until
 * lock_release(*fd) or the end of the process. Stores the process id in the file. Returns INVALID,
 * naming the other process, if it is locked, and UNAVAILABLE if it cannot be created or locked.
 * Does not wait. */
MUST_USE agentos_status lock_take(const char *path, int *fd, agentos_error *err);

/* Finds the process that holds the lock, in /proc/locks. Sets *process_id only on success. Returns
 * NOT_FOUND if no visible process holds it. */
MUST_USE agentos_status lock_find_holder(const char *path, long *process_id, agentos_error *err);

/* Releases the lock. Keeps the file: another process could otherwise lock a new one of the same
 * name. */
void lock_release(int fd); /* -1 is allowed */

#endif
