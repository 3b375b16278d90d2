/* New tokens: the claims of a JWT (RFC 7519 §4) and their signature. */
#ifndef JOSE_MINT_H
#define JOSE_MINT_H

#include "base/buf.h"
#include "jose/key.h"
#include "json/parse.h"

/* A further claim. The value must be a string, a number, a list or any other JSON. */
struct mint_claim {
    str name;
    const json_t *value;
};

/* The claims of a token; all texts are UTF-8. A list ends with its count, and an empty one writes
 * no claim. */
struct mint {
    const char *issuer;  /* NULL for none */
    const char *subject; /* required, not empty */
    const char *const *audiences, *const *scopes;
    size_t audience_count, scope_count;
    int64_t issued_at_s, lifetime_s; /* since 1970; the lifetime is positive */
    /* further claims; may override iat and exp only */
    const struct mint_claim *claims;
    size_t claim_count;
};

/* Returns true for iss, sub, aud and scopes, which must not be among the further claims. */
bool mint_writes_claim(str name);

/* Signs a token with these claims and appends it to `token`. If kid is NULL, the key's thumbprint
 * (RFC 7638) is its id; a shared secret then has none. Returns INVALID if the claims do not fit,
 * are not UTF-8, or the key cannot sign. After a failure the caller must discard `token`. Reads no
 * clock and does no I/O; may be called on any thread. */
MUST_USE agentos_status mint_token(const struct mint *mint, const struct key *key, const char *kid,
                                   buf *token, agentos_error *err);

#endif
