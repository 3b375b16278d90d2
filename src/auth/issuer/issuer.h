/* Identity providers, each with its own keys, checks and ceiling. The token's `iss` selects one
 * before any key is tried, and a failure there never falls through to another
 * (docs/design/security.md 2). */
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

/* Creates the issuers, which are immutable, and stores them in *out. The caller must free them
 * with issuers_free. Returns INVALID, and leaves *out unchanged, with one sentence that names the
 * option, for example if two issuers share an `iss`, or a key that the configuration itself
 * contains, if an issuer has no audience, if an algorithm does not exist, or if users can write a
 * claim themselves. */
MUST_USE agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                                    agentos_error *err);
/* No thread may use the issuers any more. NULL is allowed. */
void issuers_free(struct issuers *issuers);

/* Returns INVALID with "NAME: why" if an issuer has a key in the configuration that is also a key
 * of the plain block (docs/design/security.md 2). */
MUST_USE agentos_status issuers_refuse_keys(const struct issuers *issuers,
                                            const struct keyring *plain, agentos_error *err);

/* Returns the verifier for tokens with this iss, or NULL if no such issuer is listed. The texts are
 * compared byte for byte. The verifier lives as long as the issuers. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss);

/* Returns a list of the issuers, allocated in the arena, to explain why a token of this iss was
 * refused. The list also names each issuer that differs from the iss only by a slash at the end. It
 * is empty if it would exceed 64 KiB. */
const char *issuers_text(const struct issuers *issuers, str iss, arena *a);

/* Decodes a token, without verifying it, and stores its `iss` in *out: a view of its claims, which
 * is empty if the claim is absent or not a string. Returns UNAUTHENTICATED if the token is not a
 * JWT. */
MUST_USE agentos_status token_issuer(const struct verify_call *call, struct token *token, str *out,
                                     agentos_error *err);

/* Returns the principal, which must be of one of the issuers, with the scopes that its roles grant,
 * limited by the issuer's ceiling. The scopes of the token itself were limited when it was
 * verified. The result is allocated in the arena; it is `who` itself if no role adds anything. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif
