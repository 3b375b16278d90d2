/* The index of active runs, through which any event loop can cancel any run. It is split into
 * shards with one lock each. */
#ifndef RUN_RUN_INDEX_H
#define RUN_RUN_INDEX_H

#include "base/str.h"
#include "loop/loop.h"
#include "store/owner.h"

struct run_index;
struct run;

/* The entry of a run, which is a member of the run. It belongs to the run's loop; `letter` and
 * `is_posted` belong to the index while the entry is in it. */
struct run_index_entry {
    struct letter letter; /* the cancellation, posted to the run's loop at most once */
    struct loop *loop;
    struct run *run; /* NULL if the run is over and only waits for its letter */
    const char *agent_id, *session_id;
    const char *issuer, *user_id; /* the run's owner; user_id is NULL if the run has no user */
    bool is_posted;               /* guarded by the shard's lock */
    bool is_delivered;            /* set by letter.deliver, on the run's loop */
};

/* Returns an empty index. The caller must free it with run_index_free. */
struct run_index *run_index_new(void);
/* Frees the index, which must be empty. Does nothing if it is NULL. */
void run_index_free(struct run_index *index);

/* Adds a run; called on its loop. The entry must stay valid until it is removed, and the ID must
 * not be in the index yet. A cancellation is delivered on the same loop. */
void run_index_add(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* Removes a run; called on its loop. Returns false if a cancellation has been posted but not
 * delivered: the entry must then stay valid until the letter is delivered. */
bool run_index_remove(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* A run's ID, and the properties that it must have. */
struct run_claim {
    str run_id, agent_id;
    const char *session_id; /* NULL matches any session */
    struct owner owner;     /* whose runs the caller can reach */
};

enum run_lookup {
    RUN_NOT_IN_FLIGHT, /* no run under way has this ID */
    RUN_ELSEWHERE,     /* the run of this ID does not match the claim */
    RUN_CANCEL_POSTED, /* the run is being cancelled */
};

/* Cancels the run that matches the claim. Cancelling it twice has no further effect. Can be called
 * on any thread. */
enum run_lookup run_index_cancel(struct run_index *index, const struct run_claim *claim);

/* Cancels all runs of the loop. Can be called on any thread. */
void run_index_cancel_all(struct run_index *index, const struct loop *loop);

#endif
