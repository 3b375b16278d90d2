/* The steps of one decision, for `agentos auth explain`: filled while the real code decides, so the
 * explanation cannot drift from the decision. Holds no token and no key. */
#ifndef AUTH_EXPLAIN_EXPLAIN_H
#define AUTH_EXPLAIN_EXPLAIN_H

#include "base/arena.h"

enum {
    EXPLAIN_STEPS_MAX = 512,
    EXPLAIN_RESERVE = 48, /* of these, for the steps of the decision: a token may have hundreds of
                             scopes and roles, and must not crowd out whether it passed */
};

struct explain_step {
    const char *name; /* "token", "key", "signature", "exp", "route", "scope" ... */
    bool passed;
    const char *detail; /* a sentence; from the explanation's arena */
};

struct explanation {
    arena *arena;
    struct explain_step steps[EXPLAIN_STEPS_MAX];
    size_t count, left_out;
    bool is_capped;     /* an issuer's grants have cut off scopes */
    const char *advice; /* what would make it pass; NULL when it passes */
};

/* All do nothing when why is NULL, so deciding code calls them unconditionally. explain_each: one
 * of many alike; where there is no room but the reserve it is left out, and counted. */
void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
void explain_each(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
void explain_left_out(struct explanation *why); /* a step that says how many; none: no step */
void explain_advice(struct explanation *why, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
