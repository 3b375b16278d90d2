/* Decides whether a request may go on to its handler, by a fixed sequence of questions about its
 * head, some of which are asked again after its body has come. Judging sends no answer and changes
 * only the admission, so dispatch, the explanations and the unit tests all call the same function.
 * It does no I/O. */
#ifndef WEB_ADMISSION_H
#define WEB_ADMISSION_H

#include "auth/keys/remote_keys.h"
#include "auth/scope/isolation.h"
#include "web/surface.h"

enum admitted {
    REFUSED,        /* the error and admission->answer_as say how to answer */
    WAITS_FOR_KEYS, /* refused, but a fetch may bring the key of its token (see `missing_key`) */
    IS_PREFLIGHT,   /* a CORS preflight (OPTIONS), which is answered without looking for a row */
    ADMITTED,
};

/* How a refusal is answered. Each kind includes the kinds before it. */
enum answer_kind {
    ANSWER_PLAIN,      /* with its status and message alone */
    ANSWER_CREDENTIAL, /* also with the CORS headers of an authentication error */
    /* a 401, 403 or 429, also with a challenge, which is recorded for the audit log */
    ANSWER_DENIAL,
};

/* The questions, in the order in which they are asked. */
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
    /* Set by the caller. All objects must outlive the admission. */
    const struct surface *surface;
    const struct request *request;
    arena *arena;               /* the arena in which the principal and texts are allocated */
    struct token_cache *tokens; /* NULL if verified tokens are not cached */
    int64_t now_s;              /* in seconds since 1970 */
    bool may_wait;              /* if false, REFUSED is returned instead of WAITS_FOR_KEYS */
    bool has_body;              /* the request was judged before, and its body has come since */
    struct explanation *why;    /* receives the steps of the authentication; may be NULL */
    /* called after each question; may be NULL */
    void (*listen)(const struct admission *admission, enum question asked, enum admitted result,
                   const agentos_error *err);

    /* set by admission_judge */
    enum match match;
    /* the row of the path, whatever the method is; NULL if there is none */
    const struct route *row;
    struct params params;
    const struct principal *principal; /* NULL before QUESTION_CREDENTIAL */
    const struct route *route; /* the row, set only when the caller may know that it exists */
    struct missing_key missing_key;
    enum answer_kind answer_as; /* how to answer a refusal */
    int status;                 /* the HTTP status of a refusal */
    const char *demand; /* the scope that the caller lacks, for the challenge; may be NULL */
};

/* Asks the questions in order until one of them does not return ADMITTED, and returns its result.
 * If the result is ADMITTED, `principal` is set. If it is REFUSED or WAITS_FOR_KEYS, `err`, which
 * must not be NULL, says why. */
enum admitted admission_judge(struct admission *admission, agentos_error *err);

/* Returns the name of the question, such as "target" or "host". */
const char *question_name(enum question question);

/* Returns the access that the request needs: that of the row in this configuration, or any valid
 * credential if no row fits the path. */
const struct access *admission_access(const struct admission *admission);

#endif
