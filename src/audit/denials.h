/* Refused requests on their way to the audit log. They are counted for a minute by caller and kind
 * of refusal, and then written as one row each, so that a flood of invalid tokens does not become a
 * flood of rows. What is quoted from a request makes no new kind. The number of rows is limited by
 * class (denial_class.h), and that of one authenticated caller by itself; what exceeds the limits
 * is counted in rows of "many reasons". Each loop has its own counters, and no request waits for
 * the write. */
#ifndef AUDIT_DENIALS_H
#define AUDIT_DENIALS_H

#include "audit/audit.h"
#include "base/refusals.h"
#include "loop/busy.h"

struct denials;

/* All members are borrowed for the life of the counters. */
struct denials_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy; /* keeps the loop running until a pending write has ended */
    const struct audit *audit;
    /* Called on the loop with the number of rows that could not be written. May be NULL. */
    void (*on_lost)(size_t rows, const agentos_error *why);
};

struct denials *denials_new(const struct denials_options *options);
void denials_free(struct denials *denials); /* loses what was not flushed; NULL is allowed */

struct denial {
    agentos_status status;
    enum refusal_code code; /* REFUSAL_NONE if it has none */
    bool is_known;          /* the caller was authenticated; then actor may be NULL, too */
    const char *reason;     /* the sentence that the client got; kept from the first such denial */
    const char *actor;      /* the user id; NULL if it is unknown */
    /* the actor's issuer; NULL or "" for a plain token (docs/design/security.md 1) */
    const char *issuer;
    const char *peer; /* the client's address; never NULL */
    /* such as "GET /agents"; kept from the first such denial; NULL if no route was matched */
    const char *route;
};

/* Counts a denial, whose status must be UNAUTHENTICATED, FORBIDDEN or TOO_MANY. Everything is
 * copied. */
void denials_record(struct denials *denials, const struct denial *denial, int64_t now_s);

/* Writes what has been counted so far. Must be called before the loop ends. */
void denials_flush(struct denials *denials);

#endif
