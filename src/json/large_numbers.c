/* Rewrites JSON integers that jansson cannot hold as real numbers. */
#include "json/large_numbers.h"

#include "base/ensure.h"
#include "json/grammar.h"

enum {
    INTEGER_DIGITS = 18, /* so many always fit 64 bits */
    REAL_DIGITS = 300,   /* so many always fit a double */
};

/* Returns the number of leading digits. */
static size_t count_digits(str text)
{
    size_t count = 0;

    while (count < text.len && json_is_digit(text.ptr[count]))
        count++;
    return count;
}

/* Returns whether a fraction or an exponent follows. */
static bool goes_on(str text)
{
    return text.len > 0 && strchr(".eE", text.ptr[0]) != NULL;
}

/* Returns whether the digits are an integer that fits a double but perhaps not 64 bits. */
static bool is_large_integer(str digits, str rest)
{
    if (digits.len <= INTEGER_DIGITS || digits.len > REAL_DIGITS)
        return false;
    return digits.ptr[0] != '0' && !goes_on(rest);
}

/* Returns the length of the leading string with its quotes, or of the whole text if it is not
 * closed. */
static size_t string_len(str text)
{
    size_t i = 1;

    ensure(text.len > 0 && text.ptr[0] == '"');
    while (i < text.len && text.ptr[i] != '"')
        i += text.ptr[i] == '\\' ? 2 : 1;
    return i < text.len ? i + 1 : text.len;
}

/* Returns the length of the leading token: a string, digits, or any one byte. */
static size_t word_len(str text)
{
    ensure(text.len > 0);
    if (text.ptr[0] == '"')
        return string_len(text);
    size_t digits = count_digits(text);
    return digits > 0 ? digits : 1;
}

void large_numbers_rewrite(str text, buf *out)
{
    bool is_in_number = false; /* in a fraction or an exponent: its digits are no integer */

    ensure(out->len == 0);
    while (text.len > 0) {
        str word = { text.ptr, word_len(text) };

        text = str_from(text, word.len);
        buf_append(out, word);
        if (json_is_digit(word.ptr[0]) && !is_in_number && is_large_integer(word, text))
            buf_append(out, STR("e0"));
        is_in_number = strchr(".eE+", word.ptr[0]) != NULL;
    }
}
