/* Shared by log.c, log_limit.c and log_writer.c. */
#ifndef BASE_LOG_INTERNAL_H
#define BASE_LOG_INTERNAL_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"

enum { LOG_LINE_MAX_BYTES = 16 * KiB }; /* a dozen of the longest values fit */

/* ---- log_writer.c ---- */

/* Queues a whole line, which ends with '\n'. Without room, the line is dropped and counted; some
 * room is reserved for urgent lines. Without a log thread, the line is written before this returns.
 * May be called on any thread. */
void log_put(str line, bool is_urgent);

/* ---- log.c ---- */

/* Formats the notice about dropped lines. The caller must clear *line. */
void log_format_dropped(uint64_t lines, buf *line);

/* ---- log_limit.c ---- */

/* Returns whether a line about this event and reason may be written now: once a second. If so, sets
 * *held_back to the number of lines suppressed since. now_ns is monotonic. May be called on any
 * thread. */
bool log_limit_pass(str event, str why, uint64_t now_ns, uint64_t *held_back);

/* Held while the process forks, so that the table is consistent in the child. */
void log_limit_lock(void);
void log_limit_unlock(void);

#endif
