/* Log lines on standard error: a time, a level, an event and its fields, as text or JSON. Never
 * pass tokens, keys or headers. While the log is open (log_open), any thread may log without
 * blocking: a log thread writes the queued lines, and reports how many were dropped. Otherwise a
 * line is written before log_write returns. Not for signal handlers. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name; /* NULL ends a list */
    str text;         /* used unless is_number is true */
    int64_t number;
    bool is_number;
};

static inline struct log_field log_str(const char *name, str text)
{
    return (struct log_field){ .name = name, .text = text };
}

static inline struct log_field log_text(const char *name, const char *text)
{
    return log_str(name, str_of(text));
}

static inline struct log_field log_int(const char *name, int64_t number)
{
    return (struct log_field){ .name = name, .number = number, .is_number = true };
}

enum { LOG_FLUSH_MS = 1000 }; /* how long exiting may wait for the log */

/* Sets the format of the log and the least level that is logged. Must be called once, before
 * threads start. */
void log_setup(enum log_level least, enum log_format format);

bool log_is_on(enum log_level level);

/* Starts the log's thread, unless it runs already. Each call needs one log_close. Aborts if the
 * thread cannot be created. A forked process logs as if the log were not open. */
void log_open(void);

/* Ends one log_open. The last call writes the queued lines and ends the thread. Blocks for
 * LOG_FLUSH_MS at most; a thread that is still blocked in a write remains, and queued lines may be
 * lost. */
void log_close(void);

/* Waits up to most_ms for all queued lines to be written. Returns whether they are. May be called
 * on any thread but the log's. */
bool log_flush(uint64_t most_ms);

/* Returns the number of lines dropped since the process started. May be called on any thread. */
uint64_t log_dropped(void);

/* Logs one line. The fields end with a NULL name. May be called on any thread; blocks only while
 * the log is not open. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* Like log_write, but logs at most one line a second with the same event and `why` field. The next
 * line has the number of suppressed ones in its field `not_logged`. */
void log_write_seldom(enum log_level level, const char *event, const struct log_field *fields);

/* Logs one line of level info, whatever the lowest level is. Otherwise like log_write. */
void log_always(const char *event, const struct log_field *fields);

/* Logs a line without a time or a level. The text has no line end. May be called on the same
 * threads as log_write. */
void log_plain(str text);

#define LOG_FIELDS(...)            \
    (const struct log_field[])     \
    {                              \
        __VA_ARGS__ __VA_OPT__(, ) \
        {                          \
            .name = NULL           \
        }                          \
    }

/* As in LOG(LOG_INFO, "listening", log_text("url", url)). */
#define LOG(level, event, ...)        log_write((level), (event), LOG_FIELDS(__VA_ARGS__))
#define LOG_SELDOM(level, event, ...) log_write_seldom((level), (event), LOG_FIELDS(__VA_ARGS__))

#endif
