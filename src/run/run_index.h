/* The index of the runs that are under way, on whichever loop, so that any loop can cancel any run.
 * Sharded, so that loops rarely meet at a lock. */
#ifndef RUN_RUN_INDEX_H
#define RUN_RUN_INDEX_H

#include "base/str.h"
#include "loop/loop.h"
#include "store/owner.h"

struct run_index;
struct run;

/* Part of a run. Of its loop, but for letter and is_posted once it is in the index. */
struct run_index_entry {
    struct letter letter; /* carries the cancellation to the run's loop; posted at most once */
    struct loop *loop;
    struct run *run; /* NULL: the run is over, and waits for its letter */
    const char *agent_id, *session_id;
    const char *issuer, *user_id; /* the run's owner; user_id NULL: no user */
    bool is_posted;               /* under the shard's lock */
    bool is_delivered;            /* set by letter.deliver, on the run's loop */
};

struct run_index *run_index_new(void);
/* No run may be in it. NULL is fine. */
void run_index_free(struct run_index *index);

/* Enters a run, on its loop. The entry must stay until it is removed; its letter is delivered on
 * that loop. The ID is in the index once. */
void run_index_add(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* Takes a run out, on its loop. false: a cancellation is on its way, so the entry must live until
 * its letter was delivered. */
bool run_index_remove(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* Which run is meant, and what must be true of it for the caller to reach it. */
struct run_claim {
    str run_id, agent_id;
    const char *session_id; /* NULL: whatever it is */
    struct owner owner;     /* whose it must be */
};

enum run_lookup {
    RUN_NOT_IN_FLIGHT, /* no run under way has this ID */
    RUN_ELSEWHERE,     /* one has, but not this agent, session or owner */
    RUN_CANCEL_POSTED, /* it is told to stop */
};

/* Posts the cancellation of the run that is meant. Again changes nothing. Any thread. */
enum run_lookup run_index_cancel(struct run_index *index, const struct run_claim *claim);

#endif
