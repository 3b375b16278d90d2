/* Tokens of service accounts: "agno_pat_" and 32 random bytes in base62. */
#include "auth/account/account_token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/random.h"

enum { RANDOM_BYTES = 32, BASE = 62 };

/* The base62 digits, in ascending order. */
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
_Static_assert(sizeof(digits) == BASE + 1, "one digit for each value, and the NUL");
static const str prefix = STR_INIT(ACCOUNT_TOKEN_PREFIX);

/* Divides a big-endian number in place by long division. Returns the remainder. */
static unsigned divide_in_place(unsigned char number[RANDOM_BYTES], unsigned divisor)
{
    ensure(divisor > 1 && divisor <= 256); /* each digit of the quotient fits in a byte */
    unsigned remainder = 0;

    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        unsigned dividend = remainder << 8 | number[i];

        number[i] = (unsigned char)(dividend / divisor);
        remainder = dividend % divisor;
    }
    ensure(remainder < divisor);
    return remainder;
}

/* Returns whether every byte of the number is 0. */
static bool is_zero(const unsigned char number[RANDOM_BYTES])
{
    for (size_t i = 0; i < RANDOM_BYTES; i++)
        if (number[i] != 0)
            return false;
    return true;
}

/* Writes the prefix and a random 256-bit number in base62, least significant digit first. */
void account_token_generate(struct account_token *out)
{
    unsigned char number[RANDOM_BYTES];
    size_t len = prefix.len;

    ensure(prefix.len < ACCOUNT_TOKEN_SIZE);
    memcpy(out->text, prefix.ptr, prefix.len);
    random_bytes(number, sizeof(number));
    while (!is_zero(number)) {
        ensure(len < ACCOUNT_TOKEN_SIZE - 1); /* 62^43 > 2^256, so 43 digits are enough */
        out->text[len++] = digits[divide_in_place(number, BASE)];
    }
    out->text[len] = '\0';
}

void account_token_wipe(void *token)
{
    OPENSSL_cleanse(token, sizeof(struct account_token));
}

/* Returns whether c is a base62 digit. strchr would also find NUL. */
static bool is_digit(char c)
{
    return c != '\0' && strchr(digits, c) != NULL;
}

/* Returns whether the text has the prefix, base62 digits and a valid length. */
bool account_token_is_well_formed(str text)
{
    if (!str_starts(text, prefix))
        return false;
    if (text.len == prefix.len || text.len >= ACCOUNT_TOKEN_SIZE)
        return false;
    for (size_t i = prefix.len; i < text.len; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    return true;
}

/* Writes the SHA-256 of the token in lower-case hexadecimal to `out`, and returns `out`. */
const char *account_token_hash(str token, char out[TOKEN_HASH_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    (void)SHA256((const unsigned char *)token.ptr, token.len, digest); /* returns digest */
    return hex_encode(digest, sizeof(digest), out);
}
