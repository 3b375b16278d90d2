/* The counters of a loop: requests, latencies, refusals, runs. Each loop writes its own numbers
 * without a lock, and a reader adds the loops up. Nothing about a caller is kept. */
#ifndef WEB_METRICS_H
#define WEB_METRICS_H

#include "base/error.h"

struct metrics; /* one a loop */

/* All zero, for a table of so many routes; owned by the caller. */
struct metrics *metrics_new(size_t route_count);
void metrics_free(struct metrics *metrics); /* NULL is fine */

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

/* The status codes that are told apart; the last stands for all others. */
extern const int metric_statuses[];
extern const size_t metric_status_count;

/* Upper bounds of the latencies; what is longer is in one more bucket. */
extern const uint64_t metric_bounds_us[];
extern const size_t metric_bound_count;

/* ---- on the loop's thread ---- */

/* change may be negative, for what is open. */
void metrics_add(struct metrics *metrics, enum metric metric, int change);
/* route: the index of its row; route_count: no row was found. took_us: microseconds. */
void metrics_answered(struct metrics *metrics, size_t route, int status, uint64_t took_us);
void metrics_unread(struct metrics *metrics, int status); /* refused before it was a request */
/* err: a refusal of a credential or a scope, counted by its code. */
void metrics_denied(struct metrics *metrics, const agentos_error *err);

/* ---- any thread: one loop's numbers added to a sum ---- */

struct metric_sums {
    size_t route_count;
    uint64_t all[METRICS];
    uint64_t *answers; /* route by route, status by status */
    uint64_t *unread, *buckets, *denials;
    uint64_t took_us;
};

/* All zero; freed by metric_sums_free. */
struct metric_sums *metric_sums_new(size_t route_count);
void metric_sums_free(struct metric_sums *sums);
/* Adds one loop's numbers; both must have been made for as many routes. */
void metrics_sum(const struct metrics *metrics, struct metric_sums *sums);

#endif
