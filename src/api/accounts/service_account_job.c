/* The database job that creates or revokes a service account. */
#include "api/accounts/service_account_job.h"

#include "api/accounts/service_account_view.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"

/* Returns UNAVAILABLE if the server has no database. */
agentos_status service_accounts_available(const struct call *call, agentos_error *err)
{
    if (call->station->accounts != NULL)
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE,
                "Service Accounts not available: pass a `db` to AgentOS to enable this feature.");
}

/* Makes a committed change visible to later requests. */
static void take_effect(struct task *task)
{
    const struct service_account_job *job = LIST_OWNER(task, struct service_account_job, task);

    change_take_effect(&job->change);
}

/* Fills in the job. Copies the caller's identity, since the client may leave before the commit. */
bool service_account_job_complete(struct call *call, struct task *record, struct problems *problems,
                                  agentos_error *err)
{
    ensure(call->station->accounts != NULL); /* checked by service_accounts_available */

    struct service_account_job *job = LIST_OWNER(record, struct service_account_job, task);
    const struct principal *who = call->principal;
    arena *a = record->arena;

    (void)problems; /* nothing is checked */
    (void)err;
    ensure(job->accounts == NULL); /* filled in once */
    job->task.committed = take_effect;
    job->accounts = call->station->accounts;
    job->owner = call_reader(call, a);
    job->change = (struct change){
        .audit = call->station->audit,
        .mirror = accounts_mirror(job->accounts),
        .actor = arena_copy_text(a, who->user_id),
        .actor_issuer = arena_copy(a, str_of(who->issuer)),
        .now_s = clock_now_s(),
        .arena = a,
    };
    return true;
}

/* Returns the JSON of an account for the audit log, with the actor's issuer, or NULL. */
static const char *describe_account(const struct change *change,
                                    const struct service_account *account)
{
    AUTO_BUF text = buf_with_limit(BODY_LIMIT_MAX_BYTES);
    writer w = { .out = &text };

    if (account == NULL)
        return NULL;
    ensure(account->scopes != NULL && change->actor_issuer != NULL);
    write_object(&w);
    write_member(&w, "id", account->id);
    write_key(&w, "scopes");
    write_raw(&w, str_of(account->scopes));
    service_account_view_write_time("expires_at", account->expires_at, &w);
    write_member_if(&w, "actor_issuer",
                    change->actor_issuer[0] != '\0' ? change->actor_issuer : NULL);
    write_end(&w);
    return arena_copy(change->arena, buf_view(&text));
}

/* Writes the audit row as the last step of the job's transaction. */
agentos_status service_account_job_seal(struct service_account_job *job, struct db_conn *conn,
                                        const char *action, const struct service_account *before,
                                        const struct service_account *after, agentos_error *err)
{
    ensure(action != NULL);
    ensure((before == NULL) != (after == NULL)); /* exactly one */

    const char *name = before != NULL ? before->name : after->name;
    const struct change_record record = {
        .action = action,
        .target = arena_printf(job->task.arena, "sa:%s", name),
        .before = describe_account(&job->change, before),
        .after = describe_account(&job->change, after),
    };

    return change_seal(&job->change, conn, &record, err);
}
