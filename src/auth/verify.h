/* A JWT checked against the configured keys and claims. Knows no request and no cache. */
#ifndef AUTH_VERIFY_H
#define AUTH_VERIFY_H

#include "auth/explain.h"
#include "auth/keyring.h"
#include "auth/verified.h"
#include "jose/jwt.h"

struct verifier {
    struct keyring keys;
    struct jwt_checks checks;
    struct principal_rules rules;
};

/* What surrounds one check. */
struct attempt {
    int64_t now_s;
    arena *arena; /* for what need not outlive the request */
    struct explanation *why;
};

/* UNAUTHENTICATED with the contract's text; on success *out is the caller's reference. */
MUST_USE agentos_status verify_token(const struct verifier *verifier, const struct attempt *attempt,
                                     str token, struct verified **out, agentos_error *err);

#endif
