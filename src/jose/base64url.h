/* base64url without padding (RFC 7515 §2). The decoder is strict: each value has exactly one valid
 * text. */
#ifndef JOSE_BASE64URL_H
#define JOSE_BASE64URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

void base64url_append(buf *out, str bytes);
/* Decodes the text into memory from the arena and stores a view of the bytes in *out. Returns
 * false, and leaves *out unchanged, if the text has another alphabet, padding or an impossible
 * length, or if the unused bits of the last character are not zero. */
MUST_USE bool base64url_decode(arena *a, str text, str *out);
/* Decodes the text in the same way into memory of the caller, which must have room for
 * base64url_decoded_len(text.len) bytes. Used for secrets, which are wiped. If it returns false,
 * some bytes may have been written. */
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
