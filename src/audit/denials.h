/* Refused callers on their way to the audit: counted for a minute, then written as one row each, so
 * that a flood of bad tokens writes no flood of rows. One a loop; nobody waits for the writing. */
#ifndef AUDIT_DENIALS_H
#define AUDIT_DENIALS_H

#include "audit/audit.h"
#include "loop/busy.h"

struct denials;

/* All borrowed for its life. */
struct denials_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy; /* holds the loop until what is being written is written */
    const struct audit *audit;
    void (*on_lost)(size_t rows, const agentos_error *why); /* could not be written; for the log */
};

struct denials *denials_new(const struct denials_options *options);
void denials_free(struct denials *denials); /* what was not flushed is lost; NULL is fine */

struct denial {
    agentos_status status;
    const char *reason; /* the sentence the client got */
    const char *actor;  /* NULL: nobody known */
    const char *issuer; /* whose actor; NULL and "": a plain token's (docs/design/security.md 1) */
    const char *peer;
    const char *route; /* "GET /agents"; of the first such denial; NULL: none */
};

/* Everything is copied. */
void denials_note(struct denials *denials, const struct denial *denial, int64_t now_s);

void denials_flush(struct denials *denials); /* write now what is there: before the loop ends */

#endif
