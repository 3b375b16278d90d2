/* Reads the verified claims of a token into a principal. */
#include "auth/token/claims.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/jwt.h"

/* Returns the first listed claim that is not null, or NULL. Sets *found_by to its path. */
static const json_t *find_first(const struct claim_list *list, const json_t *claims,
                                const struct claim_path **found_by)
{
    ensure(list->count == 0 || list->paths != NULL);
    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = claim_path_find(&list->paths[i], claims);

        if (value != NULL && !json_is_null(value)) {
            *found_by = &list->paths[i];
            return value;
        }
    }
    return NULL;
}

const json_t *claims_first(const struct claim_list *list, const json_t *claims)
{
    const struct claim_path *found_by;

    return find_first(list, claims, &found_by);
}

/* ---- lists of names ---- */

/* An array in the arena of views of the claims. */
struct name_list {
    const str *all;
    size_t count;
    bool is_cut; /* there were more than `max` */
};

static struct name_list one_name(arena *a, str text)
{
    str *names = arena_alloc(a, sizeof(*names));

    names[0] = text;
    return (struct name_list){ .all = names, .count = 1 };
}

/* Returns the strings of an array, at most `max`. Skips other items. */
static struct name_list array_names(arena *a, const json_t *array, size_t max)
{
    ensure(json_is_array(array) && max > 0);
    size_t item_count = json_array_size(array);
    size_t capacity = item_count < max ? item_count : max;
    str *names = arena_alloc(a, capacity * sizeof(*names));
    struct name_list list = { .all = names };

    for (size_t i = 0; i < item_count && !list.is_cut; i++) {
        const json_t *item = json_array_get(array, i);

        if (!json_is_string(item))
            continue;
        list.is_cut = list.count == max;
        if (!list.is_cut)
            names[list.count++] = json_view(item);
    }
    ensure(list.count <= capacity);
    return list;
}

/* Returns the names in a claim, which is an array of strings or a single string. */
static struct name_list read_names(arena *a, const json_t *claim, size_t max)
{
    if (json_is_string(claim))
        return one_name(a, json_view(claim));
    if (json_is_array(claim))
        return array_names(a, claim, max);
    return (struct name_list){ .all = NULL };
}

/* Returns the blank-separated words of a text, at most `max`. */
static struct name_list split_names(arena *a, str text, size_t max)
{
    size_t word_count = 1; /* including empty ones */

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ' ')
            word_count++;

    size_t capacity = word_count < max ? word_count : max;
    str *names = arena_alloc(a, capacity * sizeof(*names));
    struct name_list list = { .all = names };

    while (text.len > 0 && !list.is_cut) {
        str name = str_split(&text, ' ');

        if (name.len == 0)
            continue;
        list.is_cut = list.count == max;
        if (!list.is_cut)
            names[list.count++] = name;
    }
    ensure(text.len == 0 || list.is_cut);
    return list;
}

/* Returns whether a string in this claim is a blank-separated list of scopes. */
static bool is_splittable(const struct principal_rules *rules, const struct claim_path *path)
{
    ensure(path->count > 0 && path->count <= CLAIM_PATH_MAX);
    const char *name = path->names[path->count - 1];

    if (rules->scope_strings != SCOPE_STRINGS_BY_NAME)
        return rules->scope_strings == SCOPE_STRINGS_SPLIT;
    return strcmp(name, "scope") == 0 || strcmp(name, "scp") == 0;
}

/* Returns the scopes in the first listed claim that is present, at most SCOPES_MAX. */
static struct name_list read_scopes(arena *a, const json_t *claims,
                                    const struct principal_rules *rules)
{
    const struct claim_path *found_by = NULL;
    const json_t *claim = find_first(&rules->scopes, claims, &found_by);

    if (json_is_string(claim) && is_splittable(rules, found_by))
        return split_names(a, json_view(claim), SCOPES_MAX);
    return read_names(a, claim, SCOPES_MAX);
}

/* ---- single claims ---- */

/* Returns the user in the first listed claim, or NULL. verify.c rejects malformed users. */
static const char *read_user(const struct claim_list *list, const json_t *claims)
{
    const char *id = json_string_value(claims_first(list, claims));

    if (id == NULL || !user_id_is_valid(str_of(id)))
        return NULL;
    return id;
}

/* Returns the id in the first listed claim, or NULL if it is not acceptable. */
static const char *read_id(const struct claim_list *list, const json_t *claims)
{
    const char *id = json_string_value(claims_first(list, claims));

    if (id == NULL || !id_is_acceptable(str_of(id)))
        return NULL;
    return id;
}

/* Returns when the token expires, or 0 for never. Truncates a fraction (RFC 7519 §2). */
static int64_t read_expiry(const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");
    double seconds = json_number_value(exp);

    ensure(seconds >= 0 && seconds <= (double)NUMERIC_DATE_MAX); /* jwt_check accepted it */
    return json_is_real(exp) ? (int64_t)seconds : json_integer_value(exp);
}

/* ---- claims that are handed on ---- */

/* Releases a JSON value. Takes void * for arena_defer. */
static void release_json(void *value)
{
    json_decref(value);
}

/* Returns an object with a copy of each listed claim that is present, or NULL if none is. */
static const json_t *copy_claims(const struct claim_list *list, const json_t *claims, arena *a)
{
    json_t *object = NULL;

    ensure(list->count == 0 || list->paths != NULL);
    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = claim_path_find(&list->paths[i], claims);

        if (value == NULL)
            continue;
        if (object == NULL) {
            object = json_object();
            arena_defer(a, release_json, object);
        }
        if (json_object_set_new(object, list->paths[i].text, json_deep_copy(value)) != 0)
            abort(); /* out of memory */
    }
    return object;
}

/* Sets the issuer, the ids and the expiry of the principal. */
static void read_identity(const json_t *claims, const struct principal_rules *rules,
                          struct principal *out)
{
    out->issuer = "";
    if (rules->keeps_issuer)
        out->issuer = json_text(claims, "iss");
    ensure(out->issuer != NULL); /* jwt_check accepted the iss of a listed issuer */
    out->user_id = read_user(&rules->user_id, claims);
    out->session_id = read_id(&rules->session_id, claims);
    out->tenant = read_id(&rules->tenant, claims);
    out->expires_at = read_expiry(claims);
}

/* Sets the scopes and the roles in the claims, converted as the rules require. */
static void set_scopes(const json_t *claims, const struct principal_rules *rules, arena *a,
                       struct principal *out)
{
    ensure(rules->admin_scope != NULL && rules->admin_scope[0] != '\0'); /* a token may hold "" */
    struct name_list scopes = read_scopes(a, claims, rules);
    struct name_list roles = read_names(a, claims_first(&rules->roles, claims), ROLES_MAX);

    out->scopes = scopes.all;
    out->scope_count = scopes.count;
    out->roles = roles.all;
    out->role_count = roles.count;
    out->is_cut = scopes.is_cut || roles.is_cut;
    scope_shape_apply(&rules->shape, claims, a, out);
    principal_set_scopes(out, a, out->scopes, out->scope_count);
    out->is_admin = !rules->is_unverified && principal_holds_text(out, str_of(rules->admin_scope));
}

/* Reads the claims, which *out borrows. Without claims, the principal has no user and no scopes. */
void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out)
{
    *out = (struct principal){
        .kind = PRINCIPAL_TOKEN,
        .unscoped = rules->unscoped,
        .is_unverified = rules->is_unverified,
        .claims = claims,
    };
    read_identity(claims, rules, out);
    out->dependencies = copy_claims(&rules->dependencies, claims, a);
    out->session_state = copy_claims(&rules->session_state, claims, a);
    set_scopes(claims, rules, a, out);
    ensure(out->issuer != NULL);
}
