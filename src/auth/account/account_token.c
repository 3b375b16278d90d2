/* Generates tokens for service accounts, recognizes them by their form, and hashes them. A token is
 * "agno_pat_" followed by 32 random bytes in base62; the server stores only its SHA-256. */
#include "auth/account/account_token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/random.h"

enum { RANDOM_BYTES = 32, BASE = 62 };

/* The base62 alphabet, in ascending order of the digits' values. */
static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
_Static_assert(sizeof(digits) == BASE + 1, "one digit for each value, and the NUL");
static const str prefix = STR_INIT(ACCOUNT_TOKEN_PREFIX);

/* Divides a big-endian number by the divisor, writes the quotient back to `number`, and returns the
 * remainder. This is long division with bytes for digits. */
static unsigned divide_in_place(unsigned char number[RANDOM_BYTES], unsigned divisor)
{
    ensure(divisor > 1 && divisor <= 256); /* so that each digit of the quotient fits in a byte */
    unsigned remainder = 0;

    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        unsigned dividend = remainder << 8 | number[i];

        number[i] = (unsigned char)(dividend / divisor);
        remainder = dividend % divisor;
    }
    ensure(remainder < divisor);
    return remainder;
}

/* Returns true if every byte of the number is 0. */
static bool is_zero(const unsigned char number[RANDOM_BYTES])
{
    for (size_t i = 0; i < RANDOM_BYTES; i++)
        if (number[i] != 0)
            return false;
    return true;
}

/* Writes the prefix and a random 256-bit number in base62 to *out. The digits are written from the
 * least significant to the most significant one: their order does not make the token less random.
 */
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

/* Returns true if c is one of the base62 digits. NUL is not one, although strchr would find it at
 * the end of the string. */
static bool is_digit(char c)
{
    return c != '\0' && strchr(digits, c) != NULL;
}

/* Returns true if the text is the prefix followed by at least one base62 digit and nothing else,
 * and is not longer than a token can be. */
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

/* Writes the SHA-256 of the token in lower-case hexadecimal digits to `out`, and returns `out`. */
const char *account_token_hash(str token, char out[TOKEN_HASH_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    (void)SHA256((const unsigned char *)token.ptr, token.len, digest); /* returns digest */
    return hex_encode(digest, sizeof(digest), out);
}
