/* Decodes percent-encoded names and values in forms and queries (RFC 3986 §2.1). */
#include "http/form.h"

#include "base/ensure.h"
#include "base/hex.h"

/* Returns the byte of the escape %XX at this index, or -1 if it is malformed. */
static int escaped_byte(str text, size_t at)
{
    ensure(at < text.len);
    if (text.len - at < 3)
        return -1;

    int high = hex_value(text.ptr[at + 1]), low = hex_value(text.ptr[at + 2]);
    return (high < 0 || low < 0) ? -1 : high * 16 + low;
}

/* Decodes the byte at this index. Returns the number of bytes used, or 0 for a malformed escape. */
static size_t decode_at(str text, size_t at, bool is_form, char *out)
{
    char c = text.ptr[at];

    if (c == '%') {
        int byte = escaped_byte(text, at);

        if (byte < 0)
            return 0;
        *out = (char)byte;
        return strlen("%XX");
    }
    *out = is_form && c == '+' ? ' ' : c;
    return 1;
}

/* Decodes every escape of the text into the arena, with a NUL at the end. */
static agentos_status unescape(arena *a, str text, bool is_form, str *out, agentos_error *err)
{
    char *decoded = arena_alloc(a, text.len + 1);
    size_t len = 0, at = 0;

    while (at < text.len) {
        size_t used = decode_at(text, at, is_form, &decoded[len]);

        if (used == 0)
            return fail(err, AGENTOS_INVALID,
                        "'%%' is not followed by two hexadecimal digits in " QUOTED, QUOTE(text));
        at += used;
        len++;
    }
    ensure(len <= text.len); /* an escape is longer than its byte */
    *out = (str){ decoded, len };
    return AGENTOS_OK;
}

/* Decodes the text. Fails with INVALID for a malformed escape, NUL or invalid UTF-8. */
agentos_status url_decode(arena *a, str text, bool is_form, str *out, agentos_error *err)
{
    str decoded = text;

    if (str_has(text, '%') || (is_form && str_has(text, '+')))
        TRY(unescape(a, text, is_form, &decoded, err));
    if (str_has(decoded, '\0') || !str_is_utf8(decoded))
        return fail(err, AGENTOS_INVALID, "a value is not UTF-8 text without NUL");
    *out = decoded;
    return AGENTOS_OK;
}
