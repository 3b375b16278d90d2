/* From checked claims to a principal. Trusts the claims: verify.c has checked them. */
#include "auth/verified.h"

#include <stdatomic.h>

#include "auth/user_id.h"
#include "base/limits.h"

struct verified {
    struct principal principal;
    int64_t valid_until_s; /* leeway included; 0: for ever */
    atomic_size_t references;
    arena *own; /* this object lives in it */
};

static str text_of(const json_t *text)
{
    return (str){ json_string_value(text), json_string_length(text) };
}

/* A list, or one string that is one scope (routes.md §2); other types, also inside the list, are
 * none. */
static void read_scopes(struct principal *principal, arena *own, const json_t *claim)
{
    size_t count = json_is_array(claim) ? json_array_size(claim) : json_is_string(claim) ? 1 : 0;

    if (count > SCOPES_MAX)
        count = SCOPES_MAX;

    str *scopes = arena_alloc(own, count * sizeof(*scopes));
    for (size_t i = 0; i < count; i++) {
        const json_t *scope = json_is_array(claim) ? json_array_get(claim, i) : claim;

        if (json_is_string(scope))
            scopes[principal->scope_count++] = text_of(scope);
    }
    principal->scopes = scopes;
}

static bool holds_text(const struct principal *principal, str wanted)
{
    for (size_t i = 0; i < principal->scope_count; i++)
        if (str_equal(principal->scopes[i], wanted))
            return true;
    return false;
}

/* Absent where the claim is something else: the contract has no error for these. */
static const char *read_id(const json_t *claims, const char *name)
{
    const char *id = json_text(claims, name);

    return id != NULL && id_is_acceptable(str_of(id)) ? id : NULL;
}

/* A NumericDate may have a fraction (RFC 7519 §2): cut off, which is the careful side. */
static int64_t read_expiry(const json_t *claims)
{
    const json_t *exp = json_object_get(claims, "exp");

    return json_is_real(exp) ? (int64_t)json_real_value(exp) : json_integer_value(exp);
}

struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules)
{
    struct verified *verified = arena_alloc(own, sizeof(*verified));
    struct principal *principal = &verified->principal;

    *principal = (struct principal){
        .kind = PRINCIPAL_TOKEN,
        .issuer = "",
        .user_id = read_id(claims, "sub"),
        .session_id = read_id(claims, "session_id"),
        .unscoped = rules->unscoped,
        .expires_at = read_expiry(claims),
        .claims = claims,
    };
    read_scopes(principal, own, json_object_get(claims, "scopes"));
    principal->is_admin = holds_text(principal, str_of(rules->admin_scope));
    if (principal->expires_at > 0)
        verified->valid_until_s = principal->expires_at + rules->leeway_s;
    atomic_init(&verified->references, 1);
    verified->own = own;
    return verified;
}

struct verified *verified_ref(struct verified *verified)
{
    (void)atomic_fetch_add_explicit(&verified->references, 1, memory_order_relaxed);
    return verified;
}

void verified_unref(struct verified *verified)
{
    if (verified != NULL &&
        atomic_fetch_sub_explicit(&verified->references, 1, memory_order_acq_rel) == 1)
        arena_free(verified->own);
}

void verified_release(void *verified)
{
    verified_unref(verified);
}

const struct principal *verified_principal(const struct verified *verified)
{
    return &verified->principal;
}

bool verified_is_current(const struct verified *verified, int64_t now_s)
{
    return verified->valid_until_s == 0 || now_s < verified->valid_until_s;
}
