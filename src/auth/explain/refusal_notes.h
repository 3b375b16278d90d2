/* What is counted of a refusal, and what helps against it: a table by its code. Decides nothing. */
#ifndef AUTH_EXPLAIN_REFUSAL_NOTES_H
#define AUTH_EXPLAIN_REFUSAL_NOTES_H

#include "auth/explain/explain.h"
#include "base/refusals.h"

/* Under what the counter agentos_auth_failures_total counts a refusal. */
enum refusal_label {
    LABEL_OTHER,
    LABEL_MISSING,
    LABEL_EXPIRED,
    LABEL_SIGNATURE,
    LABEL_AUDIENCE,
    LABEL_ISSUER,
    LABEL_INVALID,
    LABEL_SERVICE_ACCOUNT,
    LABEL_SCOPE,
    LABEL_THROTTLED,
    REFUSAL_LABELS
};

const char *refusal_label_name(enum refusal_label label); /* "other", "missing" ... */
enum refusal_label refusal_label(enum refusal_code code); /* REFUSAL_NONE: LABEL_OTHER */

/* What would let the request pass, into the explanation: for this provider's preset, if that is
 * known to be special, else for all. Does nothing when why is NULL, when it has advice already, or
 * for a refusal whose remedy depends on the request, such as a missing scope. preset NULL: none. */
void advise(struct explanation *why, const char *preset, enum refusal_code code);

/* The special advice alone, in a row each. */
struct preset_advice {
    const char *preset;
    enum refusal_code code;
    const char *advice;
};
extern const struct preset_advice preset_advice[];
extern const size_t preset_advice_count;

#endif
