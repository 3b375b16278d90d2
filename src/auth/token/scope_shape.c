/* Converts a provider's scopes to RESOURCE:ACTION. Unreadable claims grant nothing. */
#include "auth/token/scope_shape.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

/* The scopes of a token during conversion. */
struct scope_list {
    str *all; /* has room for SCOPES_MAX */
    size_t count;
    bool is_cut; /* there were more than SCOPES_MAX */
};

/* Returns a modifiable copy of the principal's scopes. */
static struct scope_list copy_scopes(const struct principal *principal, arena *a)
{
    ensure(principal->scope_count <= SCOPES_MAX);
    struct scope_list out = { .all = arena_alloc(a, SCOPES_MAX * sizeof(str)),
                              .count = principal->scope_count };

    for (size_t i = 0; i < out.count; i++)
        out.all[i] = principal->scopes[i];
    return out;
}

/* ---- a prefix ---- */

/* Removes the prefix from each scope and drops scopes without it. */
static void cut_prefix(struct scope_list *scopes, str prefix)
{
    size_t kept = 0;

    for (size_t i = 0; i < scopes->count; i++)
        if (str_starts(scopes->all[i], prefix))
            scopes->all[kept++] = str_from(scopes->all[i], prefix.len);
    scopes->count = kept;
}

/* ---- narrowing ---- */

/* Returns whether the scope is a word of a blank-separated text. */
static bool is_word_of(str text, str scope)
{
    while (text.len > 0)
        if (str_equal(str_split(&text, ' '), scope))
            return true;
    return false;
}

/* Returns whether the claim, a string of words or an array of strings, contains this scope. */
static bool claim_names_scope(const json_t *claim, str scope)
{
    if (json_is_string(claim))
        return is_word_of(json_view(claim), scope);
    for (size_t i = 0; i < json_array_size(claim); i++) {
        const json_t *item = json_array_get(claim, i);

        if (json_is_string(item) && str_equal(json_view(item), scope))
            return true;
    }
    return false;
}

/* Returns whether a word has the form of a scope. */
static bool has_scope(str words)
{
    struct scope parsed;

    while (words.len > 0)
        if (scope_parse(str_split(&words, ' '), &parsed))
            return true;
    return false;
}

/* Keeps only the scopes that the claim contains. A string without any scope removes none. */
static void narrow_scopes(struct scope_list *scopes, const json_t *claim)
{
    size_t kept = 0;

    ensure(claim != NULL);
    if (!json_is_array(claim) && !has_scope(json_view(claim)))
        return;
    for (size_t i = 0; i < scopes->count; i++)
        if (claim_names_scope(claim, scopes->all[i]))
            scopes->all[kept++] = scopes->all[i];
    scopes->count = kept;
}

/* ---- packed permissions ---- */

enum { MASK_BITS = 63 }; /* of a positive int64_t */

/* Returns the name of an organization's feature ("agents" for "o:agents"), or "". */
static str organization_feature(str feature)
{
    str holder = str_split(&feature, ':');

    return str_has(holder, 'o') ? str_trim(feature) : STR("");
}

/* Appends FEATURE:PERMISSION for each permission whose bit is set in the mask, up to SCOPES_MAX. */
static void add_permissions(struct scope_list *scopes, arena *a, str feature, str permissions,
                            int64_t mask)
{
    ensure(feature.len > 0 && mask > 0);
    for (unsigned bit = 0; bit < MASK_BITS && permissions.len > 0; bit++) {
        str permission = str_trim(str_split(&permissions, ','));
        bool is_set = (mask >> bit & 1) == 1;

        if (!is_set || permission.len == 0)
            continue;
        scopes->is_cut = scopes->count == SCOPES_MAX;
        if (scopes->is_cut)
            return;
        const char *text = arena_printf(a, "%.*s:%.*s", (int)feature.len, feature.ptr,
                                        (int)permission.len, permission.ptr);
        scopes->all[scopes->count++] = str_of(text);
    }
}

/* Returns a string member of the object, or "". */
static str text_member(const json_t *object, const char *name)
{
    return str_of(json_text(object, name));
}

/* Unpacks the scopes of a Clerk session token (version 2): `fea`, `o.per` and `o.fpm`. */
static void unpack_permissions(struct scope_list *scopes, const json_t *claims, arena *a)
{
    const json_t *organization = json_object_get(claims, "o");
    str permissions = text_member(organization, "per");
    str features = text_member(claims, "fea"), masks = text_member(organization, "fpm");

    while (features.len > 0 && masks.len > 0) {
        str feature = organization_feature(str_trim(str_split(&features, ',')));
        int64_t mask = 0;

        if (feature.len == 0) /* o.fpm has no number for a user's feature */
            continue;
        if (str_to_int(str_trim(str_split(&masks, ',')), &mask) && mask > 0)
            add_permissions(scopes, a, feature, permissions, mask);
    }
    ensure(scopes->count <= SCOPES_MAX);
}

/* Converts the principal's scopes, if the shape requires it. */
void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal)
{
    const json_t *narrowing = claims_first(&shape->narrowing, claims);

    ensure(principal->held == NULL); /* principal_set_scopes comes afterwards */
    if (shape->prefix == NULL && narrowing == NULL && !shape->packs_permissions)
        return;
    struct scope_list scopes = copy_scopes(principal, a);
    if (shape->prefix != NULL)
        cut_prefix(&scopes, str_of(shape->prefix));
    if (shape->packs_permissions)
        unpack_permissions(&scopes, claims, a);
    if (narrowing != NULL)
        narrow_scopes(&scopes, narrowing);
    principal->scopes = scopes.all;
    principal->scope_count = scopes.count;
    principal->is_cut = principal->is_cut || scopes.is_cut;
}
