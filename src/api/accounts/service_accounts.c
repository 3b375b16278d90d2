/* Implements GET /service-accounts and DELETE /service-accounts/{id}. */
#include "api/accounts/service_account_job.h"
#include "api/accounts/service_account_view.h"
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "web/page.h"

/* ---- the list ---- */

/* The record of GET /service-accounts. */
struct account_query {
    struct task task;
    struct accounts *accounts;
    struct owner reader; /* the accounts that the caller reaches */
    bool include_revoked;
    int64_t limit, page;
    const char *sort_by, *sort_order;
    struct service_account_page found;
};

// clang-format off
static const struct param list_parameters[] = {
    PARAM(struct account_query, include_revoked, .fallback = "true", .doc = "false: only accounts that are not revoked."),
    PARAM(struct account_query, limit, .has_min = true, .min = 1, .has_max = true, .max = 100, .fallback = "20", .doc = "How many on a page."),
    PARAM(struct account_query, page, .has_min = true, .min = 1, .fallback = "1", .doc = "Which page."),
    PARAM(struct account_query, sort_by, .fallback = "created_at", .doc = "created_at, name, last_used_at or expires_at; any other value counts as created_at."),
    PARAM(struct account_query, sort_order, .fallback = "desc", .doc = "asc or desc; any other value counts as desc."),
    PARAMS_END,
};

static const struct {
    const char *column;
    enum service_account_order order;
} columns[] = {
    { "created_at",   ACCOUNTS_BY_CREATED },
    { "name",         ACCOUNTS_BY_NAME },
    { "last_used_at", ACCOUNTS_BY_USE },
    { "expires_at",   ACCOUNTS_BY_EXPIRY },
};
// clang-format on

/* Returns the order for this column, by default the time of creation. */
static enum service_account_order order_of(const char *column)
{
    for (size_t i = 0; i < COUNT(columns); i++)
        if (strcmp(columns[i].column, column) == 0)
            return columns[i].order;
    return ACCOUNTS_BY_CREATED;
}

/* Loads one page of accounts. */
static agentos_status load_accounts(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct account_query *query = LIST_OWNER(task, struct account_query, task);

    ensure(query->sort_by != NULL && query->sort_order != NULL); /* both have defaults */
    ensure(query->page >= 1 && query->limit >= 1);

    const struct service_account_filter filter = {
        .active_only = !query->include_revoked,
        .order = order_of(query->sort_by),
        .ascending = strcmp(query->sort_order, "asc") == 0,
        .limit = query->limit,
        .page = query->page,
    };

    return service_account_list(conn, &query->reader, &filter, task->arena, &query->found, err);
}

/* Updates the last uses from memory, which is newer than the database. */
static void update_last_uses(struct account_query *query)
{
    ensure(query->accounts != NULL);
    for (size_t i = 0; i < query->found.count; i++) {
        struct service_account *account = &query->found.all[i];
        int64_t used = accounts_last_use(query->accounts, account->token_hash);

        if (used > account->last_used_at)
            account->last_used_at = used;
    }
}

/* Answers with the page. */
static void answer_list(struct call *call, struct task *task)
{
    struct account_query *query = LIST_OWNER(task, struct account_query, task);
    const struct page page = { query->page, query->limit, query->found.total };
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    update_last_uses(query);
    write_object(&w);
    write_key(&w, "data");
    write_array(&w);
    for (size_t i = 0; i < query->found.count; i++)
        service_account_view_write(&query->found.all[i], NULL, task->arena, &w);
    write_end(&w);
    page_write_meta(&page, &w);
    write_end(&w);
    call_buf(call, &body);
}

const struct input service_account_list_input = { .record = sizeof(struct account_query),
                                                  .query = list_parameters };

void service_accounts_list(struct call *call)
{
    struct account_query *query = call_input(call);

    ensure(call->station->accounts != NULL); /* checked by service_accounts_available */
    query->accounts = call->station->accounts;
    query->reader = call_reader(call, query->task.arena);
    call_read(&query->task, load_accounts, answer_list);
}

/* ---- the revocation ---- */

/* The record of DELETE /service-accounts/{id}. */
struct revocation {
    struct service_account_job job;
    const char *id;    /* from the path */
    bool is_forbidden; /* a shared account that the caller may not revoke */
};

const struct input service_account_revoke_input = { .record = sizeof(struct revocation),
                                                    .complete = service_account_job_complete };

/* Loads the account. Sets is_forbidden for a shared account that the caller may not revoke. */
static agentos_status load_account(struct db_conn *conn, struct revocation *revocation,
                                   agentos_error *err)
{
    struct service_account *account = &revocation->job.account;
    const struct owner *owner = &revocation->job.owner;

    TRY(service_account_get(conn, revocation->id, revocation->job.task.arena, account, err));
    if (owner_reaches(owner, account->issuer, account->user_id))
        return AGENTOS_OK;
    if (account->user_id != NULL)
        return fail(err, AGENTOS_NOT_FOUND, "Service account " QUOTED " not found",
                    QUOTE(str_of(revocation->id)));
    revocation->is_forbidden = true;
    return AGENTOS_OK;
}

/* Revokes the account and writes its audit row in one transaction. Revoking twice has no effect. */
static agentos_status revoke_account(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct revocation *revocation = LIST_OWNER(task, struct revocation, job.task);
    struct service_account_job *job = &revocation->job;
    struct service_account *account = &job->account;

    ensure(revocation->id != NULL);
    TRY(load_account(conn, revocation, err));
    if (revocation->is_forbidden || account->revoked_at > 0)
        return AGENTOS_OK;
    int64_t last_use = accounts_last_use(job->accounts, account->token_hash);
    TRY(service_account_revoke(conn, &job->owner, account->id, job->change.now_s, last_use, err));
    return service_account_job_seal(job, conn, "service_account.revoked", account, NULL, err);
}

/* Answers 204, or denies the revocation of a shared account. */
static void answer_revoked(struct call *call, struct task *task)
{
    const struct revocation *revocation = LIST_OWNER(task, struct revocation, job.task);
    agentos_error err;

    if (!revocation->is_forbidden) {
        call_empty(call, 204);
        return;
    }
    (void)refuse(&err, REFUSAL_ACCOUNT_SHARED); /* sets err */
    call_deny(call, &err, NULL);
}

void service_accounts_revoke(struct call *call)
{
    struct revocation *revocation = call_input(call);
    str id = params_get(&call->params, "service_account_id");

    revocation->id = arena_copy(revocation->job.task.arena, id);
    call_write(&revocation->job.task, revoke_account, answer_revoked);
}
