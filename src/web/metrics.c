/* The counters of a loop, and their sums over all loops. Each counter is an atomic that only its
 * loop's thread writes and any thread may read, which costs a plain load and store. */
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

/* A counter for each route and status; the last route stands for requests that no row fitted. */
static size_t answer_count(size_t route_count)
{
    return (route_count + 1) * metric_status_count;
}

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

/* Adds to a counter of this thread's loop; no other thread writes it, so no addition is lost. */
static void add_to(atomic_uint_fast64_t *number, uint64_t change)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + change,
                          memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, enum metric metric, int change)
{
    ensure(metric < METRICS);
    /* Unsigned numbers wrap, so that adding a negative change subtracts. */
    add_to(&metrics->all[metric], (uint64_t)(int64_t)change);
}

/* The index of the status in metric_statuses; of the last one, "other", when it is not there. */
static size_t status_index(int status)
{
    size_t i = 0;

    while (i + 1 < metric_status_count && metric_statuses[i] != status)
        i++;
    return i;
}

/* Counts an answer by its route, its status and how long it took. On the loop's thread. */
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

/* Counts a denial by the label of its refusal code. On the loop's thread. */
void metrics_denied(struct metrics *metrics, const agentos_error *err)
{
    enum refusal_label label = refusal_label((enum refusal_code)err->code);

    ensure(label < REFUSAL_LABELS);
    add_to(&metrics->denials[label], 1);
}

/* ---- adding up ---- */

/* Makes sums of zero for metrics of as many routes; owned by the caller. */
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

/* Adds counters, which their loop may be changing, to a list of as many sums. */
static void add_all_to(const atomic_uint_fast64_t *from, size_t count, uint64_t *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] += atomic_load_explicit(&from[i], memory_order_relaxed);
}

/* Adds one loop's counters to the sums, from any thread. They are read one by one, so that together
 * they may be a moment apart. */
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
