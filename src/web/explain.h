/* Step-by-step explanations of authorization decisions, for `agentos auth explain` and POST
 * /authz/explain. */
#ifndef WEB_EXPLAIN_H
#define WEB_EXPLAIN_H

#include "auth/explain/explain.h"
#include "web/surface.h"

struct explain_question {
    const char *method, *target; /* such as "GET" and "/agents?x=1" */
    str token;                   /* empty for no token */
};

/* Builds the request that a client on this machine would send, with the token in the place where
 * this server expects it. Returns INVALID if the method is unknown or the path is malformed. The
 * result borrows from the question and the arena. */
MUST_USE agentos_status explain_request(arena *a, const struct surface *surface,
                                        const struct explain_question *question,
                                        struct request *out, agentos_error *err);

/* The response that the client would get. The status is 0 if the request would be admitted. */
struct explain_verdict {
    int status;
    const char *detail; /* allocated in the explanation's arena; NULL if the status is 0 */
};

/* Judges the request without calling its handler, fetching keys or caching the token, and records
 * each step in `why`. */
struct explain_verdict explain_decision(const struct surface *surface,
                                        const struct request *request, struct explanation *why);

#endif
