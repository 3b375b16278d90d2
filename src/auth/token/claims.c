/* Reads the claims of a token into a principal (the caller's identity and scopes), by the claim
 * names in the configuration. verify.c has already checked the claims. */
#include "auth/token/claims.h"

#include "base/limits.h"

/* A claim and, of a list, the path that it was found by. */
static const json_t *find_first(const struct claim_list *list, const json_t *claims,
                                const struct claim_path **by)
{
    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = claim_path_find(&list->paths[i], claims);

        *by = &list->paths[i];
        if (value != NULL && !json_is_null(value))
            return value;
    }
    return NULL;
}

const json_t *claims_first(const struct claim_list *list, const json_t *claims)
{
    const struct claim_path *by;

    return find_first(list, claims, &by);
}

/* ---- lists of names ---- */

struct names {
    const str *all;
    size_t count;
};

/* The strings of an array, or one string; of other types, also inside the array, there are none. */
static struct names read_names(arena *a, const json_t *claim, size_t max)
{
    size_t count = json_is_array(claim) ? json_array_size(claim) : json_is_string(claim) ? 1 : 0;
    str *names = arena_alloc(a, (count < max ? count : max) * sizeof(*names));
    struct names out = { names, 0 };

    for (size_t i = 0; i < count && out.count < max; i++) {
        const json_t *name = json_is_array(claim) ? json_array_get(claim, i) : claim;

        if (json_is_string(name))
            names[out.count++] = json_view(name);
    }
    return out;
}

static struct names split_names(arena *a, str text, size_t max)
{
    size_t most = 1;

    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == ' ';

    str *names = arena_alloc(a, (most < max ? most : max) * sizeof(*names));
    struct names out = { names, 0 };

    while (text.len > 0 && out.count < max) {
        str name = str_split(&text, ' ');

        if (name.len > 0)
            names[out.count++] = name;
    }
    return out;
}

/* Does a text under this name hold several? */
static bool is_splittable(const struct principal_rules *rules, const struct claim_path *path)
{
    const char *name = path->names[path->count - 1];

    if (rules->scope_strings != SCOPE_STRINGS_BY_NAME)
        return rules->scope_strings == SCOPE_STRINGS_SPLIT;
    return strcmp(name, "scope") == 0 || strcmp(name, "scp") == 0;
}

static struct names read_scopes(arena *a, const json_t *claims, const struct principal_rules *rules)
{
    const struct claim_path *by = NULL;
    const json_t *claim = find_first(&rules->scopes, claims, &by);

    return json_is_string(claim) && is_splittable(rules, by)
               ? split_names(a, json_view(claim), SCOPES_MAX)
               : read_names(a, claim, SCOPES_MAX);
}

/* ---- single claims ---- */

/* What is no id has been refused where it matters; of a tenant it counts as absent. */
static const char *read_id(const struct claim_list *list, const json_t *claims)
{
    const char *id = json_string_value(claims_first(list, claims));

    return id != NULL && id_is_acceptable(str_of(id)) ? id : NULL;
}

/* A NumericDate may have a fraction (RFC 7519 §2): cut off, which is the careful side. */
static int64_t read_expiry(const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");

    return json_is_real(exp) ? (int64_t)json_real_value(exp) : json_integer_value(exp);
}

/* ---- claims that are handed on ---- */

static void release(void *value)
{
    json_decref(value);
}

/* {claim: value} of those that are there; NULL: none is. A copy, since claims are immutable. */
static const json_t *collect(const struct claim_list *list, const json_t *claims, arena *a)
{
    json_t *object = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = claim_path_find(&list->paths[i], claims);

        if (value == NULL)
            continue;
        if (object == NULL) {
            object = json_object();
            arena_defer(a, release, object);
        }
        if (json_object_set_new(object, list->paths[i].text, json_deep_copy(value)) != 0)
            abort(); /* memory only: a path's text is UTF-8 */
    }
    return object;
}

void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out)
{
    struct names scopes = read_scopes(a, claims, rules);
    struct names roles = read_names(a, claims_first(&rules->roles, claims), ROLES_MAX);

    *out = (struct principal){
        .kind = PRINCIPAL_TOKEN,
        .issuer = rules->keeps_issuer ? json_text(claims, "iss") : "",
        .user_id = read_id(&rules->user_id, claims),
        .session_id = read_id(&rules->session_id, claims),
        .tenant = read_id(&rules->tenant, claims),
        .scopes = scopes.all,
        .scope_count = scopes.count,
        .roles = roles.all,
        .role_count = roles.count,
        .unscoped = rules->unscoped,
        .is_unverified = rules->is_unverified,
        .expires_at = read_expiry(claims),
        .claims = claims,
        .dependencies = collect(&rules->dependencies, claims, a),
        .session_state = collect(&rules->session_state, claims, a),
    };
    scope_shape_apply(&rules->shape, claims, a, out);
    principal_give(out, a, out->scopes, out->scope_count);
    out->is_admin = !rules->is_unverified && principal_holds_text(out, str_of(rules->admin_scope));
}
