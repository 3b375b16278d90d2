/* Limits what each holder, such as a user, has in use. Any thread may call these functions. */
#include "base/quota.h"

#include <pthread.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/map.h"
#include "base/mem.h"

struct quota {
    pthread_mutex_t lock;
    struct map holders; /* name -> struct holder */
};

struct holder {
    size_t shares;
    struct quota_amount used;
    size_t name_len;
    char name[];
};

struct quota_share {
    struct quota *quota;
    struct holder *holder;
    size_t references;
    struct quota_amount used; /* counted in holder->used as well */
};

struct quota *quota_new(void)
{
    struct quota *quota = mem_zeroed(sizeof(*quota));

    if (pthread_mutex_init(&quota->lock, NULL) != 0)
        abort();
    return quota;
}

void quota_free(struct quota *quota)
{
    if (quota == NULL)
        return;
    ensure(quota->holders.count == 0);
    map_clear(&quota->holders);
    (void)pthread_mutex_destroy(&quota->lock); /* cannot fail: nobody holds it */
    free(quota);
}

/* Finds or creates the holder. Called with the lock held. */
static struct holder *find_or_add_holder(struct quota *quota, str name)
{
    struct holder *holder = map_get(&quota->holders, name);

    if (holder != NULL)
        return holder;
    holder = mem_zeroed(sizeof(*holder) + name.len + 1);
    holder->name_len = name.len;
    if (name.len > 0)
        memcpy(holder->name, name.ptr, name.len);
    (void)map_put(&quota->holders, name, holder); /* there was none */
    return holder;
}

/* Returns a new, empty share of the holder, with one reference. */
struct quota_share *quota_share_new(struct quota *quota, str holder)
{
    struct quota_share *share = mem_zeroed(sizeof(*share));

    share->quota = quota;
    share->references = 1;
    pthread_mutex_lock(&quota->lock);
    share->holder = find_or_add_holder(quota, holder);
    share->holder->shares++;
    pthread_mutex_unlock(&quota->lock);
    return share;
}

struct quota_share *quota_share_ref(struct quota_share *share)
{
    pthread_mutex_lock(&share->quota->lock);
    ensure(share->references > 0);
    share->references++;
    pthread_mutex_unlock(&share->quota->lock);
    return share;
}

/* Returns the share to its holder, which is freed with its last share. Called with the lock
 * held. */
static void return_share(struct quota *quota, const struct quota_share *share)
{
    struct holder *holder = share->holder;

    ensure(holder->shares > 0);
    ensure(holder->used.runs >= share->used.runs && holder->used.bytes >= share->used.bytes);
    holder->used.runs -= share->used.runs;
    holder->used.bytes -= share->used.bytes;
    if (--holder->shares > 0)
        return;
    (void)map_remove(&quota->holders, (str){ holder->name, holder->name_len });
    free(holder);
}

/* Drops a reference. The last one returns the share and frees it. */
void quota_share_unref(void *object)
{
    struct quota_share *share = object;

    if (share == NULL)
        return;
    struct quota *quota = share->quota;
    pthread_mutex_lock(&quota->lock);
    ensure(share->references > 0);
    bool is_last = --share->references == 0;
    if (is_last)
        return_share(quota, share);
    pthread_mutex_unlock(&quota->lock);
    if (is_last)
        free(share);
}

/* Returns whether growing a share from `has` to `wants` exceeds the bound. Avoids sums, which could
 * overflow. */
static bool exceeds(size_t used, size_t has, size_t wants, size_t bound)
{
    ensure(used >= has);
    size_t others = used - has;

    if (wants <= has)
        return false;
    return wants > bound || others > bound - wants;
}

/* Sets what the share uses, or returns the exceeded bound ("runs" or "bytes") and changes
 * nothing. */
const char *quota_share_set(struct quota_share *share, struct quota_amount amount,
                            struct quota_amount bound)
{
    struct quota_amount *used = &share->holder->used, *has = &share->used;
    const char *exceeded = NULL;

    pthread_mutex_lock(&share->quota->lock);
    ensure(share->references > 0);
    if (exceeds(used->runs, has->runs, amount.runs, bound.runs)) {
        exceeded = "runs";
    } else if (exceeds(used->bytes, has->bytes, amount.bytes, bound.bytes)) {
        exceeded = "bytes";
    } else {
        used->runs += amount.runs - has->runs; /* unsigned, so it is right for a decrease too */
        used->bytes += amount.bytes - has->bytes;
        *has = amount;
    }
    pthread_mutex_unlock(&share->quota->lock);
    return exceeded;
}
