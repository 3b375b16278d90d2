/* A report to the operator of tokens without an expiry, which stay valid for ever: once for each
 * key that signs any, to keep the log short. Any thread. */
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
