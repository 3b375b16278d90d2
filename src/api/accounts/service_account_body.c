/* Checks the members of the body of POST /service-accounts: the name, the lifetime in days and the
 * scopes. Each problem is added to the list of the 422 answer. */
#include "api/accounts/service_account_body.h"

#include "api/list_length.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
    NAME_MAX_BYTES = 63,
    EXPIRES_IN_DAYS = 90, /* the lifetime of an account whose body names none */
};

/* An item of the list of scopes. */
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

/* The scopes of an account whose body names none: to run, and to read the results. */
static const char *const default_scopes[] = {
    "agents:run", "teams:run", "workflows:run", "sessions:read", "config:read",
};
// clang-format on

/* ---- the single members ---- */

/* Whether the name matches ^[a-z0-9][a-z0-9_-]{0,62}$. */
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

/* Adds a problem unless the name is valid. The empty object in `ctx` is what clients of the
 * contract get for every value_error. */
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

/* Adds the problem of the item at i, or of the item's member if `member` is not NULL. The problem
 * given has all but its place; it is copied. */
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

/* Returns the text of the item's scope, owned by the item. Returns NULL and adds a problem if the
 * item has no such text. */
static const char *read_scope(const json_t *item, size_t i, struct problems *problems)
{
    static const char not_object[] =
        "Input should be a valid dictionary or object to extract fields from";
    const json_t *scope = json_object_get(item, "scope");
    struct problem problem = { .input_json = scope };

    if (json_is_string(scope))
        return json_string_value(scope);
    if (!json_is_object(item)) {
        problem.type = "model_attributes_type";
        problem.message = not_object;
        problem.input_json = item;
        add_item_problem(problems, i, NULL, &problem);
        return NULL;
    }
    if (scope == NULL) {
        problem.type = "missing";
        problem.message = "Field required";
        problem.input_json = item;
    } else {
        problem.type = "string_type";
        problem.message = "Input should be a valid string";
    }
    add_item_problem(problems, i, "scope", &problem);
    return NULL;
}

/* Adds the problem that the item at i has an effect that does not exist. */
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

/* Adds the problem that a scope is to be denied: a token's scopes are grants. */
static void refuse_denial(const json_t *list, const char *scope, arena *a,
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

/* Adds a problem if the item at i has an effect other than "allow". `scope` is NULL if the item has
 * a problem already; the effect "deny" then adds none. */
static void check_effect(const json_t *list, size_t i, const char *scope, arena *a,
                         struct problems *problems)
{
    ensure(i < json_array_size(list));

    const json_t *effect = json_object_get(json_array_get(list, i), "effect");
    str text = str_of(json_string_value(effect)); /* empty if it is not a text */

    if (effect == NULL || str_equal(text, STR("allow")))
        return;
    if (!str_equal(text, STR("deny")))
        refuse_effect(effect, i, problems);
    else if (scope != NULL)
        refuse_denial(list, scope, a, problems);
}

/* Adds a problem if the list has more than SCOPES_MAX items. */
static void check_scope_count(const json_t *list, arena *a, struct problems *problems)
{
    size_t count = json_array_size(list);

    if (count > SCOPES_MAX)
        refuse_long_list("scopes", SCOPES_MAX, count, a, problems);
}

/* Adds a problem if the scopes have more than ACCOUNT_SCOPES_MAX_BYTES together. At each change the
 * database's writer reads the scopes of all accounts, and a page of the list shows those of 100. */
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

/* Copies each item's scope to the arena. An item that is not valid adds a problem and leaves NULL
 * in its place. The list is not read if it is too long, or if the body has a problem already. */
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

/* Sets the default scopes. The list is allocated from the arena; its texts are constants. */
static void take_default_scopes(struct account_body *body, arena *a)
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

/* All members are checked, so that one answer lists every problem. Returns false if there is any.
 */
bool service_account_body_check(struct account_body *body, arena *a, struct problems *problems)
{
    ensure(problems->count == 0);
    ensure(body->scope_texts == NULL); /* it is checked once */
    check_name(body->name, problems);
    check_days(body->expires_in_days, a, problems);
    if (body->scopes != NULL)
        read_scopes(body, a, problems);
    else
        take_default_scopes(body, a);
    body->name = arena_copy_text(a, body->name);
    body->scopes = NULL;
    return problems->count == 0;
}
