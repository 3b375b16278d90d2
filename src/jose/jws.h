/* Compact JWS (RFC 7515 §3.1): taken apart, verified, signed. No I/O, no clock; claims are not
 * read.
 */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include "base/buf.h"
#include "jose/key.h"
#include "json/parse.h"

/* A token taken apart; nothing in it is trusted yet. Texts are views of the token and of the arena.
 */
struct jws {
    str signing_input; /* header '.' payload, as sent */
    str signature;     /* decoded */
    str payload;       /* decoded */
    const json_t *header;
    str alg, kid, typ; /* empty where absent */
};

/* UNAUTHENTICATED with the contract's reason ("Not enough segments", "Invalid header padding",
 * "Invalid payload padding", "Invalid crypto padding", "Invalid header string: ..."); refuses more
 * than 3 parts, over TOKEN_MAX_BYTES, padding, the wrong alphabet, duplicate names, `crit`, `zip`,
 * `b64: false`, `cty: JWT`, `alg: none` however spelt, a kid over KID_MAX_BYTES, five parts (JWE).
 */
MUST_USE agentos_status jws_parse(arena *a, str token, struct jws *out, agentos_error *err);

/* UNAUTHENTICATED "The specified alg value is not allowed" when the token's alg is not the key's
 * own; "Signature verification failed" otherwise. Constant time in the signature. */
MUST_USE agentos_status jws_verify(const struct jws *jws, const struct key *key,
                                   agentos_error *err);

/* Appends a compact JWS over payload to out; typ is "JWT", kid may be NULL. INVALID: the key cannot
 * sign. TOO_LARGE: past out's limit; out is then of no use. */
MUST_USE agentos_status jws_sign(const struct key *key, const char *kid, str payload, buf *out,
                                 agentos_error *err);

#endif
