/* Decides whether a request may go on to its handler. Sends no response and does no I/O. */
#ifndef WEB_ADMISSION_H
#define WEB_ADMISSION_H

#include "auth/keys/remote_keys.h"
#include "auth/scope/isolation.h"
#include "web/surface.h"

enum admitted {
    REFUSED,        /* see the error and admission->answer_as */
    WAITS_FOR_KEYS, /* refused, but fetching keys may help (see `missing_key`) */
    IS_PREFLIGHT,   /* a CORS preflight (OPTIONS), which needs no route */
    ADMITTED,
};

/* How a refusal is answered. Each kind includes the previous ones. */
enum answer_kind {
    ANSWER_PLAIN,      /* with its status and message */
    ANSWER_CREDENTIAL, /* also with CORS headers */
    /* a 401, 403 or 429; also with a challenge, and recorded in the audit log */
    ANSWER_DENIAL,
};

/* The checks, in order. */
enum question {
    QUESTION_TARGET,
    QUESTION_HOST,
    QUESTION_ORIGIN,
    QUESTION_PREFLIGHT,
    QUESTION_ROUTE,
    QUESTION_CREDENTIAL,
    QUESTION_FOUND,
    QUESTION_SCOPE,
    QUESTION_ISOLATION,
    QUESTION_BUILT,
    QUESTIONS,
};

struct admission {
    /* Set by the caller. The objects must outlive the admission. */
    const struct surface *surface;
    const struct request *request;
    arena *arena;               /* owns the principal and the texts */
    struct token_cache *tokens; /* NULL if verified tokens are not cached */
    int64_t now_s;              /* seconds since 1970 */
    bool may_wait;              /* if false, REFUSED is returned instead of WAITS_FOR_KEYS */
    bool has_body;              /* the request was admitted before its body was read */
    struct explanation *why;    /* receives the steps of an explanation; may be NULL */
    /* called after each check; may be NULL */
    void (*listen)(const struct admission *admission, enum question asked, enum admitted result,
                   const agentos_error *err);

    /* set by admission_judge */
    enum match match;
    /* the route of the path, with any method; NULL if there is none */
    const struct route *row;
    struct params params;
    const struct principal *principal; /* NULL before QUESTION_CREDENTIAL */
    const struct route *route;         /* `row`, once the caller may know that it exists */
    struct missing_key missing_key;
    enum answer_kind answer_as; /* how to answer a refusal */
    int status;                 /* of a refusal */
    const char *demand;         /* the missing scope, for the challenge; may be NULL */
};

/* Runs the checks in order until one does not return ADMITTED, and returns its result. If the
 * result is ADMITTED, sets `principal`. If it is REFUSED or WAITS_FOR_KEYS, sets `err`, which must
 * not be NULL. */
enum admitted admission_judge(struct admission *admission, agentos_error *err);

/* Returns the name of the check, such as "target" or "host". */
const char *question_name(enum question question);

/* Returns the access that the policy requires for the route. An unknown path requires any valid
 * credential. */
const struct access *admission_access(const struct admission *admission);

#endif
