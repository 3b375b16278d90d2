/* Percent-decoding (RFC 3986 §2.1) of what forms and queries carry. Paths are the server's affair.
 */
#include "http/form.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that "%XY" at `at` stands for; -1: malformed. */
static int escaped_byte(str text, size_t at)
{
    if (text.len - at < 3)
        return -1;

    int high = hex_digit(text.ptr[at + 1]), low = hex_digit(text.ptr[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static agentos_status unescape(arena *a, str text, bool is_form, str *out, agentos_error *err)
{
    char *decoded = arena_alloc(a, text.len + 1);
    size_t len = 0;

    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];

        if (c == '%') {
            int byte = escaped_byte(text, at);
            if (byte < 0)
                return fail(err, AGENTOS_INVALID,
                            "'%%' is not followed by two hexadecimal digits in " QUOTED,
                            QUOTE(text));
            c = (char)byte;
            at += 2;
        } else if (c == '+' && is_form) {
            c = ' ';
        }
        decoded[len++] = c;
    }
    *out = (str){ decoded, len };
    return AGENTOS_OK;
}

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
