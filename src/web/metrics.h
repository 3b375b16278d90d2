/* The counters of a loop: requests, latencies, refusals and runs. Each loop writes its own counters
 * without a lock, and a reader adds up those of all loops. No data about a caller is kept. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "base/error.h"

struct metrics; /* one for each loop */

/* Returns counters that are all zero, for a table with this number of routes. The caller must free
 * them. */
struct metrics *metrics_new(size_t route_count);
void metrics_free(struct metrics *metrics); /* NULL is allowed */

enum metric {
    METRIC_OPEN_REQUESTS,
    METRIC_OPEN_STREAMS,
    METRIC_CLIENTS_LEFT,
    METRIC_OPEN_RUNS,
    METRIC_RUNS_COMPLETED,
    METRIC_RUNS_CANCELLED,
    METRIC_RUNS_FAILED,
    METRIC_RUNS_REFUSED,
    METRIC_PROVIDER_ERRORS,
    METRICS,
};

/* The status codes with a counter of their own. The last element stands for all other statuses. */
extern const int metric_statuses[];
extern const size_t metric_status_count;

/* The upper bounds of the latency buckets. Longer latencies are counted in one more bucket. */
extern const uint64_t metric_bounds_us[];
extern const size_t metric_bound_count;

/* ---- for the loop's thread ---- */

/* Adds `change`, which may be negative for the number of open requests, streams or runs. */
void metrics_add(struct metrics *metrics, enum metric metric, int change);
/* Counts an answer. `route` is the index of its row, or route_count if no row was found. `took_us`
 * is in microseconds. */
void metrics_answered(struct metrics *metrics, size_t route, int status, uint64_t took_us);
/* counts a request that was refused before it was parsed completely */
void metrics_unread(struct metrics *metrics, int status);
/* Counts a refusal of a credential or a scope by the refusal code of err. */
void metrics_denied(struct metrics *metrics, const agentos_error *err);

/* ---- for any thread: the counters of all loops, added up ---- */

struct metric_sums {
    size_t route_count;
    uint64_t all[METRICS];
    uint64_t *answers; /* one counter for each route and status, ordered by route */
    uint64_t *unread, *buckets, *denials;
    uint64_t took_us;
};

/* Returns sums that are all zero. The caller must free them with metric_sums_free. */
struct metric_sums *metric_sums_new(size_t route_count);
void metric_sums_free(struct metric_sums *sums);
/* Adds the counters of one loop to the sums. Both must have been made for the same number of
 * routes. */
void metrics_sum(const struct metrics *metrics, struct metric_sums *sums);

#endif
