/* base64url without padding (RFC 7515 §2), strict: one text for each value. */
#ifndef JOSE_BASE64URL_H
#define JOSE_BASE64URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

void base64url_append(buf *out, str bytes);
/* The bytes, from the arena. false: another alphabet, padding, an impossible length, or bits in the
 * last character that belong to no byte. */
MUST_USE bool base64url_decode(arena *a, str text, str *out);
/* The same into memory of the caller's own, base64url_decoded_len(text.len) bytes of it: for
 * secrets, which are wiped. */
MUST_USE bool base64url_decode_into(str text, unsigned char *out);

/* A character of standard base64 (RFC 4648 §4) as it is in base64url. */
static inline char base64url_letter(char c)
{
    if (c == '+')
        return '-';
    if (c == '/')
        return '_';
    return c;
}

static inline size_t base64url_decoded_len(size_t text_len)
{
    return text_len / 4 * 3 + text_len % 4 * 3 / 4;
}

#endif
