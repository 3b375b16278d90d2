/* How much is under way on a loop that must end before the loop may: runs being saved, database
 * work whose answer is on its way. Touched by the loop's thread only. */
#ifndef LOOP_BUSY_H
#define LOOP_BUSY_H

#include <stddef.h>

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
    if (--busy->count == 0 && busy->on_idle != NULL)
        busy->on_idle(busy->user);
}

/* Call back as soon as nothing is under way: at once, if that is so already. */
static inline void busy_wait(struct busy *busy, void (*on_idle)(void *user), void *user)
{
    busy->on_idle = on_idle;
    busy->user = user;
    if (busy->count == 0)
        on_idle(user);
}

#endif
