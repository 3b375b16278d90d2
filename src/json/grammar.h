/* What the grammar of JSON says of single characters. A negative c is the end of the text. */
#ifndef JSON_GRAMMAR_H
#define JSON_GRAMMAR_H

#include <stdbool.h>

static inline bool json_is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool json_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

#endif
