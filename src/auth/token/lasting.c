/* A set that only grows: who puts a name into an empty place first is the one who tells. */
#include "auth/token/lasting.h"
#include "base/mem.h"

#include <stddef.h>

void lasting_note(struct lasting *lasting, const char *key_name)
{
    if (lasting == NULL || lasting->tell == NULL)
        return;
    for (size_t i = 0; i < COUNT(lasting->told); i++) {
        const char *there = NULL;

        if (atomic_compare_exchange_strong(&lasting->told[i], &there, key_name)) {
            lasting->tell(key_name);
            return;
        }
        if (there == key_name)
            return;
    }
}
