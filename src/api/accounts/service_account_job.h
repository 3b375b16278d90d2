/* The database job that creates or revokes a service account. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_JOB_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_JOB_H

#include "audit/change.h"
#include "store/service_account.h"
#include "web/call.h"

/* The first member of both routes' records. */
struct service_account_job {
    struct task task;
    struct accounts *accounts;
    struct owner owner; /* the owner whose accounts the caller reaches */
    struct change change;
    struct service_account account; /* the new or the revoked account */
};

/* Implements input.complete: fills in the job from the call. Copies texts to the task's arena.
 * Always returns true. Needs service_accounts_available. */
MUST_USE bool service_account_job_complete(struct call *call, struct task *record,
                                           struct problems *problems, agentos_error *err);

/* Writes the audit row of the change in the transaction of `conn`. Must be the last step of the
 * task's `run`. `before` is NULL for a creation, `after` for a revocation. */
MUST_USE agentos_status service_account_job_seal(struct service_account_job *job,
                                                 struct db_conn *conn, const char *action,
                                                 const struct service_account *before,
                                                 const struct service_account *after,
                                                 agentos_error *err);

#endif
