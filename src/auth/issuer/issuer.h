/* Identity providers, each with its own keys, checks and ceiling. The token's `iss` selects one
 * before any key is tried, and a failure there never falls through to another
 * (docs/design/security.md 2). */
#ifndef AUTH_ISSUER_ISSUER_H
#define AUTH_ISSUER_ISSUER_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/token/verify.h"

struct issuers;

/* The issuers to make; borrowed for the call. */
struct issuers_options {
    const struct issuer_options *all;
    size_t count;
    const char *admin_scope;
    struct key_pool *pool; /* where remote keys are shared; borrowed for the issuers' life */
};

/* The caller's, immutable. INVALID, with one sentence that names the option: an `iss` or a key that
 * two issuers share, no audience, an algorithm that does not exist, a claim that users write, ...
 */
MUST_USE agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                                    agentos_error *err);
void issuers_free(struct issuers *issuers); /* NULL is fine */

/* INVALID, "NAME: why": an issuer has a key that is also a key of the plain block
 * (docs/design/security.md 2). */
MUST_USE agentos_status issuers_refuse_keys(const struct issuers *issuers,
                                            const struct keyring *plain, agentos_error *err);

/* What a token of this iss is verified by; NULL: the iss is not listed. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss);

/* Which issuers are listed, for an explanation to who asks about a token of this iss; says if one
 * differs from it by a slash alone. From the arena. */
const char *issuers_text(const struct issuers *issuers, str iss, arena *a);

/* The `iss` of a token that has not been verified, a view of its claims; empty: it has none, or one
 * that is not a text. UNAUTHENTICATED: it is not a JWT. */
MUST_USE agentos_status token_issuer(const struct verify_call *call, struct token *token, str *out,
                                     agentos_error *err);

/* A principal of one of the issuers with what its roles grant, under the issuer's ceiling; the
 * scopes of the token itself were limited when it was verified. From the arena; `who` itself when
 * no role adds anything. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif
