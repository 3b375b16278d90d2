/* POST /service-accounts: a new account and, this once, its token. */
#include <openssl/crypto.h>

#include "api/accounts/service_account_job.h"
#include "api/accounts/service_account_view.h"
#include "api/routes.h"
#include "auth/account/account_token.h"
#include "auth/scope/grant.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/refusals.h"
#include "web/body.h"

enum {
    NAME_MAX_BYTES = 63,
    DAY_S = 24 * 60 * 60,
    LISTED_MAX_BYTES = 800, /* of scopes in one sentence, so that its end is there too */
};

struct account_body {
    const char *name;
    const json_t *scopes; /* NULL: the default ones */
    int64_t expires_in_days;
    bool never_expires, allow_privileged_scopes;
};

struct creation {
    struct service_account_job job;
    struct account_body body;
    const char **scopes;
    size_t scope_count;
    struct account_token token;
    char token_hash[TOKEN_HASH_SIZE], id[UUID_SIZE];
};

// clang-format off
const struct field service_account_fields[] = {
    FIELD(struct account_body, name,                    REQUIRED, .doc = "What people and the audit call it: a-z, 0-9, _ and -, at most 63; it acts as sa:NAME."),
    FIELD(struct account_body, scopes,                  OPTIONAL, .shape = SHAPE_LIST,
          .doc = "Objects {scope}; without it agents:run teams:run workflows:run sessions:read config:read."),
    FIELD(struct account_body, expires_in_days,         OPTIONAL, .doc = "1 to 3650; 90 without it."),
    FIELD(struct account_body, never_expires,           OPTIONAL, .doc = "It lasts until it is revoked."),
    FIELD(struct account_body, allow_privileged_scopes, OPTIONAL, .doc = "Scopes that write, delete or administer are meant."),
    FIELDS_END,
};

/* What an account may do of which nothing else was said: run, and see what became of it. */
static const char *const default_scopes[] = {
    "agents:run", "teams:run", "workflows:run", "sessions:read", "config:read",
};
// clang-format on

/* ---- the body ---- */

/* ^[a-z0-9][a-z0-9_-]{0,62}$ */
static bool name_is_valid(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

        if (!is_alphanumeric && (i == 0 || (c != '_' && c != '-')))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static void check_name(const char *name, struct problems *problems)
{
    if (name == NULL || name_is_valid(str_of(name)))
        return;
    problems_add(problems,
                 &(struct problem){
                     .type = "value_error",
                     .where = "body",
                     .name = "name",
                     .message = "Value error, Name must be a lowercase slug: start with a letter "
                                "or digit, then letters, digits, '_' or '-' (max 63 chars)",
                     .input = name,
                     .ctx = "{\"error\":{}}",
                 });
}

static void check_days(int64_t days, arena *a, struct problems *problems)
{
    bool is_short = days < 1;

    if (!is_short && days <= EXPIRY_MAX_DAYS)
        return;
    problems_add(problems, &(struct problem){
                               .type = is_short ? "greater_than_equal" : "less_than_equal",
                               .where = "body",
                               .name = "expires_in_days",
                               .message = arena_printf(a, "Input should be %s than or equal to %d",
                                                       is_short ? "greater" : "less",
                                                       is_short ? 1 : EXPIRY_MAX_DAYS),
                               .input_raw = arena_printf(a, "%lld", (long long)days),
                               .ctx = arena_printf(a, "{\"%s\":%d}", is_short ? "ge" : "le",
                                                   is_short ? 1 : EXPIRY_MAX_DAYS),
                           });
}

/* ---- its list of scopes ---- */

/* What is wrong with the item at i, or with one of its members. */
static void add_item(struct problems *problems, size_t i, const char *member,
                     const struct problem *problem)
{
    struct problem full = *problem;

    full.where = "body";
    full.name = "scopes";
    full.has_position = true;
    full.position = i;
    full.member = member;
    problems_add(problems, &full);
}

/* Its scope; NULL, and a problem, where there is none. */
static const char *read_scope(const json_t *item, size_t i, struct problems *problems)
{
    const json_t *scope = json_object_get(item, "scope");

    if (!json_is_object(item))
        add_item(problems, i, NULL,
                 &(struct problem){ .type = "model_attributes_type",
                                    .message = "Input should be a valid dictionary or object to "
                                               "extract fields from",
                                    .input_json = item });
    else if (scope == NULL)
        add_item(problems, i, "scope",
                 &(struct problem){
                     .type = "missing", .message = "Field required", .input_json = item });
    else if (!json_is_string(scope))
        add_item(problems, i, "scope",
                 &(struct problem){ .type = "string_type",
                                    .message = "Input should be a valid string",
                                    .input_json = scope });
    return json_string_value(scope);
}

/* A token's scopes are grants: nothing can be denied by them. */
static void check_effect(const json_t *list, size_t i, const char *scope, arena *a,
                         struct problems *problems)
{
    const json_t *effect = json_object_get(json_array_get(list, i), "effect");
    const char *text = json_string_value(effect);

    if (effect == NULL || (text != NULL && strcmp(text, "allow") == 0))
        return;
    if (text == NULL || strcmp(text, "deny") != 0)
        add_item(problems, i, "effect",
                 &(struct problem){ .type = "literal_error",
                                    .message = "Input should be 'allow' or 'deny'",
                                    .input_json = effect,
                                    .ctx = "{\"expected\":\"'allow' or 'deny'\"}" });
    else if (scope != NULL)
        problems_add(problems, &(struct problem){
                                   .type = "value_error",
                                   .where = "body",
                                   .name = "scopes",
                                   .message = arena_printf(a,
                                                           "Value error, Token scopes are grants: "
                                                           "effect must be 'allow' (got 'deny' for "
                                                           "" QUOTED ")",
                                                           QUOTE(str_of(scope))),
                                   .input_json = list,
                                   .ctx = "{\"error\":{}}" });
}

static void check_count(const json_t *list, arena *a, struct problems *problems)
{
    size_t count = json_array_size(list);

    if (count > SCOPES_MAX)
        problems_add(problems,
                     &(struct problem){
                         .type = "too_long",
                         .where = "body",
                         .name = "scopes",
                         .message = arena_printf(
                             a, "List should have at most %d items after validation, not %zu",
                             SCOPES_MAX, count),
                         .ctx = arena_printf(
                             a, "{\"field_type\":\"List\",\"max_length\":%d,\"actual_length\":%zu}",
                             SCOPES_MAX, count) });
}

/* The database's one writer reads them all at each change, and a list shows a hundred of them. */
static void check_size(const struct creation *creation, struct problems *problems)
{
    size_t size = 0;

    for (size_t i = 0; i < creation->scope_count; i++)
        size += creation->scopes[i] != NULL ? strlen(creation->scopes[i]) : 0;
    if (size > ACCOUNT_SCOPES_MAX_BYTES)
        problems_add(problems, &(struct problem){
                                   .type = "value_error",
                                   .where = "body",
                                   .name = "scopes",
                                   .message = "Value error, All scopes together must have at most "
                                              "8192 bytes",
                                   .ctx = "{\"error\":{}}",
                               });
}

static void read_scopes(struct creation *creation, struct problems *problems)
{
    arena *a = creation->job.task.arena;
    const json_t *list = creation->body.scopes;
    size_t count = json_array_size(list);

    check_count(list, a, problems);
    if (problems->count > 0)
        return;
    creation->scopes = arena_alloc(a, (count + 1) * sizeof(*creation->scopes));
    for (size_t i = 0; i < count; i++) {
        const char *scope = read_scope(json_array_get(list, i), i, problems);

        check_effect(list, i, scope, a, problems);
        creation->scopes[creation->scope_count++] = arena_copy_text(a, scope);
    }
    check_size(creation, problems);
}

static void take_default_scopes(struct creation *creation)
{
    size_t count = COUNT(default_scopes);

    creation->scopes = arena_alloc(creation->job.task.arena, count * sizeof(*creation->scopes));
    for (size_t i = 0; i < count; i++)
        creation->scopes[i] = default_scopes[i];
    creation->scope_count = count;
}

/* The task's arena has copies of what is kept of the body: the parsed one is not kept while the
 * write waits. */
static bool read_body(const struct call *call, struct creation *creation, struct problems *problems)
{
    arena *a = creation->job.task.arena;
    AUTO(arena) *parsed = arena_new();
    const json_t *body;

    creation->body.expires_in_days = 90;
    if (!body_parse_required(call->request, parsed, &body, problems) ||
        !fields_read(service_account_fields, body, &creation->body, "body", problems))
        return false;
    check_name(creation->body.name, problems);
    check_days(creation->body.expires_in_days, a, problems);
    if (creation->body.scopes != NULL)
        read_scopes(creation, problems);
    else
        take_default_scopes(creation);
    creation->body.name = arena_copy_text(a, creation->body.name);
    creation->body.scopes = NULL;
    return problems->count == 0;
}

/* ---- may he give this? ---- */

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

/* "a:b, c:d": those of which it is true; NULL: none. */
static const char *list_scopes(const struct creation *creation, scope_test *is_meant,
                               const struct granter *granter)
{
    AUTO_BUF text = buf_with_limit(SCOPES_MAX * (SCOPE_MAX_BYTES + 2));
    size_t count = 0;

    for (size_t i = 0; i < creation->scope_count; i++)
        if (is_meant(granter, creation->scopes[i]))
            buf_printf(&text, "%s%.*s", count++ > 0 ? ", " : "", SCOPE_MAX_BYTES,
                       creation->scopes[i]);
    return count > 0
               ? arena_copy(creation->job.task.arena, str_cut(buf_view(&text), LISTED_MAX_BYTES))
               : NULL;
}

/* Has he said who he is, and was it checked? What he makes would outlive the proxy's word for him.
 */
static bool is_named(const struct principal *who)
{
    return who->kind > PRINCIPAL_OPEN && !who->is_unverified;
}

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
    if (!is_named(call->principal))
        return refuse(err, REFUSAL_GRANTER_UNKNOWN);
    wrong = list_scopes(creation, is_not_held, &granter);
    if (wrong != NULL)
        return refuse_with(err, REFUSAL_GRANT_NOT_HELD, wrong);
    return AGENTOS_OK;
}

/* ---- making it ---- */

static const char *render_scopes(const struct creation *creation)
{
    AUTO_BUF text = buf_with_limit(BODY_LIMIT_MAX_BYTES);
    writer w = { .out = &text };

    write_array(&w);
    for (size_t i = 0; i < creation->scope_count; i++)
        write_string(&w, creation->scopes[i]);
    write_end(&w);
    return arena_copy(creation->job.task.arena, buf_view(&text));
}

/* What a machine makes does not outlive its term. */
static int64_t expiry_of(const struct creation *creation, const struct principal *maker)
{
    int64_t wanted = creation->body.never_expires
                         ? 0
                         : creation->job.change.now_s + creation->body.expires_in_days * DAY_S;
    bool is_machine = maker->kind == PRINCIPAL_SERVICE_ACCOUNT && maker->expires_at > 0;

    return is_machine && (wanted == 0 || wanted > maker->expires_at) ? maker->expires_at : wanted;
}

static void lay_out(const struct call *call, struct creation *creation)
{
    struct service_account_job *job = &creation->job;
    arena *a = job->task.arena;

    account_token_draw(&creation->token);
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
}

static agentos_status create(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct service_account_job *job = (struct service_account_job *)task;
    int64_t active;

    TRY(service_account_create(conn, &job->owner, &job->account, err));
    TRY(service_account_count_active(conn, &active, err));
    if (active > SERVICE_ACCOUNTS_MAX)
        return fail(err, AGENTOS_CONFLICT,
                    "There are %d active service accounts, which is the most there can be. Revoke "
                    "one first.",
                    SERVICE_ACCOUNTS_MAX);
    return service_account_job_seal(job, conn, "service_account.created", NULL, &job->account, err);
}

/* RFC 6749 §5.1: an answer with a token is kept nowhere on its way. */
static void answer_created(struct call *call, struct task *task)
{
    static const struct header unkept[] = { { STR_INIT("cache-control"), STR_INIT("no-store") } };
    const struct creation *creation = (const struct creation *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    service_account_view_write(&creation->job.account, creation->token.text, task->arena, &w);
    call_reply(call, &(struct reply){ .status = 201,
                                      .content_type = "application/json",
                                      .headers = unkept,
                                      .header_count = 1,
                                      .body = buf_view(&body) });
    OPENSSL_cleanse(body.ptr, body.len);
}

static void refuse_creation(struct call *call, struct creation *creation,
                            const struct problems *problems, const agentos_error *err)
{
    call_drop(call, &creation->job.task);
    if (problems->count > 0)
        call_invalid(call, problems);
    else if (err->status == AGENTOS_INVALID)
        call_fail(call, err);
    else
        call_deny(call, err, NULL);
}

void service_accounts_create(struct call *call)
{
    AUTO_PROBLEMS problems = problems_none();
    agentos_error err = { 0 };

    if (!service_accounts_are_kept(call))
        return;
    struct creation *creation = service_account_job_begin(call, sizeof(*creation));
    if (!read_body(call, creation, &problems) || check_grant(call, creation, &err) != AGENTOS_OK) {
        refuse_creation(call, creation, &problems, &err);
        return;
    }
    lay_out(call, creation);
    exchange_drop_body(call->exchange);
    call_write(&creation->job.task, create, answer_created);
}
