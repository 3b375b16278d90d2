/* Validates the body of POST /service-accounts. The messages are those of pydantic. */
#include "api/accounts/service_account_body.h"

#include "api/list_length.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
    NAME_MAX_BYTES = 63,
    EXPIRES_IN_DAYS = 90, /* by default */
};

/* One item of the list of scopes. */
struct scope_item {
    const char *scope, *effect;
};

// clang-format off
static const struct field scope_item_fields[] = {
    FIELD(struct scope_item, scope,  REQUIRED, .doc = "The scope."),
    FIELD(struct scope_item, effect, OPTIONAL, .doc = "allow, which is also the default: the scopes of a token are grants."),
    FIELDS_END,
};

const struct field service_account_fields[] = {
    FIELD(struct account_body, name,                    REQUIRED, .doc = "The name in listings and in the audit: 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or a digit. The account acts as sa:NAME."),
    FIELD(struct account_body, scopes,                  OPTIONAL, .shape = SHAPE_LIST, .items = scope_item_fields,
          .doc = "A list of objects {scope}. Without it: agents:run, teams:run, workflows:run, sessions:read and config:read."),
    FIELD(struct account_body, expires_in_days,         OPTIONAL, .doc = "The lifetime in days: 1 to 3650; 90 without it."),
    FIELD(struct account_body, never_expires,           OPTIONAL, .doc = "true: the account lasts until it is revoked."),
    FIELD(struct account_body, allow_privileged_scopes, OPTIONAL, .doc = "true: consents to scopes that write, delete or administer."),
    FIELDS_END,
};

/* The scopes of an account whose body lists none. */
static const char *const default_scopes[] = {
    "agents:run", "teams:run", "workflows:run", "sessions:read", "config:read",
};
// clang-format on

/* ---- the single members ---- */

/* Returns whether the name matches ^[a-z0-9][a-z0-9_-]{0,62}$. */
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

/* Adds a problem unless the name is valid. Clients expect the empty object in `ctx`. */
static void check_name(const char *name, struct problems *problems)
{
    ensure(name != NULL); /* the member is REQUIRED */
    if (name_is_valid(str_of(name)))
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

/* Adds a problem unless the lifetime is 1 to EXPIRY_MAX_DAYS days. */
static void check_days(int64_t days, arena *a, struct problems *problems)
{
    bool is_short = days < 1;
    int limit = is_short ? 1 : EXPIRY_MAX_DAYS;

    if (!is_short && days <= EXPIRY_MAX_DAYS)
        return;
    problems_add(problems, &(struct problem){
                               .type = is_short ? "greater_than_equal" : "less_than_equal",
                               .where = "body",
                               .name = "expires_in_days",
                               .message = arena_printf(a, "Input should be %s than or equal to %d",
                                                       is_short ? "greater" : "less", limit),
                               .input_raw = arena_printf(a, "%lld", (long long)days),
                               .ctx = arena_printf(a, "{\"%s\":%d}", is_short ? "ge" : "le", limit),
                           });
}

/* ---- the list of scopes ---- */

/* Adds a copy of the problem, placed at item i or at the named member of it. */
static void add_item_problem(struct problems *problems, size_t i, const char *member,
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

/* Adds a problem for item i, which has no valid scope. */
static void refuse_scope(const json_t *item, size_t i, struct problems *problems)
{
    const json_t *scope = json_object_get(item, "scope");
    struct problem problem = { .type = "string_type",
                               .message = "Input should be a valid string",
                               .input_json = scope };

    if (!json_is_object(item))
        problem = (struct problem){
            .type = "model_attributes_type",
            .message = "Input should be a valid dictionary or object to extract fields from",
            .input_json = item
        };
    else if (scope == NULL)
        problem =
            (struct problem){ .type = "missing", .message = "Field required", .input_json = item };
    add_item_problem(problems, i, json_is_object(item) ? "scope" : NULL, &problem);
}

/* Returns the item's scope, owned by the item. Returns NULL and adds a problem if it has none. */
static const char *read_scope(const json_t *item, size_t i, struct problems *problems)
{
    const json_t *scope = json_object_get(item, "scope");

    if (json_is_string(scope))
        return json_string_value(scope);
    refuse_scope(item, i, problems);
    return NULL;
}

/* Adds a problem for an unknown effect of item i. */
static void refuse_effect(const json_t *effect, size_t i, struct problems *problems)
{
    const struct problem problem = {
        .type = "literal_error",
        .message = "Input should be 'allow' or 'deny'",
        .input_json = effect,
        .ctx = "{\"expected\":\"'allow' or 'deny'\"}",
    };

    add_item_problem(problems, i, "effect", &problem);
}

/* Adds a problem for a scope with the effect "deny", which is not supported. */
static void refuse_deny_effect(const json_t *list, const char *scope, arena *a,
                               struct problems *problems)
{
    const struct problem problem = {
        .type = "value_error",
        .where = "body",
        .name = "scopes",
        .message = arena_printf(a,
                                "Value error, Token scopes are grants: effect must be 'allow' "
                                "(got 'deny' for " QUOTED ")",
                                QUOTE(str_of(scope))),
        .input_json = list,
        .ctx = "{\"error\":{}}",
    };

    problems_add(problems, &problem);
}

/* Adds a problem if item i has an effect other than "allow". `scope` is NULL if invalid. */
static void check_effect(const json_t *list, size_t i, const char *scope, arena *a,
                         struct problems *problems)
{
    ensure(i < json_array_size(list));

    const json_t *effect = json_object_get(json_array_get(list, i), "effect");
    str text = str_of(json_string_value(effect)); /* empty if not a string */

    if (effect == NULL || str_equal(text, STR("allow")))
        return;
    if (!str_equal(text, STR("deny")))
        refuse_effect(effect, i, problems);
    else if (scope != NULL)
        refuse_deny_effect(list, scope, a, problems);
}

/* Adds a problem if the list has more than SCOPES_MAX items. */
static void check_scope_count(const json_t *list, arena *a, struct problems *problems)
{
    size_t count = json_array_size(list);

    if (count > SCOPES_MAX)
        refuse_long_list("scopes", SCOPES_MAX, count, a, problems);
}

/* Adds a problem if the scopes exceed ACCOUNT_SCOPES_MAX_BYTES together. */
static void check_scope_bytes(const struct account_body *body, struct problems *problems)
{
    size_t bytes = 0;

    ensure(body->scope_count <= SCOPES_MAX);
    for (size_t i = 0; i < body->scope_count; i++)
        bytes += body->scope_texts[i] != NULL ? strlen(body->scope_texts[i]) : 0;
    if (bytes > ACCOUNT_SCOPES_MAX_BYTES)
        problems_add(problems, &(struct problem){
                                   .type = "value_error",
                                   .where = "body",
                                   .name = "scopes",
                                   .message = "Value error, All scopes together must have at most "
                                              "8192 bytes",
                                   .ctx = "{\"error\":{}}",
                               });
}

/* Validates the list of scopes and copies it to the arena. An invalid item leaves NULL. */
static void read_scopes(struct account_body *body, arena *a, struct problems *problems)
{
    ensure(body->scopes != NULL);

    const json_t *list = body->scopes;
    size_t count = json_array_size(list);

    check_scope_count(list, a, problems);
    if (problems->count > 0)
        return;
    body->scope_texts = arena_array(a, count, sizeof(*body->scope_texts));
    for (size_t i = 0; i < count; i++) {
        const char *scope = read_scope(json_array_get(list, i), i, problems);

        check_effect(list, i, scope, a, problems);
        body->scope_texts[i] = arena_copy_text(a, scope);
    }
    body->scope_count = count;
    check_scope_bytes(body, problems);
}

/* Sets the default scopes. */
static void set_default_scopes(struct account_body *body, arena *a)
{
    size_t count = COUNT(default_scopes);

    ensure(body->scope_count == 0 && body->scope_texts == NULL);
    body->scope_texts = arena_alloc(a, count * sizeof(*body->scope_texts));
    for (size_t i = 0; i < count; i++)
        body->scope_texts[i] = default_scopes[i];
    body->scope_count = count;
}

void service_account_body_init(struct account_body *body)
{
    *body = (struct account_body){ .expires_in_days = EXPIRES_IN_DAYS };
}

/* Checks every member, so that one answer lists all problems. */
bool service_account_body_check(struct account_body *body, arena *a, struct problems *problems)
{
    ensure(problems->count == 0);
    ensure(body->scope_texts == NULL); /* it is checked once */
    check_name(body->name, problems);
    check_days(body->expires_in_days, a, problems);
    if (body->scopes != NULL)
        read_scopes(body, a, problems);
    else
        set_default_scopes(body, a);
    body->name = arena_copy_text(a, body->name);
    body->scopes = NULL;
    return problems->count == 0;
}
