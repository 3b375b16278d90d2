/* Counts the pending work that an event loop must finish before it stops. For the loop's thread
 * only. */
#ifndef LOOP_BUSY_H
#define LOOP_BUSY_H

#include <stddef.h>

#include "base/ensure.h"

struct busy {
    size_t count;
    void (*on_idle)(void *user); /* called when the count reaches zero; may be NULL */
    void *user;
};

static inline void busy_begin(struct busy *busy)
{
    busy->count++;
}

static inline void busy_end(struct busy *busy)
{
    ensure(busy->count > 0);
    if (--busy->count == 0 && busy->on_idle != NULL)
        busy->on_idle(busy->user);
}

/* Calls on_idle when the count is zero, which may be before this returns. */
static inline void busy_wait(struct busy *busy, void (*on_idle)(void *user), void *user)
{
    ensure(on_idle != NULL && busy->on_idle == NULL); /* only one may wait */
    busy->on_idle = on_idle;
    busy->user = user;
    if (busy->count == 0)
        on_idle(user);
}

#endif
