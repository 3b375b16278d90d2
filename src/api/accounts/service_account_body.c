/* The body of POST /service-accounts, read and checked: the name, the term and the scopes. */
#include "api/accounts/service_account_body.h"

#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
    NAME_MAX_BYTES = 63,
    EXPIRES_IN_DAYS = 90, /* the term of an account whose body names none */
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

/* The scopes of an account whose body names none: to run, and to read the results. */
static const char *const default_scopes[] = {
    "agents:run", "teams:run", "workflows:run", "sessions:read", "config:read",
};
// clang-format on

/* ---- the single members ---- */

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

/* Adds a problem unless the name is valid; NULL, which is a problem already, is left alone. The
 * empty object in `ctx` is what clients of the contract get for every value_error. */
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

/* Adds a problem unless the term is of 1 to EXPIRY_MAX_DAYS days. */
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

/* ---- the list of scopes ---- */

/* Adds a problem of the item at i, or of its member if that is not NULL. */
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

/* The text of the item's scope, owned by the item; NULL if it has none, and a problem is added. */
static const char *read_scope(const json_t *item, size_t i, struct problems *problems)
{
    const json_t *scope = json_object_get(item, "scope");

    if (!json_is_object(item))
        add_item_problem(problems, i, NULL,
                         &(struct problem){ .type = "model_attributes_type",
                                            .message =
                                                "Input should be a valid dictionary or object to "
                                                "extract fields from",
                                            .input_json = item });
    else if (scope == NULL)
        add_item_problem(problems, i, "scope",
                         &(struct problem){
                             .type = "missing", .message = "Field required", .input_json = item });
    else if (!json_is_string(scope))
        add_item_problem(problems, i, "scope",
                         &(struct problem){ .type = "string_type",
                                            .message = "Input should be a valid string",
                                            .input_json = scope });
    return json_string_value(scope);
}

/* Adds a problem if the item's effect is anything but "allow": a token's scopes are grants, and
 * cannot deny anything. scope NULL: the item has a problem already, and a denial adds none. */
static void check_effect(const json_t *list, size_t i, const char *scope, arena *a,
                         struct problems *problems)
{
    const json_t *effect = json_object_get(json_array_get(list, i), "effect");
    const char *text = json_string_value(effect);

    if (effect == NULL || (text != NULL && strcmp(text, "allow") == 0))
        return;
    if (text == NULL || strcmp(text, "deny") != 0)
        add_item_problem(problems, i, "effect",
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

/* Adds a problem if the list has more than SCOPES_MAX items. */
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

/* Adds a problem if the scopes have more than ACCOUNT_SCOPES_MAX_BYTES together: the database's
 * writer reads those of all accounts at each change, and a page of the list shows a hundred. */
static void check_size(const struct account_body *body, struct problems *problems)
{
    size_t size = 0;

    for (size_t i = 0; i < body->scope_count; i++)
        size += body->scope_texts[i] != NULL ? strlen(body->scope_texts[i]) : 0;
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

/* Copies each item's scope to the arena and adds a problem for each item that is not valid; its
 * text is then NULL. A list that is too long, or comes after another problem, is not read. */
static void read_scopes(struct account_body *body, arena *a, struct problems *problems)
{
    const json_t *list = body->scopes;
    size_t count = json_array_size(list);

    ensure(list != NULL);
    check_count(list, a, problems);
    if (problems->count > 0)
        return;
    body->scope_texts = arena_alloc(a, (count + 1) * sizeof(*body->scope_texts));
    for (size_t i = 0; i < count; i++) {
        const char *scope = read_scope(json_array_get(list, i), i, problems);

        check_effect(list, i, scope, a, problems);
        body->scope_texts[body->scope_count++] = arena_copy_text(a, scope);
    }
    check_size(body, problems);
}

static void take_default_scopes(struct account_body *body, arena *a)
{
    size_t count = COUNT(default_scopes);

    ensure(body->scope_count == 0);
    body->scope_texts = arena_alloc(a, count * sizeof(*body->scope_texts));
    for (size_t i = 0; i < count; i++)
        body->scope_texts[i] = default_scopes[i];
    body->scope_count = count;
}

bool service_account_body_read(const struct request *request, arena *a, struct account_body *body,
                               struct problems *problems)
{
    AUTO(arena) *parsed = arena_new();
    const json_t *object;

    ensure(problems->count == 0);
    *body = (struct account_body){ .expires_in_days = EXPIRES_IN_DAYS };
    if (!body_parse_required(request, parsed, &object, problems) ||
        !fields_read(service_account_fields, object, body, "body", problems))
        return false;
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
