/* Log lines: a time, a level, an event and its fields, as text or JSON, on standard error. Rooms
 * below the web server return errors instead. Callers pass no token, no key and no header. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name; /* NULL ends a list */
    str text;         /* used unless is_number */
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

/* Called once, before threads start. Lines below `least` are dropped. */
void log_setup(enum log_level least, enum log_format format);

bool log_is_on(enum log_level level);

/* Writes one line with one write(2), so that the lines of several threads do not mix. fields: ends
 * with a NULL name. Any thread; blocks while standard error does. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* LOG(LOG_INFO, "listening", log_text("url", url)); */
#define LOG(level, event, ...)  \
    log_write((level), (event), \
              (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .name = NULL } })

#endif
