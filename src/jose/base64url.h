/* base64url without padding (RFC 7515 §2), strict: one text for each value. */
#ifndef JOSE_BASE64URL_H
#define JOSE_BASE64URL_H

#include "base/arena.h"
#include "base/buf.h"

void base64url_append(buf *out, str bytes);
/* false: another alphabet, padding, an impossible length, or stray bits in the last character. */
MUST_USE bool base64url_decode(arena *a, str text, str *out);

#endif
