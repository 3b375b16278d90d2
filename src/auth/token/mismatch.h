/* What a refused token says beside what was expected of it, as text for an explanation. Decides
 * nothing. */
#ifndef AUTH_TOKEN_MISMATCH_H
#define AUTH_TOKEN_MISMATCH_H

#include "auth/token/demands.h"
#include "jose/jwt.h"

/* What the refusing code looked at; all borrowed. */
struct mismatch {
    const struct jws *jws;
    const json_t *claims; /* NULL: the claims were not reached */
    const struct alg *const *algs;
    size_t alg_count;
    const struct jwt_checks *checks;
    const struct demands *demands; /* NULL: none beyond the checks */
    int64_t now_s;
};

/* "aud is 'account'; expected 'agentos'", from the arena or the reason itself: its own sentence,
 * where no more is known than that. */
const char *mismatch_text(const struct mismatch *mismatch, const agentos_error *reason, arena *a);

/* Appends "'a', 'b'"; past the first 16 texts only how many more there are. */
void mismatch_list(buf *out, const char *const *texts, size_t count);

/* Are both equal but for one slash at the end? */
bool differs_by_slash(str a, str b);

#endif
