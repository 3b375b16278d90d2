/* A change of a service account: what creating and revoking one share. It takes effect whether the
 * client waits for the answer or not. */
#ifndef API_ACCOUNTS_SERVICE_ACCOUNT_JOB_H
#define API_ACCOUNTS_SERVICE_ACCOUNT_JOB_H

#include "audit/change.h"
#include "store/service_account.h"
#include "web/call.h"

struct service_account_job {
    struct task task;
    struct accounts *accounts;
    struct owner owner; /* whose accounts the caller reaches */
    struct change change;
    struct service_account account;
};

/* Whether this server has a database for service accounts. false: 503 is answered. */
MUST_USE bool service_accounts_are_kept(struct call *call);

/* A new task of `size` bytes for a struct whose first member is the job, with what the call says of
 * the caller copied to the task's arena. service_accounts_are_kept must have been true. */
void *service_account_job_begin(struct call *call, size_t size);

/* Writes the change to the audit in the transaction of `conn`, as the last step of the task's `run`
 * (change_seal). Exactly one of the two is NULL: before for a creation, after for a revocation. */
MUST_USE agentos_status service_account_job_seal(struct service_account_job *job,
                                                 struct db_conn *conn, const char *action,
                                                 const struct service_account *before,
                                                 const struct service_account *after,
                                                 agentos_error *err);

#endif
