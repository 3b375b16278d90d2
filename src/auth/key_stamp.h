/* Which state of fetched keys something was verified under: when the keys move, it must be verified
 * again. Holds no key. */
#ifndef AUTH_KEY_STAMP_H
#define AUTH_KEY_STAMP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* changes is borrowed from the keys, which live as long as the authority that verified by them. */
struct key_stamp {
    const atomic_uint *changes; /* of the keys; NULL: none of them is ever fetched */
    unsigned seen;
};

static inline bool key_stamp_holds(const struct key_stamp *stamp)
{
    return stamp->changes == NULL ||
           atomic_load_explicit(stamp->changes, memory_order_acquire) == stamp->seen;
}

#endif
