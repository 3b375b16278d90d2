/* Which runs are in flight, on which loop: so that any loop can cancel any run. Sharded, so that
 * loops rarely meet at a lock. */
#ifndef RUN_RUN_INDEX_H
#define RUN_RUN_INDEX_H

#include "base/str.h"
#include "loop/loop.h"
#include "store/owner.h"

struct run_index;
struct run;

struct run_index_entry {
    struct letter letter; /* carries the cancellation to the owner */
    struct loop *loop;
    struct run *run;
    const char *agent_id, *session_id;
    const char *issuer, *user_id; /* whose run it is; user_id NULL: nobody's */
    bool is_posted;               /* under the shard's lock */
    bool is_delivered;            /* on the run's loop */
};

struct run_index *run_index_new(void);
void run_index_free(struct run_index *index); /* NULL is fine */

/* On the run's loop; the entry must stay until it is removed, and on_cancel is called on that loop.
 */
void run_index_add(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* false: a cancellation is on its way, so the entry must live until it was delivered. */
bool run_index_remove(struct run_index *index, const char *run_id, struct run_index_entry *entry);

/* Which run is meant, and what must be true of it. */
struct run_claim {
    str run_id, agent_id;
    const char *session_id; /* NULL: whatever it is */
    struct owner owner;     /* whose it must be */
};

/* Any thread. RUN_ELSEWHERE: in flight, but something else is true of it. */
enum run_lookup { RUN_NOT_IN_FLIGHT, RUN_ELSEWHERE, RUN_CANCEL_POSTED };
enum run_lookup run_index_cancel(struct run_index *index, const struct run_claim *claim);

#endif
