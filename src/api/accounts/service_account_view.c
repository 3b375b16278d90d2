/* Writes service accounts as JSON. */
#include "api/accounts/service_account_view.h"

#include "auth/scope/scope.h"
#include "json/parse.h"

/* Writes null for 0. */
void service_account_view_write_time(const char *name, int64_t time, writer *w)
{
    write_key(w, name);
    if (time > 0)
        write_integer(w, time);
    else
        write_null(w);
}

/* One scope of an account. */
struct scope_view {
    str raw;
    struct scope scope;
};

static bool has_id(const void *record)
{
    return ((const struct scope_view *)record)->scope.id.len > 0;
}

static void write_id(const void *record, writer *w)
{
    write_str(w, ((const struct scope_view *)record)->scope.id);
}

// clang-format off
static const struct member scope_members[] = {
    SHOW_NOTHING("id", OR_NULL),
    SHOW(struct scope_view, raw, ALWAYS_THERE),
    SHOW_AS("namespace", struct scope_view, scope.resource, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_STRING, "sub_namespace", write_id, OR_NULL, .has_value = has_id),
    SHOW_AS("permission", struct scope_view, scope.action, ALWAYS_THERE),
    SHOW_CONSTANT(VALUE_STRING, "value", "\"allow\""),
    MEMBERS_END,
};
// clang-format on
static const struct shape scope_shape = { .name = "AccountScope", .parts = { scope_members } };

/* Writes one scope as an object. A text that does not parse is the configured admin scope. */
static void write_scope(writer *w, str text)
{
    struct scope_view view = { .raw = text };

    if (!scope_parse(text, &view.scope))
        view.scope = (struct scope){ .resource = text, .action = STR("admin") };
    shape_write(&scope_shape, &view, ABSENT_NULL, w);
}

/* The record of an account. */
struct account_view {
    struct service_account account;
    const char *principal, *token; /* token NULL: not shown */
    const json_t *scopes; /* a list of strings; NULL if the stored text is not valid JSON */
};

/* Writes the list of scopes. Skips items that are not strings. */
static void write_scopes(const void *record, writer *w)
{
    const json_t *list = ((const struct account_view *)record)->scopes;

    write_array(w);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item))
            write_scope(w, (str){ json_string_value(item), json_string_length(item) });
    }
    write_end(w);
}

// clang-format off
static const struct member account_members[] = {
    SHOW_AS("id", struct account_view, account.id, ALWAYS_THERE),
    SHOW_AS("name", struct account_view, account.name, ALWAYS_THERE),
    SHOW(struct account_view, principal, ALWAYS_THERE),
    SHOW_AS("user_id", struct account_view, account.user_id, OR_NULL),
    SHOW_AS("token_prefix", struct account_view, account.token_prefix, ALWAYS_THERE),
    SHOW_WRITTEN(VALUE_OBJECT, "scopes", write_scopes, ALWAYS_THERE, .is_list = true, .shape = &scope_shape),
    SHOW_AS("created_at", struct account_view, account.created_at, OR_NULL, .is_positive = true),
    SHOW_AS("expires_at", struct account_view, account.expires_at, OR_NULL, .is_positive = true),
    SHOW_AS("last_used_at", struct account_view, account.last_used_at, OR_NULL, .is_positive = true),
    SHOW_AS("revoked_at", struct account_view, account.revoked_at, OR_NULL, .is_positive = true),
    SHOW_AS("created_by", struct account_view, account.user_id, OR_NULL),
    MEMBERS_END,
};

static const struct member token_members[] = {
    SHOW(struct account_view, token, ALWAYS_THERE),
    MEMBERS_END,
};
// clang-format on
const struct shape service_account_shape = { .name = "ServiceAccount",
                                             .parts = { account_members } };
const struct shape new_service_account_shape = { .name = "NewServiceAccount",
                                                 .parts = { account_members, token_members } };

void service_account_view_write(const struct service_account *account, const char *token, arena *a,
                                writer *w)
{
    struct account_view view = { .account = *account,
                                 .principal = arena_printf(a, "sa:%s", account->name),
                                 .token = token };

    if (json_parse(a, str_of(account->scopes), &view.scopes, NULL) != AGENTOS_OK)
        view.scopes = NULL;
    shape_write(token != NULL ? &new_service_account_shape : &service_account_shape, &view,
                ABSENT_NULL, w);
}
