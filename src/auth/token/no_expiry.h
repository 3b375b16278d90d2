/* Reports tokens without an expiry to the operator, once for each key or key set. */
#ifndef AUTH_TOKEN_NO_EXPIRY_H
#define AUTH_TOKEN_NO_EXPIRY_H

#include <stdatomic.h>

#include "base/limits.h"

struct no_expiry {
    void (*report)(const char *key_name); /* may be NULL */
    /* the names of the reported keys; the top-level options have two key sets, each with one
     * name */
    _Atomic(const char *) reported[STATIC_KEYS_MAX + 2];
};

/* Reports this key unless it was reported before. Names are compared as pointers, so key_name must
 * live as long as no_expiry, which may be NULL. Thread-safe. */
void no_expiry_report(struct no_expiry *no_expiry, const char *key_name);

#endif
