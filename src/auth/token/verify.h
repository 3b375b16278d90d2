/* The verification of a JWT with the keys and checks of one issuer, independent of requests and
 * caches. The plain `authorization:` block has a verifier, and so has each listed issuer. */
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
    const char *preset; /* selects the advice for refusals; NULL or "plain" for none */
    struct keyring keys;
    struct remote_keys *remote; /* tried after `keys`; NULL if no keys are fetched */
    struct jwt_checks checks;
    /* the demands of a listed issuer beyond the checks; NULL in the plain block */
    const struct demands *demands;
    struct principal_rules rules;
    /* the most that tokens of a listed issuer confer; NULL in the plain block */
    const struct ceiling *ceiling;
    struct no_expiry *no_expiry; /* NULL if tokens without an expiry are not reported */
    struct role_table roles;     /* not applied by the verifier but for each request (see role.h) */
};

/* Releases the keys and the roles, but not `remote`. */
void verifier_clear(struct verifier *verifier);

/* The circumstances of one verification. */
struct verify_call {
    int64_t now_s;
    arena *arena;            /* for data that need not outlive the request */
    struct explanation *why; /* receives the steps; may be NULL */
    /* Set to the keys whose next fetch may let a refused token pass. NULL if the caller will not
     * wait. */
    struct keys_wanted *wanted;
};

/* Verifies a token. On success *out is a reference that the caller must release with
 * verified_unref, and the token's claims have been moved to it. Returns UNAUTHENTICATED with the
 * text of the contract. May be called on any thread and does no I/O. */
MUST_USE agentos_status verify_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err);

/* Checks the claims but not the signature, which a trusted proxy has checked (`validate: false`). A
 * token that cannot be decoded yields a principal without a user and scopes, as in the contract.
 * The verifier must be the plain block's. *out is a reference as above, and is never an
 * administrator. Returns UNAUTHENTICATED if a claim is refused. */
MUST_USE agentos_status read_unverified_token(const struct verifier *verifier,
                                              const struct verify_call *call, struct token *token,
                                              struct verified **out, agentos_error *err);

#endif
