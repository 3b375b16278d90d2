/* Reports the keys whose tokens have no expiry, once for each key. */
#include "auth/token/no_expiry.h"

#include <stddef.h>

#include "base/ensure.h"
#include "base/mem.h"

/* Reports this key unless it was reported before. Compares names as pointers. Thread-safe. */
void no_expiry_report(struct no_expiry *no_expiry, const char *key_name)
{
    ensure(key_name != NULL);
    if (no_expiry == NULL || no_expiry->report == NULL)
        return;
    for (size_t i = 0; i < COUNT(no_expiry->reported); i++) {
        const char *found = NULL;

        if (atomic_compare_exchange_strong(&no_expiry->reported[i], &found, key_name)) {
            no_expiry->report(key_name); /* the slot was free */
            return;
        }
        if (found == key_name)
            return;
    }
}
