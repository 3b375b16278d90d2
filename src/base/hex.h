/* Converts bytes to hexadecimal digits in lower case, and a digit to its value. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/* Returns the value of a digit in upper or lower case, from 0 to 15, or -1 if it is not a digit. */
static inline int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20); /* to lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes 2 * len digits and a NUL to out, and returns out. */
static inline const char *hex_encode(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
    return out;
}

#endif
