/* The principal of a verified token, with a reference count. */
#include "auth/token/verified.h"

#include <stdatomic.h>

#include "base/ensure.h"

struct verified {
    struct principal principal;
    int64_t valid_until_s;  /* with leeway; 0 for unlimited */
    struct key_stamp stamp; /* of the keys that verified it */
    atomic_size_t references;
    arena *own; /* this object lives in it */
};

/* Returns the first reference. The object lives in `own` and frees it with the last reference. */
struct verified *verified_new_take(arena *own, const json_t *claims,
                                   const struct principal_rules *rules, struct key_stamp stamp)
{
    ensure(own != NULL && rules->leeway_s >= 0);
    struct verified *verified = arena_alloc(own, sizeof(*verified));

    claims_read(claims, rules, own, &verified->principal);
    if (verified->principal.expires_at > 0)
        verified->valid_until_s = verified->principal.expires_at + rules->leeway_s;
    atomic_init(&verified->references, 1);
    verified->stamp = stamp;
    verified->own = own;
    return verified;
}

/* Removes the scopes that exceed the ceiling. Must be called before the object is shared. */
void verified_limit(struct verified *verified, const struct ceiling *ceiling,
                    struct explanation *why)
{
    ensure(atomic_load(&verified->references) == 1); /* no other thread can see the change */
    verified->principal = *ceiling_apply(ceiling, &verified->principal, verified->own, why);
}

struct verified *verified_ref(struct verified *verified)
{
    size_t before = atomic_fetch_add_explicit(&verified->references, 1, memory_order_relaxed);

    ensure(before > 0);
    return verified;
}

/* Releases a reference. The last one frees the object. NULL is allowed. */
void verified_unref(struct verified *verified)
{
    if (verified == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&verified->references, 1, memory_order_acq_rel);

    ensure(before > 0);
    if (before == 1)
        arena_free(verified->own); /* verified itself is in it */
}

void verified_release(void *verified)
{
    verified_unref(verified);
}

const struct principal *verified_principal(const struct verified *verified)
{
    return &verified->principal;
}

/* Returns whether the token has not expired and its issuer's keys have not changed. */
bool verified_is_current(const struct verified *verified, int64_t now_s)
{
    bool has_expired = verified->valid_until_s > 0 && now_s >= verified->valid_until_s;

    return !has_expired && key_stamp_holds(&verified->stamp);
}
