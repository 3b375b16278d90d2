/* Whether a request may go on to its handler: the questions that its head is asked, in order, and
 * some of them once more after its body. Judging answers nothing and changes nothing but the
 * admission, so dispatch, the explanations and the unit tests ask the same function. */
#ifndef WEB_ADMISSION_H
#define WEB_ADMISSION_H

#include "auth/keys/remote_keys.h"
#include "auth/scope/isolation.h"
#include "web/surface.h"

enum admitted {
    REFUSED,        /* the error and admission->answer_as say how to answer */
    WAITS_FOR_KEYS, /* as REFUSED, but the key may have been published since: see wanted */
    IS_PREFLIGHT,   /* a browser asks by OPTIONS what it may send: answered without a row */
    ADMITTED,
};

/* How a refusal is answered; the later ones include the earlier. */
enum answer_kind {
    ANSWER_PLAIN,      /* with its status and sentence alone */
    ANSWER_CREDENTIAL, /* with the CORS headers of an authentication error */
    ANSWER_DENIAL,     /* 401, 403 or 429 with its challenge, recorded for the audit */
};

/* In the order in which they are asked. */
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
    /* asked for; everything here outlives the admission */
    const struct surface *surface;
    const struct request *request;
    arena *arena;               /* what the principal and texts live in */
    struct token_cache *tokens; /* NULL: verified tokens are not remembered */
    int64_t now_s;              /* since 1970 */
    bool may_wait;              /* false: WAITS_FOR_KEYS is REFUSED */
    bool has_body;              /* judged before, and its body has come since */
    struct explanation *why;    /* filled by authentication; NULL: nobody asks why */
    /* called after each question; NULL: nobody listens */
    void (*listen)(const struct admission *admission, enum question asked, enum admitted result,
                   const agentos_error *err);

    /* found out */
    enum match match;
    const struct route *row; /* of the path, whatever the method; NULL: none */
    struct params params;
    const struct principal *principal; /* NULL before QUESTION_CREDENTIAL */
    const struct route *route;         /* the row, once the caller may know of it */
    struct keys_wanted wanted;
    enum answer_kind answer_as; /* of a refusal */
    int status;                 /* of the refusal, for HTTP */
    const char *demand;         /* the scope that was missing, for the challenge; NULL: none */
};

/* Asks the questions in order until one is not passed; a zeroed result is REFUSED. principal is set
 * once it returns ADMITTED. */
enum admitted admission_judge(struct admission *admission, agentos_error *err);

/* "target", "host" ... */
const char *question_name(enum question question);

/* What the request needs: the row's access in this configuration. For a path that no row fits, any
 * valid credential. */
const struct access *admission_access(const struct admission *admission);

#endif
