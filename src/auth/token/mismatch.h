/* Texts for explanations: what a refused token says, compared with what was expected. No decision
 * is made here. */
#ifndef AUTH_TOKEN_MISMATCH_H
#define AUTH_TOKEN_MISMATCH_H

#include "auth/token/demands.h"
#include "jose/jwt.h"

/* What the refusal was decided by; all borrowed. */
struct mismatch {
    const struct jws *jws;
    const json_t *claims; /* NULL: it was refused before they were read */
    const struct alg *const *algs;
    size_t alg_count;
    const struct jwt_checks *checks;
    const struct demands *demands; /* NULL: none beyond the checks */
    int64_t now_s;
};

/* "aud is 'account'; expected 'agentos'", from the arena; the reason's own message, if there is
 * nothing to compare. */
const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a);

/* Appends "'a', 'b'"; past the first 16 texts only how many more there are. */
void mismatch_list(buf *out, const char *const *texts, size_t count);

/* Do the texts differ only in a slash at the end of one of them? */
bool differs_by_slash(str a, str b);

#endif
