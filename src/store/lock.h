/* The lock that keeps two processes from serving one database file. */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include "base/error.h"

/* Takes PATH.lock, where PATH is free of symbolic links, for this process until lock_release or the
 * process's end, however it ends; writes the process id into it for the next one's sentence. *fd:
 * to be released. INVALID: another process has it, named; UNAVAILABLE: the file cannot be made or
 * locked. Does not wait. */
MUST_USE agentos_status lock_take(const char *path, int *fd, agentos_error *err);

/* Finds the process that holds the lock of this path, which the kernel knows (/proc/locks).
 * *process_id is set on success. NOT_FOUND: no process that is visible here holds it. */
MUST_USE agentos_status lock_find_holder(const char *path, long *process_id, agentos_error *err);

/* The file stays: removing it would let a third process lock another file of the same name. */
void lock_release(int fd); /* -1 is fine */

#endif
