/* The change of a service account: how its job begins, what the audit keeps of it, how it ends. */
#include "api/accounts/service_account_job.h"

#include "api/accounts/service_account_view.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"

bool service_accounts_are_kept(struct call *call)
{
    agentos_error err;

    if (call->station->accounts != NULL)
        return true;
    (void)fail(&err, AGENTOS_UNAVAILABLE,
               "Service Accounts not available: pass a `db` to AgentOS to enable this "
               "feature."); /* answered, not returned */
    call_fail(call, &err);
    return false;
}

/* Shows the committed change to the requests that follow. */
static void take_effect(struct task *task)
{
    const struct service_account_job *job = LIST_OWNER(task, struct service_account_job, task);

    change_take_effect(&job->change);
}

void *service_account_job_begin(struct call *call, size_t size)
{
    ensure(size >= sizeof(struct service_account_job));
    ensure(call->station->accounts != NULL);

    struct service_account_job *job = call_task(call, size);
    const struct principal *who = call->principal;
    arena *a = job->task.arena;

    job->task.committed = take_effect;
    job->accounts = call->station->accounts;
    job->owner = call_reader(call, a);
    job->change = (struct change){ .audit = call->station->audit,
                                   .mirror = accounts_mirror(job->accounts),
                                   .actor = arena_copy_text(a, who->user_id),
                                   .actor_issuer = arena_copy(a, str_of(who->issuer)),
                                   .now_s = clock_now_s(),
                                   .arena = a };
    return job;
}

/* What the audit keeps of an account, as JSON from the arena; NULL for NULL. The actor's issuer is
 * part of it, since a user id is unique only within its issuer and the audit has no column for it.
 */
static const char *describe_account(const struct change *change,
                                    const struct service_account *account)
{
    AUTO_BUF text = buf_with_limit(BODY_LIMIT_MAX_BYTES);
    writer w = { .out = &text };

    if (account == NULL)
        return NULL;
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

agentos_status service_account_job_seal(struct service_account_job *job, struct db_conn *conn,
                                        const char *action, const struct service_account *before,
                                        const struct service_account *after, agentos_error *err)
{
    ensure((before == NULL) != (after == NULL));

    const char *name = before != NULL ? before->name : after->name;
    const struct change_record record = {
        .action = action,
        .target = arena_printf(job->task.arena, "sa:%s", name),
        .before = describe_account(&job->change, before),
        .after = describe_account(&job->change, after),
    };

    return change_seal(&job->change, conn, &record, err);
}
