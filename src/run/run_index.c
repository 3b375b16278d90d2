/* Keeps an index of the active runs, so that any thread can cancel a run by its ID. The index has
 * sixteen maps with one lock each, and the run's ID selects the map. */
#include "run/run_index.h"

#include <pthread.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/map.h"
#include "base/mem.h"

enum { SHARDS = 16 };

struct run_index {
    struct shard {
        pthread_mutex_t lock;
        struct map runs;
    } shards[SHARDS];
};

static struct shard *shard_of(struct run_index *index, str run_id)
{
    return &index->shards[map_hash(run_id) % SHARDS];
}

struct run_index *run_index_new(void)
{
    struct run_index *index = mem_zeroed(sizeof(*index));

    for (size_t i = 0; i < SHARDS; i++)
        if (pthread_mutex_init(&index->shards[i].lock, NULL) != 0)
            abort();
    return index;
}

void run_index_free(struct run_index *index)
{
    for (size_t i = 0; index != NULL && i < SHARDS; i++) {
        map_clear(&index->shards[i].runs);
        (void)pthread_mutex_destroy(&index->shards[i].lock); /* cannot fail: nobody holds it */
    }
    free(index);
}

void run_index_add(struct run_index *index, const char *run_id, struct run_index_entry *entry)
{
    struct shard *shard = shard_of(index, str_of(run_id));

    ensure(entry->letter.deliver != NULL);
    ensure(run_id[0] != '\0');
    ensure(entry->agent_id != NULL);
    ensure(!entry->is_delivered);
    pthread_mutex_lock(&shard->lock);
    void *other = map_put(&shard->runs, str_of(run_id), entry);
    ensure(other == NULL);
    pthread_mutex_unlock(&shard->lock);
}

bool run_index_remove(struct run_index *index, const char *run_id, struct run_index_entry *entry)
{
    struct shard *shard = shard_of(index, str_of(run_id));

    pthread_mutex_lock(&shard->lock);
    void *removed = map_remove(&shard->runs, str_of(run_id));
    ensure(removed == entry);
    ensure(entry->is_posted || !entry->is_delivered);
    bool is_under_way = entry->is_posted && !entry->is_delivered;
    pthread_mutex_unlock(&shard->lock);
    return !is_under_way;
}

/* Whether what the claim says is true of this run. Only its fixed members are read, since its loop
 * is at work. */
static bool is_meant(const struct run_index_entry *entry, const struct run_claim *claim)
{
    return str_equal(str_of(entry->agent_id), claim->agent_id) &&
           (claim->session_id == NULL ||
            str_equal(str_of(entry->session_id), str_of(claim->session_id))) &&
           owner_reaches(&claim->owner, entry->issuer, entry->user_id);
}

enum run_lookup run_index_cancel(struct run_index *index, const struct run_claim *claim)
{
    struct shard *shard = shard_of(index, claim->run_id);
    enum run_lookup found = RUN_NOT_IN_FLIGHT;

    ensure(claim->run_id.ptr != NULL || claim->run_id.len == 0);
    ensure(claim->agent_id.ptr != NULL || claim->agent_id.len == 0);
    pthread_mutex_lock(&shard->lock);
    struct run_index_entry *entry = map_get(&shard->runs, claim->run_id);
    if (entry != NULL) {
        found = is_meant(entry, claim) ? RUN_CANCEL_POSTED : RUN_ELSEWHERE;
        if (found == RUN_CANCEL_POSTED && !entry->is_posted) {
            entry->is_posted = true;
            loop_post(entry->loop, &entry->letter);
        }
    }
    pthread_mutex_unlock(&shard->lock);
    return found;
}
