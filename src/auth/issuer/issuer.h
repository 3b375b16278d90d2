/* Identity providers, each with its own keys, checks and ceiling. The token's `iss` selects one
 * before any key is tried, and a failure there never falls through to another
 * (docs/design/security.md 2). */
#ifndef AUTH_ISSUER_ISSUER_H
#define AUTH_ISSUER_ISSUER_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/token/verify.h"

struct issuers;

/* INVALID, with one sentence that names the option: an `iss` or a key that stands twice, no
 * audience, an algorithm that does not exist, a claim that users write, ... */
struct issuers_options {
    const struct issuer_options *all;
    size_t count;
    const char *admin_scope;
    struct key_pool *pool; /* where remote keys are shared; borrowed for the issuers' life */
};
MUST_USE agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                                    agentos_error *err);
void issuers_free(struct issuers *issuers); /* NULL is fine */

/* XX
 * 2). */
MUST_USE agentos_status issuers_refuse_keys(const struct issuers *issuers,
                                            const struct keyring *plain, agentos_error *err);

/* Who is to check a token of this iss; NULL: not listed. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss);

/* The `iss` of a token that nobody has checked, a view into its claims; empty: none, or no text.
 * UNAUTHENTICATED: it is no JWT. */
MUST_USE agentos_status token_issuer(const struct attempt *attempt, struct token *token, str *out,
                                     agentos_error *err);

/* A principal of one of them with what its roles grant; that too is under the issuer's ceiling, as
 * its own scopes are since they were verified. From the arena. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif
