/* A JWT checked against keys and claims. Knows no request and no cache. A verifier is a value: the
 * plain block owns one, and each further issuer may own another. */
#ifndef AUTH_TOKEN_VERIFY_H
#define AUTH_TOKEN_VERIFY_H

#include "auth/explain/explain.h"
#include "auth/keys/keyring.h"
#include "auth/keys/remote_keys.h"
#include "auth/scope/ceiling.h"
#include "auth/scope/role.h"
#include "auth/token/demands.h"
#include "auth/token/no_expiry.h"
#include "auth/token/token.h"
#include "auth/token/verified.h"

struct verifier {
    const char *preset; /* of a listed issuer, for advice; NULL or "plain": none */
    struct keyring keys;
    struct remote_keys *remote; /* tried after keys; NULL: none */
    struct jwt_checks checks;
    const struct demands *demands; /* of an issuer, beyond checks; NULL: none */
    struct principal_rules rules;
    const struct ceiling *ceiling; /* of an issuer, on what its tokens say; NULL: none */
    struct no_expiry *no_expiry;   /* NULL: tokens without an expiry are not noted */
    struct role_table roles;       /* applied after this room's cache: see role.h */
};

void verifier_clear(struct verifier *verifier);

/* What surrounds one check. */
struct verify_call {
    int64_t now_s;
    arena *arena; /* for what need not outlive the request */
    struct explanation *why;
    struct keys_wanted *wanted; /* told what a refused token might wait for; NULL: nobody waits */
};

/* UNAUTHENTICATED with the contract's text; on success *out is the caller's reference, and has
 * taken the token's claims. */
MUST_USE agentos_status verify_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err);

/* `validate: false`: the claims are read and checked, the signature is not, since a trusted proxy
 * has done that. What cannot be decoded is a caller without user and scopes, as in the contract. */
MUST_USE agentos_status read_unverified(const struct verifier *verifier,
                                        const struct verify_call *call, struct token *token,
                                        struct verified **out, agentos_error *err);

#endif
