/* Indexes the active runs, so that any event loop can cancel them. */
#include "run/run_index.h"

#include <pthread.h>

#include "base/banned.h"
#include "base/ensure.h"
#include "base/map.h"
#include "base/mem.h"

enum { SHARD_COUNT = 16 };

struct run_index {
    struct shard {
        pthread_mutex_t lock;
        struct map runs; /* keyed by run ID; guarded by the lock */
    } shards[SHARD_COUNT];
};

static struct shard *shard_of(struct run_index *index, str run_id)
{
    return &index->shards[map_hash(run_id) % SHARD_COUNT];
}

struct run_index *run_index_new(void)
{
    struct run_index *index = mem_zeroed(sizeof(*index));

    for (size_t i = 0; i < SHARD_COUNT; i++)
        if (pthread_mutex_init(&index->shards[i].lock, NULL) != 0)
            abort();
    return index;
}

void run_index_free(struct run_index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < SHARD_COUNT; i++) {
        map_clear(&index->shards[i].runs);
        (void)pthread_mutex_destroy(&index->shards[i].lock); /* cannot fail: no thread holds it */
    }
    free(index);
}

/* Called on the run's loop. Borrows the entry but copies the ID. */
void run_index_add(struct run_index *index, const char *run_id, struct run_index_entry *entry)
{
    ensure(run_id[0] != '\0');
    ensure(entry->letter.deliver != NULL);
    ensure(entry->agent_id != NULL);
    ensure(!entry->is_delivered);

    struct shard *shard = shard_of(index, str_of(run_id));

    pthread_mutex_lock(&shard->lock);
    void *other = map_put(&shard->runs, str_of(run_id), entry);
    ensure(other == NULL); /* IDs are unique */
    pthread_mutex_unlock(&shard->lock);
}

/* Called on the run's loop. Returns false while a posted cancellation is undelivered. */
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

/* Compares only immutable members, since the run's loop may be using the others. */
static bool matches_claim(const struct run_index_entry *entry, const struct run_claim *claim)
{
    if (!str_equal(str_of(entry->agent_id), claim->agent_id))
        return false;
    if (claim->session_id != NULL &&
        !str_equal(str_of(entry->session_id), str_of(claim->session_id)))
        return false;
    return owner_reaches(&claim->owner, entry->issuer, entry->user_id);
}

/* Posts the cancellation once. The shard's lock must be held, to keep the run in the index. */
static void post_cancellation(struct run_index_entry *entry)
{
    ensure(!entry->is_delivered || entry->is_posted);
    if (entry->is_posted)
        return;
    entry->is_posted = true;
    loop_post(entry->loop, &entry->letter);
}

/* Can be called on any thread. */
enum run_lookup run_index_cancel(struct run_index *index, const struct run_claim *claim)
{
    ensure(claim->run_id.ptr != NULL || claim->run_id.len == 0);
    ensure(claim->agent_id.ptr != NULL || claim->agent_id.len == 0);

    struct shard *shard = shard_of(index, claim->run_id);
    enum run_lookup found = RUN_NOT_IN_FLIGHT;

    pthread_mutex_lock(&shard->lock);
    struct run_index_entry *entry = map_get(&shard->runs, claim->run_id);
    if (entry != NULL && matches_claim(entry, claim)) {
        post_cancellation(entry);
        found = RUN_CANCEL_POSTED;
    } else if (entry != NULL) {
        found = RUN_ELSEWHERE;
    }
    pthread_mutex_unlock(&shard->lock);
    return found;
}

/* Can be called on any thread. */
void run_index_cancel_all(struct run_index *index, const struct loop *loop)
{
    ensure(loop != NULL);
    for (size_t i = 0; i < SHARD_COUNT; i++) {
        struct shard *shard = &index->shards[i];
        str run_id;
        void *value;

        pthread_mutex_lock(&shard->lock);
        for (size_t at = 0; map_next(&shard->runs, &at, &run_id, &value);) {
            struct run_index_entry *entry = value;

            if (entry->loop == loop)
                post_cancellation(entry);
        }
        pthread_mutex_unlock(&shard->lock);
    }
}
