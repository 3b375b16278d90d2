/* Reports tokens without an expiry, which stay valid for ever, to the operator. Each key, or key
 * set, whose tokens have no expiry is reported once, to keep the log short. */
#ifndef AUTH_TOKEN_NO_EXPIRY_H
#define AUTH_TOKEN_NO_EXPIRY_H

#include <stdatomic.h>

#include "base/limits.h"

struct no_expiry {
    void (*tell)(const char *key_name); /* NULL if nothing is to be reported */
    /* the names of the reported keys; each of the plain block's two key sets has one name */
    _Atomic(const char *) told[STATIC_KEYS_MAX + 2];
};

/* Calls `tell` if it has not been called for this key yet. Names are compared as pointers, so
 * key_name must live as long as no_expiry. Does nothing if no_expiry is NULL. May be called on any
 * thread. */
void no_expiry_report(struct no_expiry *no_expiry, const char *key_name);

#endif
