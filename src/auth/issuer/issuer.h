/* Identity providers, each with its own keys, checks and ceiling. A token's `iss` selects one
 * before any key is tried, without falling through to another (docs/design/security.md 2). */
#ifndef AUTH_ISSUER_ISSUER_H
#define AUTH_ISSUER_ISSUER_H

#include "auth/issuer/issuer_options.h"
#include "auth/keys/key_pool.h"
#include "auth/token/verify.h"

struct issuers;

/* The issuers to create, borrowed for the call. */
struct issuers_options {
    const struct issuer_options *all;
    size_t count;
    const char *admin_scope;
    struct key_pool *pool; /* shares the remote keys; borrowed for the issuers' life */
};

/* Creates the issuers, which are immutable, and stores them in *out, to be freed with issuers_free.
 * Returns INVALID with a message that names the option, and leaves *out unchanged, for example if
 * two issuers share an `iss` or a configured key, if an issuer has no audience, if an algorithm is
 * unknown, or if users can write a claim. */
MUST_USE agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                                    agentos_error *err);
/* No thread may still use the issuers. NULL is allowed. */
void issuers_free(struct issuers *issuers);

/* Returns INVALID with "NAME: REASON" if an issuer has a configured key in common with the
 * top-level options (docs/design/security.md 2). */
MUST_USE agentos_status issuers_refuse_keys(const struct issuers *issuers,
                                            const struct keyring *plain, agentos_error *err);

/* Returns the verifier for tokens with this iss, compared byte for byte, or NULL if it is not
 * listed. It lives as long as the issuers. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss);

/* Returns a list of the issuers, allocated from the arena, to explain why a token of this iss was
 * rejected. Names the issuers that differ only by a trailing slash. Returns "" if the list exceeds
 * 64 KiB. */
const char *issuers_text(const struct issuers *issuers, str iss, arena *a);

/* Decodes a token, without verifying it, and stores its `iss` in *out: a view of its claims, or ""
 * if the claim is absent or not a string. Returns UNAUTHENTICATED if the token is not a JWT. */
MUST_USE agentos_status token_issuer(const struct verify_call *call, struct token *token, str *out,
                                     agentos_error *err);

/* Returns the principal with the scopes of its roles, limited by its issuer's ceiling, allocated
 * from the arena, or `who` itself if no role adds anything. The token's own scopes were limited
 * when it was verified. The principal must be of one of the issuers. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif
