/* Explanations of what the server would decide about a request, step by step: for `agentos auth
 * explain` and POST /authz/explain. Serves nothing, fetches nothing, remembers no token. */
#ifndef WEB_EXPLAIN_H
#define WEB_EXPLAIN_H

#include "auth/explain/explain.h"
#include "web/surface.h"

struct explain_question {
    const char *method, *target; /* "GET", "/agents?x=1" */
    str token;                   /* empty: none */
};

/* The request that a client on this machine would send, the token where this server looks for it.
 * INVALID: no such method, or a path without its slash. */
MUST_USE agentos_status explain_request(arena *a, const struct surface *surface,
                                        const struct explain_question *question,
                                        struct request *out, agentos_error *err);

/* What the client would be told; status 0: the request may pass. */
struct explain_verdict {
    int status;
    const char *detail; /* from the explanation's arena, or constant */
};

struct explain_verdict explain_decision(const struct surface *surface,
                                        const struct request *request, struct explanation *why);

#endif
