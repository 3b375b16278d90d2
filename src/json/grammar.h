/* The character classes of JSON (RFC 8259). A negative c stands for the end of the text. */
#ifndef JSON_GRAMMAR_H
#define JSON_GRAMMAR_H

#include "base/str.h"

static inline bool json_is_blank(int c)
{
    return c >= 0 && char_is_space((char)c);
}

static inline bool json_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

#endif
