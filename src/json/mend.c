/* Parses JSON leniently: a text that the strict parser refuses is copied with its faults
 * replaced. */
#include "json/mend.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/grammar.h"

enum {
    INTEGER_DIGITS_MAX = 18, /* that surely fit into 64 bits */
    NUMBER_BYTES_MAX = 300,  /* a longer number is read as null, as its value may be infinite */
    ESCAPE_BYTES = 6,        /* of an escape such as \u00e9 */
    /* Longer texts are not tried as they are first: a fault at their end would cost twice. */
    TRIED_MAX_BYTES = 256 * KiB,
};

static const str replacement = STR_INIT("\xEF\xBF\xBD"); /* U+FFFD */

struct mend {
    str rest; /* what is not copied yet */
    buf *out;
};

/* Copies the next n bytes. */
static void copy_bytes(struct mend *m, size_t n)
{
    ensure(n <= m->rest.len);
    buf_append(m->out, (str){ m->rest.ptr, n });
    m->rest = str_from(m->rest, n);
}

/* Writes the text in place of the next n bytes. */
static void replace_bytes(struct mend *m, size_t n, str text)
{
    ensure(n <= m->rest.len);
    buf_append(m->out, text);
    m->rest = str_from(m->rest, n);
}

/* ---- texts ---- */

/* Returns the code unit of a leading \uXXXX, or -1 if there is none. */
static int code_unit(str text)
{
    int unit = 0;

    if (text.len < ESCAPE_BYTES || text.ptr[0] != '\\' || text.ptr[1] != 'u')
        return -1;
    for (size_t i = 2; i < ESCAPE_BYTES; i++) {
        int digit = hex_value(text.ptr[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Copies an escape. Replaces NUL and unpaired surrogates. */
static void mend_escape(struct mend *m)
{
    int unit = code_unit(m->rest);
    bool is_pair =
        is_high_surrogate(unit) && is_low_surrogate(code_unit(str_from(m->rest, ESCAPE_BYTES)));

    if (unit < 0)
        copy_bytes(m, m->rest.len < 2 ? m->rest.len : 2); /* such as \n */
    else if (is_pair)
        copy_bytes(m, (size_t)2 * ESCAPE_BYTES);
    else if (unit == 0 || is_high_surrogate(unit) || is_low_surrogate(unit))
        replace_bytes(m, ESCAPE_BYTES, replacement);
    else
        copy_bytes(m, ESCAPE_BYTES);
}

/* Copies a UTF-8 character beyond ASCII, or replaces an invalid byte. */
static void mend_character(struct mend *m)
{
    for (size_t n = 2; n <= 4 && n <= m->rest.len; n++)
        if (str_is_utf8((str){ m->rest.ptr, n })) {
            copy_bytes(m, n);
            return;
        }
    replace_bytes(m, 1, replacement);
}

/* Returns the number of leading bytes that can be copied unchanged. */
static size_t plain_length(str text)
{
    size_t n = 0;

    while (n < text.len && text.ptr[n] != '"' && text.ptr[n] != '\\' &&
           (unsigned char)text.ptr[n] >= ' ' && (unsigned char)text.ptr[n] < 0x80)
        n++;
    return n;
}

/* Copies a quoted text, up to the end of the input if it is not closed. */
static void mend_text(struct mend *m)
{
    ensure(m->rest.len > 0 && m->rest.ptr[0] == '"');
    copy_bytes(m, 1);
    for (;;) {
        copy_bytes(m, plain_length(m->rest));
        if (m->rest.len == 0)
            return;
        char c = m->rest.ptr[0];

        if (c == '"') {
            copy_bytes(m, 1);
            return;
        }
        if (c == '\\')
            mend_escape(m);
        else if ((unsigned char)c < ' ')
            replace_bytes(m, 1, replacement);
        else
            mend_character(m);
    }
}

/* ---- numbers ---- */

static bool is_of_number(char c)
{
    return json_is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Returns the length of the leading number. */
static size_t number_length(str text)
{
    size_t n = 0;

    while (n < text.len && is_of_number(text.ptr[n]))
        n++;
    return n;
}

/* Returns whether the number has neither a fraction nor an exponent. */
static bool is_integer(str number)
{
    return !str_has(number, '.') && !str_has(number, 'e') && !str_has(number, 'E');
}

/* Returns whether the number is too large for a double. */
static bool is_infinite(str number)
{
    char text[NUMBER_BYTES_MAX + 1];

    ensure(number.len <= NUMBER_BYTES_MAX);
    memcpy(text, number.ptr, number.len);
    text[number.len] = '\0';
    double value = strtod(text, NULL);
    return value - value != 0; /* of infinity it is not a number */
}

/* Copies a number. A long integer becomes a real number, an infinite one null. */
static void mend_number(struct mend *m)
{
    size_t n = number_length(m->rest);
    str number = { m->rest.ptr, n };

    ensure(n > 0);
    if (n > NUMBER_BYTES_MAX || is_infinite(number)) {
        replace_bytes(m, n, STR("null"));
        return;
    }
    bool is_long = is_integer(number) && n > INTEGER_DIGITS_MAX;
    copy_bytes(m, n);
    if (is_long)
        buf_append(m->out, STR("e0"));
}

/* Replaces NaN or Infinity by null. Returns false if neither is next. */
static bool mend_word(struct mend *m)
{
    static const str words[] = { STR_INIT("NaN"), STR_INIT("Infinity"), STR_INIT("-Infinity") };

    for (size_t i = 0; i < COUNT(words); i++)
        if (str_starts(m->rest, words[i])) {
            replace_bytes(m, words[i].len, STR("null"));
            return true;
        }
    return false;
}

/* ---- the whole ---- */

/* Copies the text with its faults replaced. */
static void mend_all(str text, buf *out)
{
    static const str byte_order_mark = STR_INIT("\xEF\xBB\xBF");
    struct mend m = { .rest = text, .out = out };

    if (str_starts(text, byte_order_mark))
        m.rest = str_from(text, byte_order_mark.len);
    while (m.rest.len > 0) {
        char c = m.rest.ptr[0];

        if (c == '"')
            mend_text(&m);
        else if (mend_word(&m))
            continue;
        else if (json_is_digit(c) || c == '-')
            mend_number(&m);
        else
            copy_bytes(&m, 1);
    }
}

/* Parses the text, or else a copy with its faults replaced. */
agentos_status json_parse_mended(str text, json_t **out, agentos_error *err)
{
    AUTO_BUF copy = buf_with_limit((size_t)2 * PROVIDER_BODY_MAX_BYTES);

    if (text.len <= TRIED_MAX_BYTES &&
        json_parse_owned(text, PARSE_NUL_ALLOWED, out, err) == AGENTOS_OK)
        return AGENTOS_OK;
    if (json_has_more_values(text, PROVIDER_JSON_VALUES_MAX))
        return fail(err, AGENTOS_INVALID, "JSON has more than %d values", PROVIDER_JSON_VALUES_MAX);
    mend_all(text, &copy);
    if (!buf_ok(&copy))
        return fail(err, AGENTOS_INVALID, "JSON is too long to be read leniently");
    return json_parse_owned(buf_view(&copy), PARSE_LAST_COUNTS, out, err);
}
