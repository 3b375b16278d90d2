/* The metrics label of each refusal and advice for the operator. */
#ifndef AUTH_EXPLAIN_REFUSAL_NOTES_H
#define AUTH_EXPLAIN_REFUSAL_NOTES_H

#include "auth/explain/explain.h"
#include "base/refusals.h"

/* The label of a refusal in the counter agentos_auth_failures_total. */
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

/* returns the name in the metrics, such as "other" */
const char *refusal_label_name(enum refusal_label label);
/* Returns the label of this refusal, LABEL_OTHER for REFUSAL_NONE. */
enum refusal_label refusal_label(enum refusal_code code);

/* Adds advice about this refusal to the explanation, if possible for the preset, which may be NULL.
 * Does nothing if `why` is NULL, if there already is advice, or if the advice depends on the
 * request, as for a missing scope. */
void advise(struct explanation *why, const char *preset, enum refusal_code code);

/* The advice for a preset, with at most one row for each preset and refusal. */
struct preset_advice {
    const char *preset;
    enum refusal_code code;
    const char *advice;
};
extern const struct preset_advice preset_advice[];
extern const size_t preset_advice_count;

#endif
