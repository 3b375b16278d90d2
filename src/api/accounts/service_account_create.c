/* Implements POST /service-accounts. */
#include <openssl/crypto.h>

#include "api/accounts/service_account_body.h"
#include "api/accounts/service_account_job.h"
#include "api/accounts/service_account_view.h"
#include "api/routes.h"
#include "auth/account/account_token.h"
#include "auth/scope/grant.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/random.h"
#include "base/refusals.h"

enum {
    DAY_S = 24 * 60 * 60,
    LISTED_MAX_BYTES = 800, /* fits the message of an error, which holds 1024 bytes */
};

/* The record of the route. */
struct creation {
    struct service_account_job job;
    struct account_body body;
    struct account_token token;
    char token_hash[TOKEN_HASH_SIZE], id[UUID_SIZE];
    bool is_by_admin;
};

/* Sets the defaults of the body and fills in the job from the call. */
static bool complete_creation(struct call *call, struct task *record, struct problems *problems,
                              agentos_error *err)
{
    struct creation *creation = LIST_OWNER(record, struct creation, job.task);

    service_account_body_init(&creation->body);
    return service_account_job_complete(call, record, problems, err);
}

const struct input service_account_create_input = { .record = sizeof(struct creation),
                                                    .complete = complete_creation,
                                                    .json = service_account_fields,
                                                    .json_at = offsetof(struct creation, body) };

/* ---- the scopes that the caller may grant ---- */

/* Tests one scope of the body. Each test is a reason to refuse the account. */
typedef bool scope_test(const struct granter *granter, const char *scope);

static bool is_unreadable(const struct granter *granter, const char *scope)
{
    return !grant_is_scope(str_of(scope), granter->admin_scope);
}

static bool is_privileged(const struct granter *granter, const char *scope)
{
    return grant_is_privileged(str_of(scope), granter->admin_scope);
}

static bool is_not_held(const struct granter *granter, const char *scope)
{
    return !grant_is_held(granter, scope);
}

/* Returns the scopes that pass the test as "a:b, c:d", cut at LISTED_MAX_BYTES, or NULL. */
static const char *list_scopes(const struct creation *creation, scope_test *is_listed,
                               const struct granter *granter)
{
    const struct account_body *body = &creation->body;
    AUTO_BUF text = buf_with_limit(SCOPES_MAX * (SCOPE_MAX_BYTES + 2)); /* each with ", " */
    size_t count = 0;

    ensure(body->scope_texts != NULL && body->scope_count <= SCOPES_MAX);
    for (size_t i = 0; i < body->scope_count; i++) {
        if (!is_listed(granter, body->scope_texts[i]))
            continue;
        if (count++ > 0)
            buf_append(&text, STR(", "));
        buf_printf(&text, "%.*s", SCOPE_MAX_BYTES, body->scope_texts[i]);
    }
    if (count == 0) /* not text.len: an empty scope adds no text */
        return NULL;
    return arena_copy(creation->job.task.arena, str_cut(buf_view(&text), LISTED_MAX_BYTES));
}

/* Returns whether the caller's identity is verified. A proxy's assertion does not count. */
static bool has_verified_identity(const struct principal *who)
{
    return who->kind > PRINCIPAL_OPEN && !who->is_unverified;
}

/* Checks that the caller may grant the scopes. The order decides which refusal is answered. */
static agentos_status check_grant(const struct call *call, const struct creation *creation,
                                  agentos_error *err)
{
    const struct granter granter = {
        .principal = call->principal,
        .is_pinned = !creation->job.owner.everyone,
        .admin_scope = authority_admin_scope(call->surface->authority),
    };
    const char *wrong = list_scopes(creation, is_unreadable, &granter);

    if (wrong != NULL)
        return refuse_with(err, REFUSAL_GRANT_UNREADABLE, wrong);
    wrong = list_scopes(creation, is_privileged, &granter);
    if (wrong != NULL && !creation->body.allow_privileged_scopes)
        return refuse_with(err, REFUSAL_GRANT_PRIVILEGED, wrong);
    if (!has_verified_identity(call->principal))
        return refuse(err, REFUSAL_GRANTER_UNKNOWN);
    wrong = list_scopes(creation, is_not_held, &granter);
    if (wrong != NULL)
        return refuse_with(err, REFUSAL_GRANT_NOT_HELD, wrong);
    return AGENTOS_OK;
}

/* ---- making the account ---- */

/* Returns the body's scopes as a JSON list, in the task's arena. */
static const char *render_scopes(const struct creation *creation)
{
    AUTO_BUF text = buf_with_limit(BODY_LIMIT_MAX_BYTES);
    writer w = { .out = &text };

    write_array(&w);
    for (size_t i = 0; i < creation->body.scope_count; i++)
        write_string(&w, creation->body.scope_texts[i]);
    write_end(&w);
    return arena_copy(creation->job.task.arena, buf_view(&text));
}

/* Returns the time of expiry, or 0 for never. An account never outlives its creator. */
static int64_t expiry_of(const struct creation *creation, const struct principal *creator)
{
    const struct account_body *body = &creation->body;
    int64_t requested = 0; /* never */

    ensure(body->expires_in_days >= 1 && body->expires_in_days <= EXPIRY_MAX_DAYS);
    if (!body->never_expires)
        requested = creation->job.change.now_s + body->expires_in_days * DAY_S;
    if (creator->kind != PRINCIPAL_SERVICE_ACCOUNT || creator->expires_at <= 0)
        return requested;
    bool is_within = requested > 0 && requested <= creator->expires_at;
    return is_within ? requested : creator->expires_at;
}

/* Generates the token and fills in the account's row. The task's arena wipes the token. */
static void fill_account(const struct call *call, struct creation *creation)
{
    ensure(creation->body.name != NULL);
    ensure(creation->body.scope_texts != NULL);
    ensure(creation->job.account.id == NULL); /* filled in once */

    struct service_account_job *job = &creation->job;
    arena *a = job->task.arena;

    account_token_generate(&creation->token);
    arena_defer(a, account_token_wipe, &creation->token);
    job->account = (struct service_account){
        .id = random_uuid(creation->id),
        .name = creation->body.name,
        .issuer = job->change.actor != NULL ? job->change.actor_issuer : "",
        .user_id = job->change.actor,
        .token_hash = account_token_hash(str_of(creation->token.text), creation->token_hash),
        .token_prefix = arena_copy(a, (str){ creation->token.text, ACCOUNT_TOKEN_SHOWN }),
        .scopes = render_scopes(creation),
        .created_at = job->change.now_s,
        .expires_at = expiry_of(creation, call->principal),
    };
    creation->is_by_admin = call->principal->is_admin;
}

/* Returns CONFLICT if the creator has too many accounts. Accounts created by an account count as
 * its creator's. Administrators have no limit of their own, since they can also revoke. */
static agentos_status check_places(struct db_conn *conn, const struct creation *creation,
                                   agentos_error *err)
{
    struct service_account_root root;

    if (creation->is_by_admin)
        return AGENTOS_OK;
    TRY(service_account_find_root(conn, creation->id, &root, err));
    if (root.depth > SERVICE_ACCOUNT_CHAIN_MAX)
        return fail(err, AGENTOS_CONFLICT,
                    "Service accounts can make each other %d times in a row at most.",
                    SERVICE_ACCOUNT_CHAIN_MAX);
    if (root.active > SERVICE_ACCOUNTS_OF_ONE_MAX)
        return fail(err, AGENTOS_CONFLICT,
                    "You have %d active service accounts, with those that they have made, which is "
                    "the most one user can have. Revoke one first.",
                    SERVICE_ACCOUNTS_OF_ONE_MAX);
    return AGENTOS_OK;
}

/* Inserts the account and its audit row. Returns CONFLICT if there are too many accounts. */
static agentos_status insert_account(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct service_account_job *job = LIST_OWNER(task, struct service_account_job, task);
    int64_t active;

    TRY(service_account_create(conn, &job->owner, &job->account, err));
    TRY(service_account_count_active(conn, &active, err));
    if (active > SERVICE_ACCOUNTS_MAX)
        return fail(err, AGENTOS_CONFLICT,
                    "There are %d active service accounts, which is the most there can be. Revoke "
                    "one first.",
                    SERVICE_ACCOUNTS_MAX);
    TRY(check_places(conn, LIST_OWNER(job, struct creation, job), err));
    return service_account_job_seal(job, conn, "service_account.created", NULL, &job->account, err);
}

/* Answers with the account and its token. RFC 6749 §5.1 forbids caching the answer. */
static void answer_created(struct call *call, struct task *task)
{
    static const struct header no_store[] = { { STR_INIT("cache-control"), STR_INIT("no-store") } };
    const struct creation *creation = LIST_OWNER(task, struct creation, job.task);
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    ensure(creation->token.text[0] != '\0'); /* set by fill_account */
    service_account_view_write(&creation->job.account, creation->token.text, task->arena, &w);
    call_reply(call, &(struct reply){ .status = 201,
                                      .content_type = "application/json",
                                      .headers = no_store,
                                      .header_count = 1,
                                      .body = buf_view(&body) });
    OPENSSL_cleanse(body.ptr, body.len);
}

/* Drops the task and answers with the problems if there are any, otherwise with the error. */
static void refuse_creation(struct call *call, struct creation *creation,
                            const struct problems *problems, const agentos_error *err)
{
    call_drop(call, &creation->job.task);
    if (problems->count > 0)
        call_invalid(call, problems);
    else if (err->status == AGENTOS_UNAUTHENTICATED || err->status == AGENTOS_FORBIDDEN)
        call_deny(call, err, NULL);
    else
        call_fail(call, err);
}

void service_accounts_create(struct call *call)
{
    struct creation *creation = call_input(call);
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err = { 0 };

    if (!service_account_body_check(&creation->body, creation->job.task.arena, &problems) ||
        check_grant(call, creation, &err) != AGENTOS_OK) {
        refuse_creation(call, creation, &problems, &err);
        return;
    }
    fill_account(call, creation);
    exchange_drop_body(call->exchange);
    call_write(&creation->job.task, insert_account, answer_created);
}
