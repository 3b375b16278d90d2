/* A change of who may do what: the rows it changes, its row in the audit and what decisions read of
 * it in memory, all of one write job, so that each is there exactly when the others are. */
#ifndef AUDIT_CHANGE_H
#define AUDIT_CHANGE_H

#include "audit/audit.h"
#include "store/mirror.h"

struct change {
    const struct audit *audit;
    struct mirror *mirror;            /* of the table that is changed */
    const char *actor, *actor_issuer; /* who changes it; actor NULL: nobody in particular, issuer
                                       * "": a plain token's */
    int64_t now_s;
    arena *arena;              /* of the job; the texts here live in it */
    struct snapshot *snapshot; /* the table as it will be; set by change_seal */
};

/* What the audit keeps of it. */
struct change_record {
    const char *action;         /* "service_account.revoked" */
    const char *target;         /* "sa:NAME" */
    const char *before, *after; /* JSON; NULL: there was none, or there is none any more */
};

/* The end of the job's `run`, after the rows were changed: appends to the audit and reads the table
 * anew. What fails here must fail the job. */
MUST_USE agentos_status change_seal(struct change *change, struct db_conn *conn,
                                    const struct change_record *record, agentos_error *err);

/* The job's `committed`: from here on every loop decides by the changed table. Nothing, where the
 * job sealed nothing. */
void change_take_effect(const struct change *change);

#endif
