/* Explanations of the decision about a request, step by step, for `agentos auth explain` and POST
 * /authz/explain. No handler is called, no keys are fetched, and no token is cached. */
#ifndef WEB_EXPLAIN_H
#define WEB_EXPLAIN_H

#include "auth/explain/explain.h"
#include "web/surface.h"

struct explain_question {
    const char *method, *target; /* such as "GET" and "/agents?x=1" */
    str token;                   /* empty if there is no token */
};

/* Builds the request that a client on this machine would send, with the token in the place where
 * this server looks for it. Returns INVALID if the method does not exist or the path does not begin
 * with a slash. The result borrows from the question and the arena. */
MUST_USE agentos_status explain_request(arena *a, const struct surface *surface,
                                        const struct explain_question *question,
                                        struct request *out, agentos_error *err);

/* The answer that the client would get. The status is 0 if the request would be admitted. */
struct explain_verdict {
    int status;
    const char *detail; /* allocated in the explanation's arena; NULL if the status is 0 */
};

struct explain_verdict explain_decision(const struct surface *surface,
                                        const struct request *request, struct explanation *why);

#endif
