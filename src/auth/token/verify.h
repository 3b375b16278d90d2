/* The verification of a JWT by the keys and checks of one issuer, apart from requests and caches.
 * The plain `authorization:` block has a verifier, and so has each listed issuer. */
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
    const char *preset; /* for advice; NULL or "plain": none */
    struct keyring keys;
    struct remote_keys *remote; /* tried after keys; NULL: none */
    struct jwt_checks checks;
    const struct demands *demands; /* of a listed issuer, beyond checks; NULL: the plain block */
    struct principal_rules rules;
    const struct ceiling *ceiling; /* of a listed issuer, on what its tokens confer; NULL: none */
    struct no_expiry *no_expiry;   /* NULL: tokens without an expiry are not reported */
    struct role_table roles;       /* not applied here, but for each request: see role.h */
};

/* Releases the keys and the roles, but not `remote`. */
void verifier_clear(struct verifier *verifier);

/* The circumstances of one verification. */
struct verify_call {
    int64_t now_s;
    arena *arena;               /* for what need not outlive the request */
    struct explanation *why;    /* NULL: do not explain */
    struct keys_wanted *wanted; /* set to the keys whose next fetch may let a refused token pass;
                                 * NULL: the caller will not wait */
};

/* OK: *out is the caller's reference, and has taken the token's claims. UNAUTHENTICATED with the
 * contract's text. */
MUST_USE agentos_status verify_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err);

/* For `validate: false`: checks the claims but not the signature, which a trusted proxy has
 * checked. A token that cannot be decoded yields a principal without user and scopes, as in the
 * contract. verifier is the plain block's; *out as above, and never an admin. */
MUST_USE agentos_status read_unverified_token(const struct verifier *verifier,
                                              const struct verify_call *call, struct token *token,
                                              struct verified **out, agentos_error *err);

#endif
