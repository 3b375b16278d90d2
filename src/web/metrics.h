/* Counters of each event loop. Only its thread writes them; any thread may read them. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "base/error.h"

struct metrics; /* one for each loop */

/* Returns counters, all zero, for this number of routes. The caller must free them. */
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

/* Statuses with their own counter. The last element stands for all others. */
extern const int metric_statuses[];
extern const size_t metric_status_count;

/* Upper bounds of the latency buckets. One more bucket counts longer latencies. */
extern const uint64_t metric_bounds_us[];
extern const size_t metric_bound_count;

/* ---- for the loop's thread ---- */

/* Adds `change`, which may be negative for a gauge such as METRIC_OPEN_RUNS. */
void metrics_add(struct metrics *metrics, enum metric metric, int change);
/* Counts a response. `route` is the index of its route, or route_count for an unknown path. */
void metrics_answered(struct metrics *metrics, size_t route, int status, uint64_t took_us);
/* counts a request that was refused before it was parsed */
void metrics_unread(struct metrics *metrics, int status);
/* Counts a denial by its refusal code. */
void metrics_denied(struct metrics *metrics, const agentos_error *err);

/* ---- for any thread: the counters of all loops, added up ---- */

struct metric_sums {
    size_t route_count;
    uint64_t all[METRICS];
    uint64_t *answers; /* one per route and status, ordered by route */
    uint64_t *unread, *buckets, *denials;
    uint64_t took_us;
};

/* Returns sums, all zero. The caller must free them with metric_sums_free. */
struct metric_sums *metric_sums_new(size_t route_count);
void metric_sums_free(struct metric_sums *sums);
/* Adds the counters of one loop to sums for the same number of routes. */
void metrics_sum(const struct metrics *metrics, struct metric_sums *sums);

#endif
