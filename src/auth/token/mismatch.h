/* Texts for explanations, which compare a refused token with the expected values. Nothing is
 * decided here. */
#ifndef AUTH_TOKEN_MISMATCH_H
#define AUTH_TOKEN_MISMATCH_H

#include "auth/token/demands.h"
#include "jose/jwt.h"

/* The data on which the refusal was based. All members are borrowed. */
struct mismatch {
    const struct jws *jws;
    const json_t *claims; /* NULL if the token was refused before its claims were read */
    const struct alg *const *algs;
    size_t alg_count;
    const struct jwt_checks *checks;
    const struct demands *demands; /* NULL if there are no demands beyond the checks */
    int64_t now_s;
};

/* Returns a comparison such as "aud is 'account'; expected 'agentos'", allocated in the arena.
 * Returns the message of `reason` itself if there is nothing to compare. */
const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a);

/* Appends the texts as "'a', 'b'". After the first 16 texts, only the number of further ones is
 * appended. */
void mismatch_list(buf *out, const char *const *texts, size_t count);

/* Returns true if the texts differ only in a slash at the end of one of them. */
bool differs_by_slash(str a, str b);

#endif
