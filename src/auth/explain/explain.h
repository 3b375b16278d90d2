/* The steps of one decision, for `agentos auth explain` and POST /authz/explain. The code that
 * decides records them itself, so that the explanation cannot differ from the decision. An
 * explanation never contains a token or a key. */
#ifndef AUTH_EXPLAIN_EXPLAIN_H
#define AUTH_EXPLAIN_EXPLAIN_H

#include "base/arena.h"

enum {
    EXPLAIN_STEPS_MAX = 512,
    /* Steps that explain_each leaves free for the other steps of the decision. A token may have
     * hundreds of scopes and roles, and must not crowd out the step that says whether it passed. */
    EXPLAIN_RESERVE = 48,
};

struct explain_step {
    const char *name; /* such as "token", "key", "signature", "exp", "route" or "scope" */
    bool passed;
    const char *detail; /* a sentence, allocated in the explanation's arena */
};

struct explanation {
    arena *arena;
    struct explain_step steps[EXPLAIN_STEPS_MAX];
    size_t count, left_out;
    bool is_capped; /* an issuer's grants have removed scopes */
    /* what the operator can do to let the request pass; NULL if there is no advice */
    const char *advice;
};

/* All these functions do nothing if `why` is NULL, so the code that decides calls them
 * unconditionally. `explain` appends a step, unless there is no room. `explain_each` appends one of
 * many similar steps; if only the reserve is left, the step is counted instead. `explain_advice`
 * replaces any earlier advice. Details are cut after 1 KiB. */
void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
void explain_each(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Appends a step that says how many steps explain_each has left out. Appends nothing if there are
 * none. */
void explain_left_out(struct explanation *why);
void explain_advice(struct explanation *why, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
