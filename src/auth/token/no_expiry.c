/* Reports tokens without an expiry, once for each key that signs such tokens. The names of reported
 * keys form a set that only grows. If several threads report the same key, only the thread that
 * adds its name calls the callback. */
#include "auth/token/no_expiry.h"

#include <stddef.h>

#include "base/ensure.h"
#include "base/mem.h"

/* Calls `tell` if this key has not been reported yet. Names are compared as pointers: a key has one
 * name for as long as no_expiry exists. Any thread may call this. */
void no_expiry_report(struct no_expiry *no_expiry, const char *key_name)
{
    ensure(key_name != NULL);
    if (no_expiry == NULL || no_expiry->tell == NULL)
        return;
    for (size_t i = 0; i < COUNT(no_expiry->told); i++) {
        const char *found = NULL;

        if (atomic_compare_exchange_strong(&no_expiry->told[i], &found, key_name)) {
            no_expiry->tell(key_name); /* the place was free, and no other thread has taken it */
            return;
        }
        if (found == key_name)
            return;
    }
}
