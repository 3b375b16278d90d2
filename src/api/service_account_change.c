/* In one write job, so that there is neither a change without its row nor a row without its change;
 * and taken up by all loops at the commit. */
#include "api/service_account_change.h"

#include "api/service_account_view.h"
#include "audit/audit.h"
#include "base/clock.h"
#include "base/limits.h"

bool service_accounts_are_kept(struct call *call)
{
    agentos_error err;

    if (call->context->accounts != NULL)
        return true;
    (void)fail(&err, AGENTOS_UNAVAILABLE,
               "Service Accounts not available: pass a `db` to AgentOS to enable this "
               "feature."); /* answered, not returned */
    call_fail(call, &err);
    return false;
}

static void take_up(struct task *task)
{
    const struct service_account_change *change = (const struct service_account_change *)task;

    if (change->table != NULL)
        accounts_take_up(change->accounts, change->table);
}

void *service_account_change_begin(struct call *call, size_t size)
{
    struct service_account_change *change = call_task(call, size);
    const struct principal *who = call->principal;
    arena *a = change->task.arena;

    change->task.committed = take_up;
    change->accounts = call->context->accounts;
    change->audit = call->context->audit;
    change->owner = call_reader(call, a);
    change->actor = arena_copy_text(a, who->user_id);
    change->actor_issuer = arena_copy(a, str_of(who->issuer));
    change->now_s = clock_now_s();
    return change;
}

/* NULL for NULL. A subject is one only with its issuer. */
static const char *describe(const struct service_account_change *change,
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
    return arena_copy(change->task.arena, buf_view(&text));
}

agentos_status service_account_change_seal(struct service_account_change *change,
                                           struct db_conn *conn, const char *action,
                                           const struct service_account *before,
                                           const struct service_account *after, agentos_error *err)
{
    const char *name = before != NULL ? before->name : after->name;
    const struct audit_row row = {
        .created_at = change->now_s,
        .actor = change->actor,
        .action = action,
        .target = arena_printf(change->task.arena, "sa:%s", name),
        .before = describe(change, before),
        .after = describe(change, after),
    };

    TRY(audit_append(change->audit, conn, &row, err));
    TRY(account_table_load(conn, &change->table, err));
    arena_defer(change->task.arena, account_table_release, change->table);
    return AGENTOS_OK;
}
