/* The steps of one decision, for `agentos auth explain` and POST /authz/explain, recorded by the
 * deciding code itself. Never contains a token or a key. */
#ifndef AUTH_EXPLAIN_EXPLAIN_H
#define AUTH_EXPLAIN_EXPLAIN_H

#include "base/arena.h"

enum {
    EXPLAIN_STEPS_MAX = 512,
    /* Steps that explain_each leaves free. A token may have hundreds of scopes and roles. */
    EXPLAIN_RESERVE = 48,
};

struct explain_step {
    const char *name; /* such as "token", "key", "signature", "exp", "route" or "scope" */
    bool passed;
    const char *detail; /* allocated from the explanation's arena */
};

struct explanation {
    arena *arena;
    struct explain_step steps[EXPLAIN_STEPS_MAX];
    size_t count, left_out;
    bool is_capped; /* an issuer's grants have removed scopes */
    /* how the operator can let the request pass, or NULL */
    const char *advice;
};

/* These functions do nothing if `why` is NULL. `explain` appends a step if there is room.
 * `explain_each` appends one of many similar steps, or counts it if only the reserve is left.
 * `explain_advice` replaces any earlier advice. Details are cut to 1 KiB. */
void explain(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
void explain_each(struct explanation *why, const char *name, bool passed, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Appends a step with the number of steps that explain_each has omitted, if there are any. */
void explain_left_out(struct explanation *why);
void explain_advice(struct explanation *why, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
