/* Counts invalid service-account tokens by client address, in a set-associative table. */
#include "auth/account/failures.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/map.h"
#include "base/mem.h"
#include "http/network.h"

enum { SETS = 1024, WAYS = 4, ADDRESS_BYTES = 16, V6_PREFIX_BYTES = 8 };

struct slot {
    unsigned char client[ADDRESS_BYTES];
    unsigned count; /* 0: free */
    int64_t since_s;
};

struct failures {
    pthread_mutex_t lock; /* guards slots; not taken for valid tokens */
    struct slot slots[SETS][WAYS];
};

/* Creates an empty table, to be freed with failures_free. */
struct failures *failures_new(void)
{
    struct failures *failures = mem_zeroed(sizeof(*failures));
    int error = pthread_mutex_init(&failures->lock, NULL);

    ensure(error == 0);
    return failures;
}

/* Frees the table, which no thread may still use. NULL is allowed. */
void failures_free(struct failures *failures)
{
    if (failures == NULL)
        return;
    (void)pthread_mutex_destroy(&failures->lock); /* nobody holds it */
    free(failures);
}

/* Returns whether the address is an IPv4 address mapped to IPv6 (RFC 4291 §2.5.5.2). */
static bool is_mapped_v4(const unsigned char address[ADDRESS_BYTES])
{
    static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };

    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

/* Writes the client's IPv4 address or the first 64 bits of its IPv6 address, or zeros. */
static void read_client(const char *address, unsigned char out[ADDRESS_BYTES])
{
    struct network network;
    size_t len = V6_PREFIX_BYTES;

    memset(out, 0, ADDRESS_BYTES);
    if (!network_parse(str_of(address), &network))
        return;
    if (is_mapped_v4(network.address))
        len = ADDRESS_BYTES;
    ensure(len <= sizeof(network.address));
    memcpy(out, network.address, len);
}

/* Returns whether the slot's window has ended, or is in the future after a clock change. */
static bool window_is_over(const struct slot *slot, int64_t now_s)
{
    return now_s < slot->since_s || now_s - slot->since_s >= FAILURES_WINDOW_S;
}

/* Returns the slot of this client, or NULL. Called with the lock held. */
static struct slot *find_slot(struct slot set[WAYS], const unsigned char client[ADDRESS_BYTES])
{
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].count > 0 && memcmp(set[i].client, client, ADDRESS_BYTES) == 0)
            return &set[i];
    return NULL;
}

/* Returns a free slot of the set, or the oldest. Called with the lock held. */
static struct slot *choose_victim(struct slot set[WAYS])
{
    struct slot *oldest = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].count == 0)
            return &set[i];
        if (set[i].since_s < oldest->since_s)
            oldest = &set[i];
    }
    return oldest;
}

/* Returns the client's slot, taking over another if it has none. Called with the lock held. */
static struct slot *take_slot(struct slot set[WAYS], const unsigned char client[ADDRESS_BYTES])
{
    struct slot *slot = find_slot(set, client);

    if (slot != NULL)
        return slot;
    slot = choose_victim(set);
    memcpy(slot->client, client, ADDRESS_BYTES);
    slot->count = 0;
    return slot;
}

/* Counts a failure, up to FAILURES_MAX + 1 in a window. Called with the lock held. */
static unsigned count_failure(struct slot *slot, int64_t now_s)
{
    ensure(slot->count <= FAILURES_MAX + 1);
    if (slot->count == 0 || window_is_over(slot, now_s)) {
        slot->count = 0;
        slot->since_s = now_s;
    }
    if (slot->count <= FAILURES_MAX)
        slot->count++;
    return slot->count;
}

/* Counts a failure. Returns whether the client exceeds FAILURES_MAX in its window. Thread-safe. */
bool failures_count(struct failures *failures, const char *address, int64_t now_s)
{
    unsigned char client[ADDRESS_BYTES];

    ensure(failures != NULL);
    read_client(address, client);
    str key = { (const char *)client, sizeof(client) };
    size_t set = map_hash(key) % SETS;
    int error = pthread_mutex_lock(&failures->lock);
    ensure(error == 0);
    struct slot *slot = take_slot(failures->slots[set], client);
    unsigned count = count_failure(slot, now_s);
    (void)pthread_mutex_unlock(&failures->lock); /* cannot fail: this thread holds the lock */
    return count > FAILURES_MAX;
}
