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

/* true; or false, and 503 is answered: this server has no database to keep them in. */
MUST_USE bool service_accounts_are_kept(struct call *call);

/* A task of this size (that of the embedding struct), begun by the caller of this request. */
void *service_account_job_begin(struct call *call, size_t size);

/* The end of the task's `run` (change_seal). before NULL: it is created; after NULL: it is revoked.
 */
MUST_USE agentos_status service_account_job_seal(struct service_account_job *job,
                                                 struct db_conn *conn, const char *action,
                                                 const struct service_account *before,
                                                 const struct service_account *after,
                                                 agentos_error *err);

#endif
