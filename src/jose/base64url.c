/* Encodes and decodes unpadded base64url (RFC 4648 §5). */
#include "jose/base64url.h"

#include "base/ensure.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of each character plus one, or 0 if it is not in the alphabet. */
// clang-format off
static const unsigned char values[256] = {
    ['A'] = 1,   2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['-'] = 63,
    ['_'] = 64,
};
// clang-format on

void base64url_append(buf *out, str bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.ptr;

    ensure(in != NULL || bytes.len == 0);
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)in[i] << 16; /* 24 bits: three bytes, four characters */
        char text[4];

        if (left > 1)
            group |= (uint32_t)in[i + 1] << 8;
        if (left > 2)
            group |= in[i + 2];
        for (int c = 0; c < 4; c++)
            text[c] = alphabet[group >> (18 - 6 * c) & 63];
        buf_append(out, (str){ text, left < 3 ? left + 1 : 4 });
    }
}

/* Decodes the last two or three characters. The unused bits must be zero (RFC 4648 §3.5). */
static bool decode_tail(const unsigned char *text, size_t len, unsigned char *out)
{
    uint32_t group = 0;

    ensure(len == 2 || len == 3);
    for (size_t i = 0; i < len; i++) {
        if (values[text[i]] == 0)
            return false;
        group = group << 6 | (uint32_t)(values[text[i]] - 1);
    }
    if (len == 2) {
        out[0] = (unsigned char)(group >> 4);
        return (group & 15) == 0;
    }
    out[0] = (unsigned char)(group >> 10);
    out[1] = (unsigned char)(group >> 2 & 255);
    return (group & 3) == 0;
}

/* Decodes into `out`, which holds base64url_decoded_len(text.len) bytes. */
bool base64url_decode_into(str text, unsigned char *out)
{
    const unsigned char *in = (const unsigned char *)text.ptr;
    size_t whole = text.len / 4 * 4; /* the characters in whole groups */

    if (text.len % 4 == 1)
        return false;
    for (size_t i = 0; i < whole; i += 4) {
        unsigned a = values[in[i]], b = values[in[i + 1]];
        unsigned c = values[in[i + 2]], d = values[in[i + 3]];

        if (a == 0 || b == 0 || c == 0 || d == 0)
            return false;
        uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        *out++ = (unsigned char)(group >> 16);
        *out++ = (unsigned char)(group >> 8 & 255);
        *out++ = (unsigned char)(group & 255);
    }
    return whole == text.len || decode_tail(in + whole, text.len - whole, out);
}

/* Decodes into memory from the arena. Leaves *out unchanged on failure. */
bool base64url_decode(arena *a, str text, str *out)
{
    size_t len = base64url_decoded_len(text.len);
    unsigned char *bytes = arena_alloc(a, len + 1);

    if (!base64url_decode_into(text, bytes))
        return false;
    *out = (str){ (const char *)bytes, len };
    return true;
}
