/* Rewrites integers of JSON that jansson cannot hold, so that a text with such an integer can be
 * parsed. */
#include "json/large_numbers.h"

#include "base/ensure.h"
#include "json/grammar.h"

enum {
    INTEGER_DIGITS = 18, /* so many always fit 64 bits */
    REAL_DIGITS = 300,   /* so many always fit a double */
};

/* Returns how many digits there are at the beginning of the text. */
static size_t count_digits(str text)
{
    size_t count = 0;

    while (count < text.len && json_is_digit(text.ptr[count]))
        count++;
    return count;
}

/* Returns whether a number goes on at the beginning of the text: with a fraction or an exponent. */
static bool goes_on(str text)
{
    return text.len > 0 && strchr(".eE", text.ptr[0]) != NULL;
}

/* Returns whether these digits are an integer that may not fit 64 bits and does fit a double.
 * `rest` is the text behind them. */
static bool is_large_integer(str digits, str rest)
{
    if (digits.len <= INTEGER_DIGITS || digits.len > REAL_DIGITS)
        return false;
    return digits.ptr[0] != '0' && !goes_on(rest);
}

/* Returns how many bytes the string at the beginning of the text has, with its quotes. A string
 * that is not closed ends with the text. */
static size_t string_len(str text)
{
    size_t i = 1;

    ensure(text.len > 0 && text.ptr[0] == '"');
    while (i < text.len && text.ptr[i] != '"')
        i += text.ptr[i] == '\\' ? 2 : 1;
    return i < text.len ? i + 1 : text.len;
}

/* Returns how many bytes the word at the beginning of the text has: a string, some digits, or one
 * byte of anything else. */
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
