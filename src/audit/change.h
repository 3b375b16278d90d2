/* A change of who may do what: the rows it changes, its row in the audit and what decisions read of
 * it in memory, all of one write job, so that each is there exactly when the others are. */
#ifndef AUDIT_CHANGE_H
#define AUDIT_CHANGE_H

#include "audit/audit.h"
#include "store/mirror.h"

struct change {
    const struct audit *audit;
    struct mirror *mirror; /* of the table that is changed */
    const char *actor,
        *actor_issuer; /* the user who changes it, and their issuer. actor NULL: no
                        * user is known; actor_issuer "": their token is a plain one */
    int64_t now_s;
    arena *arena;              /* of the job; the texts here live in it */
    struct snapshot *snapshot; /* the table as it will be; set by change_seal */
};

/* What the audit log keeps of a change. */
struct change_record {
    const char *action;         /* "service_account.revoked" */
    const char *target;         /* "sa:NAME" */
    const char *before, *after; /* JSON; NULL: there was nothing before, or is nothing after */
};

/* Called at the end of the job's `run`, once, after the rows were changed: appends to the audit log
 * and reads the table anew. The job must fail if this does. */
MUST_USE agentos_status change_seal(struct change *change, struct db_conn *conn,
                                    const struct change_record *record, agentos_error *err);

/* Called by the job's `committed`: from here on every loop decides by the changed table. Does
 * nothing if the job sealed nothing. */
void change_take_effect(const struct change *change);

#endif
