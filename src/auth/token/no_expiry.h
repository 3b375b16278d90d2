/* Tokens without an expiry never become invalid, so the operator is told of them: once for each key
 * that signs some, which keeps the log short. Any thread. */
#ifndef AUTH_TOKEN_NO_EXPIRY_H
#define AUTH_TOKEN_NO_EXPIRY_H

#include <stdatomic.h>

#include "base/limits.h"

struct no_expiry {
    void (*tell)(const char *key_name);              /* NULL: nobody wants to know */
    _Atomic(const char *) told[STATIC_KEYS_MAX + 1]; /* the keys' names, and the key set's */
};

/* Calls `tell` if it has not been called for this key. key_name stays valid as long as no_expiry
 * does. no_expiry NULL: does nothing. */
void no_expiry_report(struct no_expiry *no_expiry, const char *key_name);

#endif
