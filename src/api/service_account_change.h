/* What making and revoking a service account share: the change, its row in the audit and the table
 * in memory are one, and hold whether the client waits for the answer or not. */
#ifndef API_SERVICE_ACCOUNT_CHANGE_H
#define API_SERVICE_ACCOUNT_CHANGE_H

#include "api/call.h"
#include "store/service_account.h"

struct service_account_change {
    struct task task;
    struct accounts *accounts;
    const struct audit *audit;
    struct owner owner; /* who changes, and whose accounts he reaches */
    const char *actor, *actor_issuer;
    int64_t now_s;
    struct service_account account;
    struct account_table *table; /* as it will be */
};

/* true, or 503 was answered: this server has no database to keep them in. */
MUST_USE bool service_accounts_are_kept(struct call *call);

/* A task of this size (sizeof the embedding struct). */
void *service_account_change_begin(struct call *call, size_t size);

/* The end of the task's run: NULL before or after is "there was, or is, none". */
MUST_USE agentos_status service_account_change_seal(struct service_account_change *change,
                                                    struct db_conn *conn, const char *action,
                                                    const struct service_account *before,
                                                    const struct service_account *after,
                                                    agentos_error *err);

#endif
