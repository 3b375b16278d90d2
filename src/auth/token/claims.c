/* Reads the claims of a token into a principal (the caller's identity and scopes), by the claim
 * names in the configuration. verify.c has already checked the claims. */
#include "auth/token/claims.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/jwt.h"

/* The first listed claim that is present and not null, and the path that found it; NULL: none is,
 * and *found_by is unchanged. */
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

/* An array in the arena, whose texts are views of the claims. */
struct name_list {
    const str *all;
    size_t count;
};

/* The strings of an array, or a single string as a list of one. Items of other types are left out,
 * and whatever follows the first `max` strings. */
static struct name_list read_names(arena *a, const json_t *claim, size_t max)
{
    bool is_array = json_is_array(claim);
    size_t item_count = is_array ? json_array_size(claim) : 1;
    size_t capacity = item_count < max ? item_count : max;
    str *names = arena_alloc(a, capacity * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < item_count && count < capacity; i++) {
        const json_t *item = is_array ? json_array_get(claim, i) : claim;

        if (json_is_string(item))
            names[count++] = json_view(item);
    }
    return (struct name_list){ names, count };
}

/* The words of a text with blanks between them, without those that follow the first `max`. */
static struct name_list split_names(arena *a, str text, size_t max)
{
    size_t word_count = 1; /* at most: each blank begins another word, which may be empty */

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == ' ')
            word_count++;

    size_t capacity = word_count < max ? word_count : max;
    str *names = arena_alloc(a, capacity * sizeof(*names));
    size_t count = 0;

    while (text.len > 0 && count < capacity) {
        str name = str_split(&text, ' ');

        if (name.len > 0)
            names[count++] = name;
    }
    ensure(text.len == 0 || count == max); /* only the limit may leave words behind */
    return (struct name_list){ names, count };
}

/* Does a text in this claim hold several scopes with blanks between them? */
static bool is_splittable(const struct principal_rules *rules, const struct claim_path *path)
{
    ensure(path->count > 0 && path->count <= CLAIM_PATH_MAX);
    const char *name = path->names[path->count - 1];

    if (rules->scope_strings != SCOPE_STRINGS_BY_NAME)
        return rules->scope_strings == SCOPE_STRINGS_SPLIT;
    return strcmp(name, "scope") == 0 || strcmp(name, "scp") == 0;
}

/* The scopes as the token has them, at most SCOPES_MAX. The first listed claim that is present
 * decides alone, even if it holds none. */
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

/* The id in the first listed claim that is present; NULL: it is absent, or not an acceptable id. A
 * malformed subject or session has been refused before (verify.c). */
static const char *read_id(const struct claim_list *list, const json_t *claims)
{
    const char *id = json_string_value(claims_first(list, claims));

    return id != NULL && id_is_acceptable(str_of(id)) ? id : NULL;
}

/* When the token expires, in seconds since 1970; 0: it never does. A NumericDate may have a
 * fraction (RFC 7519 §2), which is cut off, so that the token expires too early rather than too
 * late. */
static int64_t read_expiry(const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");
    double seconds = json_number_value(exp);

    ensure(seconds >= 0 && seconds <= (double)NUMERIC_DATE_MAX); /* jwt_check accepted it */
    return json_is_real(exp) ? (int64_t)seconds : json_integer_value(exp);
}

/* ---- claims that are handed on ---- */

/* json_decref, for arena_defer. */
static void release_json(void *value)
{
    json_decref(value);
}

/* The listed claims that are present, copied into an object by their paths' texts, which the arena
 * releases; NULL: none is present. */
static const json_t *copy_claims(const struct claim_list *list, const json_t *claims, arena *a)
{
    json_t *object = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const json_t *value = claim_path_find(&list->paths[i], claims);

        if (value == NULL)
            continue;
        if (object == NULL) {
            object = json_object();
            arena_defer(a, release_json, object);
        }
        if (json_object_set_new(object, list->paths[i].text, json_deep_copy(value)) != 0)
            abort(); /* memory only: a path's text is UTF-8 */
    }
    return object;
}

void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out)
{
    ensure(rules->admin_scope != NULL && rules->admin_scope[0] != '\0'); /* "" may be a scope */
    struct name_list scopes = read_scopes(a, claims, rules);
    struct name_list roles = read_names(a, claims_first(&rules->roles, claims), ROLES_MAX);

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
        .dependencies = copy_claims(&rules->dependencies, claims, a),
        .session_state = copy_claims(&rules->session_state, claims, a),
    };
    scope_shape_apply(&rules->shape, claims, a, out);
    principal_give(out, a, out->scopes, out->scope_count);
    out->is_admin = !rules->is_unverified && principal_holds_text(out, str_of(rules->admin_scope));
}
