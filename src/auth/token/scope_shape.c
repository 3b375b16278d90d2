/* Converts a provider's scopes to the form that this server uses. Claims that cannot be read grant
 * nothing. */
#include "auth/token/scope_shape.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

/* The scopes while they are rewritten. */
struct scope_list {
    str *all; /* has room for SCOPES_MAX */
    size_t count;
};

static struct scope_list copy_scopes(const struct principal *principal, arena *a)
{
    struct scope_list out = { arena_alloc(a, SCOPES_MAX * sizeof(str)), principal->scope_count };

    ensure(out.count <= SCOPES_MAX); /* claims_read ignores what is beyond */
    for (size_t i = 0; i < out.count; i++)
        out.all[i] = principal->scopes[i];
    return out;
}

/* ---- a prefix ---- */

/* Cuts the prefix off each scope, and drops the scopes without it. */
static void cut_prefix(struct scope_list *scopes, str prefix)
{
    size_t kept = 0;

    for (size_t i = 0; i < scopes->count; i++)
        if (str_starts(scopes->all[i], prefix))
            scopes->all[kept++] = str_from(scopes->all[i], prefix.len);
    scopes->count = kept;
}

/* ---- narrowing ---- */

/* Is the scope one of the words of a text, which have blanks between them? */
static bool is_word_of(str text, str scope)
{
    while (text.len > 0)
        if (str_equal(str_split(&text, ' '), scope))
            return true;
    return false;
}

/* Does the claim, a text of words or an array of texts, name this scope? */
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

/* Is at least one of the words a scope in form? */
static bool has_scope(str words)
{
    struct scope parsed;

    while (words.len > 0)
        if (scope_parse(str_split(&words, ' '), &parsed))
            return true;
    return false;
}

/* Keeps only the scopes that the claim names. A client that requested "openid profile" has not
 * chosen among this server's scopes, so a text without any scope leaves the user all of theirs. An
 * array always narrows. */
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

/* The name of an organization's feature: "o:agents" and "ou:agents" are "agents". Empty: the
 * feature is the user's alone. */
static str organization_feature(str feature)
{
    str holder = str_split(&feature, ':');

    return str_has(holder, 'o') ? str_trim(feature) : STR("");
}

/* Appends FEATURE:PERMISSION for each listed permission whose bit is set in mask, as far as there
 * is room. */
static void add_permissions(struct scope_list *scopes, arena *a, str feature, str permissions,
                            int64_t mask)
{
    ensure(feature.len > 0 && mask > 0);
    for (unsigned bit = 0; bit < MASK_BITS && permissions.len > 0; bit++) {
        str permission = str_trim(str_split(&permissions, ','));
        bool is_set = (mask >> bit & 1) == 1;

        if (!is_set || permission.len == 0 || scopes->count == SCOPES_MAX)
            continue;
        const char *text = arena_printf(a, "%.*s:%.*s", (int)feature.len, feature.ptr,
                                        (int)permission.len, permission.ptr);
        scopes->all[scopes->count++] = str_of(text);
    }
}

/* The text of a member; empty: it is absent, or not a text. */
static str text_member(const json_t *object, const char *name)
{
    return str_of(json_text(object, name));
}

/* Appends the permissions of Clerk's session tokens, version 2: `fea` lists features, `o.per` lists
 * permissions, and `o.fpm` has a number for each of the organization's features, whose bits select
 * that feature's permissions. */
static void unpack_permissions(struct scope_list *scopes, const json_t *claims, arena *a)
{
    const json_t *organization = json_object_get(claims, "o");
    str permissions = text_member(organization, "per");
    str features = text_member(claims, "fea"), masks = text_member(organization, "fpm");

    while (features.len > 0 && masks.len > 0) {
        str feature = organization_feature(str_trim(str_split(&features, ',')));
        int64_t mask = 0;

        if (feature.len == 0) /* has no number in o.fpm */
            continue;
        if (str_to_int(str_trim(str_split(&masks, ',')), &mask) && mask > 0)
            add_permissions(scopes, a, feature, permissions, mask);
    }
    ensure(scopes->count <= SCOPES_MAX);
}

void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal)
{
    const json_t *narrowing = claims_first(&shape->narrowing, claims);

    ensure(principal->held == NULL); /* principal_give comes afterwards */
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
}
