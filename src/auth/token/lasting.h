/* Tokens without an expiry are good for ever: told once a key, so that the operator hears of it and
 * the log is not flooded. Any thread. */
#ifndef AUTH_TOKEN_LASTING_H
#define AUTH_TOKEN_LASTING_H

#include <stdatomic.h>

#include "base/limits.h"

struct lasting {
    void (*tell)(const char *key_name);              /* NULL: nobody wants to know */
    _Atomic(const char *) told[STATIC_KEYS_MAX + 1]; /* the keys' names, and the key set's */
};

void lasting_note(struct lasting *lasting, const char *key_name);

#endif
