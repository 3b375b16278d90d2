/* Verifies JWTs with the keys and checks of one issuer, or of the top-level options. */
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
    /* the additional requirements of a listed issuer, otherwise NULL */
    const struct demands *demands;
    struct principal_rules rules;
    /* the scopes that a listed issuer may confer, otherwise NULL */
    const struct ceiling *ceiling;
    struct no_expiry *no_expiry; /* NULL for none */
    struct role_table roles;     /* applied for each request (see role.h) */
};

/* Releases the keys and the roles, but not `remote`. */
void verifier_clear(struct verifier *verifier);

/* The circumstances of one verification. */
struct verify_call {
    int64_t now_s;
    arena *arena;            /* for data that need not outlive the request */
    struct explanation *why; /* receives the steps; may be NULL */
    /* Set to the keys whose next fetch may make the token valid. NULL if the caller will not
     * wait. */
    struct missing_key *missing_key;
};

/* Verifies a token. On success *out is a reference that the caller must release with
 * verified_unref, and owns the token's claims. Returns UNAUTHENTICATED with the text of the
 * contract. Thread-safe; does no I/O. */
MUST_USE agentos_status verify_token(const struct verifier *verifier,
                                     const struct verify_call *call, struct token *token,
                                     struct verified **out, agentos_error *err);

/* Checks the claims but not the signature, which a trusted proxy has checked (`validate: false`).
 * As in the contract, a token that cannot be decoded yields a principal without user and scopes.
 * The verifier must be that of the top-level options. *out is a reference as above and is never an
 * administrator. Returns UNAUTHENTICATED if a claim is rejected. */
MUST_USE agentos_status read_unverified_token(const struct verifier *verifier,
                                              const struct verify_call *call, struct token *token,
                                              struct verified **out, agentos_error *err);

#endif
