/* A count of the work on a loop that must end before the loop may stop: runs that are being saved,
 * database work whose answer is on its way. For the loop's thread only. */
#ifndef LOOP_BUSY_H
#define LOOP_BUSY_H

#include <stddef.h>

#include "base/ensure.h"

struct busy {
    size_t count;
    void (*on_idle)(void *user); /* called once when the count reaches zero; NULL: nobody waits */
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

/* Calls on_idle once nothing is under way: before this returns, if that is so already. */
static inline void busy_wait(struct busy *busy, void (*on_idle)(void *user), void *user)
{
    ensure(on_idle != NULL && busy->on_idle == NULL); /* one waits at most */
    busy->on_idle = on_idle;
    busy->user = user;
    if (busy->count == 0)
        on_idle(user);
}

#endif
