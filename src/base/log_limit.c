/* Limits log lines to one per second for each event and reason. */
#include <pthread.h>

#include "base/ensure.h"
#include "base/log_internal.h"

enum {
    REASONS_MAX = 32, /* more than fail at the same time; beyond, the oldest is forgotten */
    SECOND_NS = 1000 * 1000 * 1000,
};

/* A reason for which a line was written. Two reasons with the same hash share one. */
struct reason {
    uint64_t hash;
    uint64_t written_at_ns;
    uint64_t held_back; /* lines suppressed since then */
    bool is_used;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the table */
static struct reason reasons[REASONS_MAX];

/* Continues an FNV-1a hash with the bytes of the text. */
static uint64_t hash_on(uint64_t hash, str text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001B3u;
    return hash;
}

/* Returns the entry with this hash, otherwise an unused entry or the oldest. Called with the lock
 * held. */
static struct reason *find_reason(uint64_t hash)
{
    struct reason *oldest = &reasons[0];

    for (size_t i = 0; i < REASONS_MAX; i++) {
        if (reasons[i].is_used && reasons[i].hash == hash)
            return &reasons[i];
        if (reasons[i].written_at_ns < oldest->written_at_ns)
            oldest = &reasons[i];
    }
    return oldest;
}

/* Returns whether the line may be written. Sets *held_back to the number of lines suppressed since
 * the last one. */
bool log_limit_pass(str event, str why, uint64_t now_ns, uint64_t *held_back)
{
    ensure(held_back != NULL);
    uint64_t hash = hash_on(hash_on(hash_on(0xCBF29CE484222325u, event), STR("\n")), why);

    pthread_mutex_lock(&lock);
    struct reason *reason = find_reason(hash);
    bool is_same = reason->is_used && reason->hash == hash;
    bool may_pass = !is_same || now_ns - reason->written_at_ns >= SECOND_NS;
    *held_back = is_same ? reason->held_back : 0;
    if (may_pass)
        *reason = (struct reason){ .hash = hash, .written_at_ns = now_ns, .is_used = true };
    else
        reason->held_back++;
    pthread_mutex_unlock(&lock);
    return may_pass;
}

void log_limit_lock(void)
{
    pthread_mutex_lock(&lock);
}

void log_limit_unlock(void)
{
    pthread_mutex_unlock(&lock);
}
