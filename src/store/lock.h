/* The lock that keeps two processes from serving the same database file. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

/* Locks the file PATH.lock, where symbolic links in PATH are followed, for this process. The lock
 * is held until lock_release is called with *fd, or until the process ends in any way. The id of
 * this process is written into the file, for the message of the next process. Returns INVALID, with
 * a message that names the other process, if that process holds the lock, and UNAVAILABLE if the
 * file cannot be created or locked. Does not wait. */
MUST_USE agentos_status lock_take(const char *path, int *fd, agentos_error *err);

/* Finds the process that holds the lock of this path, by asking the kernel (/proc/locks).
 * *process_id is set only on success. Returns NOT_FOUND if no process that is visible here holds
 * the lock. */
MUST_USE agentos_status lock_find_holder(const char *path, long *process_id, agentos_error *err);

/* Releases the lock. The file stays, because removing it would let a third process lock another
 * file of the same name. */
void lock_release(int fd); /* -1 is allowed */

#endif
