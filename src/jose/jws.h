/* Parses, verifies and signs JWS in compact form (RFC 7515 §3.1). Does not read the claims. */
#ifndef JOSE_JWS_H
#define JOSE_JWS_H

#include "base/buf.h"
#include "jose/key.h"
#include "json/parse.h"

/* A parsed, untrusted token. The texts are views of the token and of the arena. */
struct jws {
    str signing_input; /* the header, a dot and the payload, as sent */
    str signature;     /* decoded */
    str payload;       /* decoded */
    const json_t *header;
    str alg, kid, typ; /* empty if absent */
};

/* Parses a token and checks its header; *out is set only on success. Returns UNAUTHENTICATED with
 * the text of the contract ("Not enough segments", "Invalid header padding",
 * "Invalid payload padding", "Invalid crypto padding", "Invalid header string: ..."). Also refuses
 * more than 3 parts, five parts (a JWE), more than TOKEN_MAX_BYTES, padding, another alphabet,
 * duplicate names, `crit`, `zip`, `b64: false`, `cty: JWT`, `alg: none` in any spelling, and a kid
 * of more than KID_MAX_BYTES. */
MUST_USE agentos_status jws_parse(arena *a, str token, struct jws *out, agentos_error *err);

/* Verifies the signature with one key. Returns UNAUTHENTICATED with "The specified alg value is not
 * allowed" if the token's alg is not the key's own (RFC 8725 §3.1), and with "Signature
 * verification failed" if the signature is wrong. The time does not depend on the bytes of the
 * signature. Any thread may call this. */
MUST_USE agentos_status jws_verify(const struct jws *jws, const struct key *key,
                                   agentos_error *err);

/* Signs the payload and appends the compact JWS to `out`. Its typ is "JWT", and kid may be NULL.
 * Returns INVALID if the key cannot sign, and TOO_LARGE if `out` reaches its limit. After a failure
 * the caller must discard `out`. */
MUST_USE agentos_status jws_sign(const struct key *key, const char *kid, str payload, buf *out,
                                 agentos_error *err);

#endif
