/* Generates tokens for service accounts, recognizes them by their form, and hashes them. A token is
 * "agno_pat_" followed by 32 random bytes in base62; the server stores only its SHA-256. */
#include "auth/account/account_token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/random.h"

enum { RANDOM_BYTES = 32 };

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const str prefix = STR_INIT(ACCOUNT_TOKEN_PREFIX);

/* Divides the big-endian number in place and returns the remainder. */
static unsigned divide(unsigned char number[RANDOM_BYTES], unsigned by)
{
    unsigned rest = 0;

    ensure(by > 1 && by <= 256); /* each part of the quotient fits a byte */
    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        unsigned part = rest << 8 | number[i];

        number[i] = (unsigned char)(part / by);
        rest = part % by;
    }
    return rest;
}

static bool is_zero(const unsigned char number[RANDOM_BYTES])
{
    for (size_t i = 0; i < RANDOM_BYTES; i++)
        if (number[i] != 0)
            return false;
    return true;
}

void account_token_draw(struct account_token *out)
{
    unsigned char number[RANDOM_BYTES];
    size_t len = prefix.len;

    ensure(out != NULL);
    random_bytes(number, sizeof(number));
    memcpy(out->text, prefix.ptr, len);
    while (!is_zero(number)) /* the least digit first: any order is as random */
        out->text[len++] = digits[divide(number, sizeof(digits) - 1)];
    ensure(len < ACCOUNT_TOKEN_SIZE);
    out->text[len] = '\0';
}

void account_token_wipe(void *token)
{
    OPENSSL_cleanse(token, sizeof(struct account_token));
}

bool account_token_is_shaped(str text)
{
    if (!str_starts(text, prefix) || text.len == prefix.len || text.len >= ACCOUNT_TOKEN_SIZE)
        return false;
    for (size_t i = prefix.len; i < text.len; i++)
        if (text.ptr[i] == '\0' || strchr(digits, text.ptr[i]) == NULL)
            return false;
    return true;
}

const char *account_token_hash(str token, char out[TOKEN_HASH_SIZE])
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    (void)SHA256((const unsigned char *)token.ptr, token.len, digest); /* returns digest */
    return hex_encode(digest, sizeof(digest), out);
}
