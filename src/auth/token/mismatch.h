/* Compares a rejected token with the expected values, for explanations. */
#ifndef AUTH_TOKEN_MISMATCH_H
#define AUTH_TOKEN_MISMATCH_H

#include "auth/token/demands.h"
#include "jose/jwt.h"

/* The data behind the refusal. All members are borrowed. */
struct mismatch {
    const struct jws *jws;
    const json_t *claims; /* NULL if the claims were not read */
    const struct alg *const *algs;
    size_t alg_count;
    const struct jwt_checks *checks;
    const struct demands *demands; /* NULL if there are no demands beyond the checks */
    int64_t now_s;
};

/* Returns a comparison such as "aud is 'account'; expected 'agentos'", allocated from the arena, or
 * the message of `reason` if there is nothing to compare. */
const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a);

/* Appends the texts as "'a', 'b'". After 16 texts, appends only the number of the others. */
void mismatch_list(buf *out, const char *const *texts, size_t count);

/* Returns whether the texts differ only in a trailing slash. */
bool differs_by_slash(str a, str b);

#endif
