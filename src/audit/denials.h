/* Refused requests on their way to the audit log: counted for a minute by caller and reason, then
 * written as one row each, so that a flood of invalid tokens does not become a flood of rows. One a
 * loop; no request waits for the write. */
#ifndef AUDIT_DENIALS_H
#define AUDIT_DENIALS_H

#include "audit/audit.h"
#include "loop/busy.h"

struct denials;

/* All borrowed for the life of the denials. */
struct denials_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy; /* keeps the loop running until the write under way is over */
    const struct audit *audit;
    /* Rows that could not be written, for the log; on the loop. NULL: not told. */
    void (*on_lost)(size_t rows, const agentos_error *why);
};

struct denials *denials_new(const struct denials_options *options);
void denials_free(struct denials *denials); /* loses what was not flushed; NULL is fine */

struct denial {
    agentos_status status;
    const char *reason; /* the sentence the client got */
    const char *actor;  /* the user id; NULL: unknown */
    const char *issuer; /* the actor's; NULL and "": a plain token's (docs/design/security.md 1) */
    const char *peer;   /* the client's address; never NULL */
    const char *route;  /* "GET /agents", of the first such denial; NULL: none was matched */
};

/* Counts one, whose status is UNAUTHENTICATED, FORBIDDEN or TOO_MANY. Everything is copied. */
void denials_record(struct denials *denials, const struct denial *denial, int64_t now_s);

/* Writes now what has been counted. To be called before the loop ends. */
void denials_flush(struct denials *denials);

#endif
