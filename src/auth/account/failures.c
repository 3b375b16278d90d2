/* Counts the invalid service-account tokens that each client address has sent recently. The table
 * has a fixed size: a keyed hash selects a set of a few slots, and a full set reuses its oldest
 * slot. A client with thousands of addresses can evict other clients' counts, which turns some 429s
 * into 401s but admits nobody. */
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
    pthread_mutex_t lock; /* guards slots; taken only after a failure, never for a valid token */
    struct slot slots[SETS][WAYS];
};

struct failures *failures_new(void)
{
    struct failures *failures = mem_zeroed(sizeof(*failures));

    ensure(pthread_mutex_init(&failures->lock, NULL) == 0);
    return failures;
}

void failures_free(struct failures *failures)
{
    if (failures == NULL)
        return;
    (void)pthread_mutex_destroy(&failures->lock); /* nobody holds it */
    free(failures);
}

static bool is_v4(const unsigned char address[ADDRESS_BYTES])
{
    static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };

    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

/* The key that an address is counted under; all zeros for a text that is not an address. */
static void read_client(const char *address, unsigned char out[ADDRESS_BYTES])
{
    struct network network;

    memset(out, 0, ADDRESS_BYTES);
    if (network_parse(str_of(address), &network))
        memcpy(out, network.address, is_v4(network.address) ? ADDRESS_BYTES : V6_PREFIX_BYTES);
}

/* Has the slot's window ended? So has one that begins in the future, after the clock was set back.
 */
static bool is_over(const struct slot *slot, int64_t now_s)
{
    return now_s < slot->since_s || now_s - slot->since_s >= FAILURES_WINDOW_S;
}

/* The client's slot; where it has none, a free one or else the oldest becomes its own. */
static struct slot *take_slot(struct slot set[WAYS], const unsigned char client[ADDRESS_BYTES])
{
    struct slot *best = &set[0];

    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].count > 0 && memcmp(set[i].client, client, ADDRESS_BYTES) == 0)
            return &set[i];
        if (best->count > 0 && (set[i].count == 0 || set[i].since_s < best->since_s))
            best = &set[i];
    }
    memcpy(best->client, client, ADDRESS_BYTES);
    best->count = 0;
    return best;
}

/* Counts a failure, and returns how many the window has: at most FAILURES_MAX + 1. */
static unsigned count_failure(struct slot *slot, int64_t now_s)
{
    if (slot->count == 0 || is_over(slot, now_s)) {
        slot->count = 0;
        slot->since_s = now_s;
    }
    if (slot->count <= FAILURES_MAX)
        slot->count++;
    ensure(slot->count >= 1 && slot->count <= FAILURES_MAX + 1);
    return slot->count;
}

bool failures_count(struct failures *failures, const char *address, int64_t now_s)
{
    unsigned char client[ADDRESS_BYTES];

    read_client(address, client);
    size_t set = map_hash((str){ (const char *)client, sizeof(client) }) % SETS;
    ensure(pthread_mutex_lock(&failures->lock) == 0); /* fails where this thread holds it */
    unsigned count = count_failure(take_slot(failures->slots[set], client), now_s);
    (void)pthread_mutex_unlock(&failures->lock); /* held since two lines above */
    return count > FAILURES_MAX;
}
