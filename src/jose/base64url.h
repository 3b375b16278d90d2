/* base64url without padding (RFC 7515 §2). The decoder is strict. */
#ifndef JOSE_BASE64URL_H
#define JOSE_BASE64URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

void base64url_append(buf *out, str bytes);
/* Decodes the text into memory from the arena. Returns false, and leaves *out unchanged, if the
 * text has another alphabet, padding, an impossible length or unused bits that are not zero. */
MUST_USE bool base64url_decode(arena *a, str text, str *out);
/* Decodes into `out`, which must hold base64url_decoded_len(text.len) bytes. For secrets, which the
 * caller wipes. On failure some bytes may have been written. */
MUST_USE bool base64url_decode_into(str text, unsigned char *out);

/* Converts a character of standard base64 (RFC 4648 §4) to base64url. */
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
