/* Counters of each event loop, and their sums. */
#include "web/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "auth/explain/refusal_notes.h"
#include "base/ensure.h"
#include "base/mem.h"

const int metric_statuses[] = { 200, 201, 202, 204, 400, 401, 403, 404, 405, 408, 409,
                                413, 422, 429, 431, 500, 501, 502, 503, 504, 0 };
const size_t metric_status_count = COUNT(metric_statuses);

const uint64_t metric_bounds_us[] = { 500,     1000,     2500,     5000,    10000,   25000,
                                      50000,   100000,   250000,   500000,  1000000, 2500000,
                                      5000000, 10000000, 30000000, 60000000 };
const size_t metric_bound_count = COUNT(metric_bounds_us);

struct metrics {
    atomic_uint_fast64_t all[METRICS];
    atomic_uint_fast64_t unread[COUNT(metric_statuses)];
    atomic_uint_fast64_t buckets[COUNT(metric_bounds_us) + 1];
    atomic_uint_fast64_t denials[REFUSAL_LABELS];
    atomic_uint_fast64_t took_us;
    size_t route_count;
    atomic_uint_fast64_t answers[]; /* (route_count + 1) * metric_status_count */
};

/* Returns the number of answer counters. The last route stands for unknown paths. */
static size_t answer_count(size_t route_count)
{
    return (route_count + 1) * metric_status_count;
}

/* Creates the counters of one loop, all zero. */
struct metrics *metrics_new(size_t route_count)
{
    struct metrics *metrics = mem_zeroed(sizeof(struct metrics) +
                                         answer_count(route_count) * sizeof(atomic_uint_fast64_t));

    metrics->route_count = route_count;
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

/* Adds to a counter, which only this thread writes. */
static void add_to(atomic_uint_fast64_t *number, uint64_t change)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + change,
                          memory_order_relaxed);
}

/* Adds `change`, which may be negative, to the counter. Called on the loop's thread. */
void metrics_add(struct metrics *metrics, enum metric metric, int change)
{
    ensure(metric < METRICS);
    /* unsigned numbers wrap */
    add_to(&metrics->all[metric], (uint64_t)(int64_t)change);
}

/* Returns the index of the status, or the last index for a status without its own counter. */
static size_t status_index(int status)
{
    size_t i = 0;

    while (i + 1 < metric_status_count && metric_statuses[i] != status)
        i++;
    return i;
}

/* Counts a response by its route, status and latency. Called on the loop's thread. */
void metrics_answered(struct metrics *metrics, size_t route, int status, uint64_t took_us)
{
    size_t bucket = 0;

    ensure(route <= metrics->route_count);
    while (bucket < metric_bound_count && took_us > metric_bounds_us[bucket])
        bucket++;
    add_to(&metrics->buckets[bucket], 1);
    add_to(&metrics->took_us, took_us);
    add_to(&metrics->answers[route * metric_status_count + status_index(status)], 1);
}

void metrics_unread(struct metrics *metrics, int status)
{
    add_to(&metrics->unread[status_index(status)], 1);
}

/* Counts a denial by its refusal code. Called on the loop's thread. */
void metrics_denied(struct metrics *metrics, const agentos_error *err)
{
    enum refusal_label label = refusal_label(refusal_of(err));

    ensure(label < REFUSAL_LABELS);
    add_to(&metrics->denials[label], 1);
}

/* ---- adding up ---- */

/* Creates sums, all zero, for this number of routes. */
struct metric_sums *metric_sums_new(size_t route_count)
{
    struct metric_sums *sums = mem_zeroed(sizeof(*sums));

    sums->route_count = route_count;
    sums->answers = mem_zeroed(answer_count(route_count) * sizeof(uint64_t));
    sums->unread = mem_zeroed(metric_status_count * sizeof(uint64_t));
    sums->buckets = mem_zeroed((metric_bound_count + 1) * sizeof(uint64_t));
    sums->denials = mem_zeroed(REFUSAL_LABELS * sizeof(uint64_t));
    return sums;
}

void metric_sums_free(struct metric_sums *sums)
{
    free(sums->answers);
    free(sums->unread);
    free(sums->buckets);
    free(sums->denials);
    free(sums);
}

/* Adds each counter to the sum with the same index. */
static void add_all_to(const atomic_uint_fast64_t *from, size_t count, uint64_t *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
}

/* Adds the counters of one loop, which may be changing, to the sums. */
void metrics_sum(const struct metrics *metrics, struct metric_sums *sums)
{
    ensure(sums->route_count == metrics->route_count);
    add_all_to(metrics->all, METRICS, sums->all);
    add_all_to(metrics->answers, answer_count(metrics->route_count), sums->answers);
    add_all_to(metrics->unread, metric_status_count, sums->unread);
    add_all_to(metrics->buckets, metric_bound_count + 1, sums->buckets);
    add_all_to(metrics->denials, REFUSAL_LABELS, sums->denials);
    add_all_to(&metrics->took_us, 1, &sums->took_us);
}
