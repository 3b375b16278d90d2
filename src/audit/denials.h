/* Aggregates denied requests for the audit log: one row per minute for each caller and kind of
 * denial. Rows are limited by class (denial_class.h) and for each authenticated caller; denials
 * beyond the limits are counted in rows of "many reasons". Each event loop has its own counters. */
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
    struct busy *busy; /* keeps the loop running until pending writes are done */
    const struct audit *audit;
    /* Called on the loop with the number of rows that could not be written. May be NULL. */
    void (*on_lost)(size_t rows, const agentos_error *why);
};

struct denials *denials_new(const struct denials_options *options);
void denials_free(struct denials *denials); /* drops what was not flushed; NULL is allowed */

struct denial {
    agentos_status status;
    enum refusal_code code; /* REFUSAL_NONE if there is none */
    bool is_known;          /* the caller was authenticated, with or without an actor */
    const char *reason;     /* the text sent to the client; the first one is kept */
    const char *actor;      /* the user id; NULL if it is unknown */
    /* the actor's issuer; NULL or "" for a plain token (docs/design/security.md 1) */
    const char *issuer;
    const char *peer; /* the client's address; never NULL */
    /* such as "GET /agents"; the first one is kept; NULL if no route matched */
    const char *route;
};

/* Counts a denial and copies its texts. The status must be UNAUTHENTICATED, FORBIDDEN or
 * TOO_MANY. */
void denials_record(struct denials *denials, const struct denial *denial, int64_t now_s);

/* Queues the counted denials for writing. Must be called before the loop ends. */
void denials_flush(struct denials *denials);

#endif
