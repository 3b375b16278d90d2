/* Converts a provider's scopes to the form that this server uses. Claims that cannot be read grant
 * nothing. */
#include "auth/token/scope_shape.h"

#include "auth/scope/scope.h"
#include "base/limits.h"

struct scopes {
    str *all;
    size_t count;
};

static struct scopes copy_scopes(const struct principal *principal, arena *a)
{
    struct scopes out = { arena_alloc(a, SCOPES_MAX * sizeof(str)), 0 };

    for (size_t i = 0; i < principal->scope_count && i < SCOPES_MAX; i++)
        out.all[out.count++] = principal->scopes[i];
    return out;
}

/* ---- a prefix ---- */

static void cut_prefix(struct scopes *scopes, str prefix)
{
    size_t kept = 0;

    for (size_t i = 0; i < scopes->count; i++)
        if (str_starts(scopes->all[i], prefix))
            scopes->all[kept++] = str_from(scopes->all[i], prefix.len);
    scopes->count = kept;
}

/* ---- narrowing ---- */

/* Is text among the words, which are a text with blanks or a list of texts? */
static bool names(const json_t *words, str text)
{
    const json_t *item;
    size_t i;

    for (str rest = { json_string_value(words), json_string_length(words) }; rest.len > 0;)
        if (str_equal(str_split(&rest, ' '), text))
            return true;
    json_array_foreach(
        words, i, item) if (json_is_string(item) &&
                            str_equal((str){ json_string_value(item), json_string_length(item) },
                                      text)) return true;
    return false;
}

static bool speaks_of_ours(str words)
{
    struct scope parsed;

    while (words.len > 0)
        if (scope_parse(str_split(&words, ' '), &parsed))
            return true;
    return false;
}

/* A client that asked only for "openid profile" has said nothing of our scopes, and keeps all of
 * the user's; one that has named some of them gets no more than these. */
static void narrow(struct scopes *scopes, const json_t *to)
{
    size_t kept = 0;

    if (!json_is_array(to) &&
        !speaks_of_ours((str){ json_string_value(to), json_string_length(to) }))
        return;
    for (size_t i = 0; i < scopes->count; i++)
        if (names(to, scopes->all[i]))
            scopes->all[kept++] = scopes->all[i];
    scopes->count = kept;
}

/* ---- packed permissions ---- */

/* "o:agents" or "ou:agents" -> "agents"; empty: a feature of the user alone. */
static str feature_name(str feature)
{
    str holder = str_split(&feature, ':');

    return str_has(holder, 'o') ? str_trim(feature) : STR("");
}

static void add_packed(struct scopes *scopes, arena *a, str feature, str permissions, int64_t mask)
{
    for (unsigned bit = 0; permissions.len > 0; bit++) {
        str permission = str_trim(str_split(&permissions, ','));

        if (bit < 63 && (mask >> bit & 1) == 1 && permission.len > 0 && feature.len > 0 &&
            scopes->count < SCOPES_MAX) {
            const char *text = arena_printf(a, "%.*s:%.*s", (int)feature.len, feature.ptr,
                                            (int)permission.len, permission.ptr);
            scopes->all[scopes->count++] = str_of(text);
        }
    }
}

static str member(const json_t *object, const char *name)
{
    return str_of(json_text(object, name));
}

/* Clerk's version 2: `fea` lists features, `o.per` permissions, and the i-th number of `o.fpm` says
 * by its bits which of these the i-th feature of the organization has. */
static void unpack(struct scopes *scopes, const json_t *claims, arena *a)
{
    const json_t *organization = json_object_get(claims, "o");
    str features = member(claims, "fea"), masks = member(organization, "fpm");

    while (features.len > 0 && masks.len > 0) {
        str feature = feature_name(str_trim(str_split(&features, ',')));
        int64_t mask = 0;

        if (feature.len == 0)
            continue;
        if (str_to_int(str_trim(str_split(&masks, ',')), &mask) && mask > 0)
            add_packed(scopes, a, feature, member(organization, "per"), mask);
    }
}

void scope_shape_apply(const struct scope_shape *shape, const json_t *claims, arena *a,
                       struct principal *principal)
{
    const json_t *narrowing = claims_first(&shape->narrowing, claims);

    if (shape->prefix == NULL && narrowing == NULL && !shape->packs_permissions)
        return;
    struct scopes scopes = copy_scopes(principal, a);
    if (shape->prefix != NULL)
        cut_prefix(&scopes, str_of(shape->prefix));
    if (shape->packs_permissions)
        unpack(&scopes, claims, a);
    if (narrowing != NULL)
        narrow(&scopes, narrowing);
    principal->scopes = scopes.all;
    principal->scope_count = scopes.count;
}
