/* Tokens of service accounts: "agno_pat_" and 32 random bytes in base62. The server stores the
 * SHA-256 and the first ACCOUNT_TOKEN_SHOWN characters. The hash needs no salt or stretching,
 * because a token has 256 bits of entropy. */
#ifndef AUTH_ACCOUNT_ACCOUNT_TOKEN_H
#define AUTH_ACCOUNT_ACCOUNT_TOKEN_H

#include "base/str.h"
#include "store/service_account.h"

#define ACCOUNT_TOKEN_PREFIX "agno_pat_"

enum {
    /* includes the NUL; 43 digits suffice because 62^43 > 2^256 */
    ACCOUNT_TOKEN_SIZE = sizeof(ACCOUNT_TOKEN_PREFIX) + 43,
    ACCOUNT_TOKEN_SHOWN = 16, /* the number of characters of a token that listings show */
};

struct account_token {
    char text[ACCOUNT_TOKEN_SIZE];
};

/* Writes a new random token to *out. The caller must wipe it after sending it. */
void account_token_generate(struct account_token *out);
/* Wipes a struct account_token. Takes void * for arena_defer. */
void account_token_wipe(void *token);

/* Returns whether the text has the format of a token. */
bool account_token_is_well_formed(str text);

/* Writes the SHA-256 of the token in lower-case hexadecimal to `out`, and returns `out`. */
const char *account_token_hash(str token, char out[TOKEN_HASH_SIZE]);

#endif
