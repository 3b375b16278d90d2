/* Serves GET /-/metrics in the Prometheus text format 0.0.4. */
#include <dirent.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/explain/refusal_notes.h"
#include "auth/token/token_cache.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/call.h"
#include "web/metrics.h"
#include "web/pages.h"

enum { METRICS_MAX_BYTES = 4 * MiB, STATUS_TEXT_SIZE = 8 };

/* Writes the HELP and TYPE lines of a metric. */
static void write_head(buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Writes a metric with a single value. */
static void write_single(buf *out, const char *name, const char *type, const char *help,
                         uint64_t value)
{
    write_head(out, name, type, help);
    buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* ---- requests ---- */

/* Returns the status as text, or "other" for one without its own counter. */
static const char *status_text(size_t index, char out[STATUS_TEXT_SIZE])
{
    ensure(index < metric_status_count);
    (void)snprintf(out, STATUS_TEXT_SIZE, "%d",
                   metric_statuses[index]); /* a status has three digits */
    return metric_statuses[index] != 0 ? out : "other";
}

/* Writes the responses of one route by status. `row` is NULL for unknown paths. */
static void write_route_answers(buf *out, const struct route *row, const uint64_t *by_status)
{
    char text[8];

    for (size_t i = 0; i < metric_status_count; i++)
        if (by_status[i] > 0)
            buf_printf(out,
                       "agentos_http_requests_total{method=\"%s\",route=\"%s\",status=\"%s\"} "
                       "%" PRIu64 "\n",
                       row != NULL ? method_name(row->method) : "", row != NULL ? row->pattern : "",
                       status_text(i, text), by_status[i]);
}

/* Writes the responses by route and status, omitting zeros. */
static void write_answers(buf *out, const struct surface *surface, const struct metric_sums *sums)
{
    char text[8];

    ensure(sums->route_count == surface->count);
    write_head(out, "agentos_http_requests_total", "counter", "Requests answered.");
    for (size_t i = 0; i <= surface->count; i++)
        write_route_answers(out, i < surface->count ? &surface->rows[i] : NULL,
                            &sums->answers[i * metric_status_count]);
    write_head(out, "agentos_http_refused_total", "counter",
               "What was no acceptable HTTP request.");
    for (size_t i = 0; i < metric_status_count; i++)
        if (sums->unread[i] > 0)
            buf_printf(out, "agentos_http_refused_total{status=\"%s\"} %" PRIu64 "\n",
                       status_text(i, text), sums->unread[i]);
}

/* Writes the latency histogram, whose buckets are cumulative. */
static void write_latencies(buf *out, const struct metric_sums *sums)
{
    static const char name[] = "agentos_http_request_duration_seconds";
    uint64_t count = 0;

    write_head(out, name, "histogram", "From the request's headers to the end of its answer.");
    for (size_t i = 0; i < metric_bound_count; i++) {
        count += sums->buckets[i];
        buf_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                   (double)metric_bounds_us[i] / 1e6, count);
    }
    count += sums->buckets[metric_bound_count];
    buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    buf_printf(out, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name, (double)sums->took_us / 1e6, name,
               count);
}

/* ---- denials and runs ---- */

/* Writes the denials by reason. */
static void write_denials(buf *out, const struct metric_sums *sums)
{
    write_head(out, "agentos_auth_failures_total", "counter",
               "Credentials and scopes that were refused.");
    for (enum refusal_label i = 0; i < REFUSAL_LABELS; i++)
        buf_printf(out, "agentos_auth_failures_total{reason=\"%s\"} %" PRIu64 "\n",
                   refusal_label_name(i), sums->denials[i]);
}

/* Writes the finished runs by status. */
static void write_runs(buf *out, const struct metric_sums *sums)
{
    static const struct {
        const char *status;
        enum metric metric;
    } ends[] = {
        { "completed", METRIC_RUNS_COMPLETED },
        { "cancelled", METRIC_RUNS_CANCELLED },
        { "error", METRIC_RUNS_FAILED },
        { "refused", METRIC_RUNS_REFUSED },
    };

    write_head(out, "agentos_runs_total", "counter", "Runs that ended.");
    for (size_t i = 0; i < COUNT(ends); i++)
        buf_printf(out, "agentos_runs_total{status=\"%s\"} %" PRIu64 "\n", ends[i].status,
                   sums->all[ends[i].metric]);
}

/* Writes the counters without labels. */
static void write_plain_counters(buf *out, const struct metric_sums *sums)
{
    static const struct {
        enum metric metric;
        const char *name, *type, *help;
    } rows[] = {
        { METRIC_OPEN_REQUESTS, "agentos_http_open_requests", "gauge",
          "Requests not answered yet." },
        { METRIC_OPEN_STREAMS, "agentos_http_open_streams", "gauge", "Event streams under way." },
        { METRIC_CLIENTS_LEFT, "agentos_http_clients_left_total", "counter",
          "Clients that left before their answer." },
        { METRIC_OPEN_RUNS, "agentos_open_runs", "gauge", "Runs under way." },
        { METRIC_PROVIDER_ERRORS, "agentos_provider_errors_total", "counter",
          "Runs that failed at a model's provider." },
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        write_single(out, rows[i].name, rows[i].type, rows[i].help, sums->all[rows[i].metric]);
}

/* ---- what the loops and the database hold ---- */

/* Sums over the servers and token caches of all loops. */
struct loop_sums {
    uint64_t connections, made_room, turned_away, too_slow, hits, misses;
    uint64_t longest_turn_ns; /* of any loop */
};

/* Returns the sums over all loops, whose counters are atomic. */
static struct loop_sums sum_loops(const struct station *station)
{
    struct loop_sums sums = { 0 };

    ensure(station->stations != NULL);
    for (size_t i = 0; i < station->station_count; i++) {
        const struct station *each = station->stations[i];
        struct token_cache_counts tokens = token_cache_count(each->tokens);
        struct server_counts closed = server_count(each->server);

        sums.connections += server_connections(each->server);
        sums.made_room += closed.made_room;
        sums.turned_away += closed.turned_away;
        sums.too_slow += closed.too_slow;
        sums.hits += tokens.hits;
        sums.misses += tokens.misses;
        uint64_t turn_ns = loop_longest_turn_ns(each->loop);
        if (turn_ns > sums.longest_turn_ns)
            sums.longest_turn_ns = turn_ns;
    }
    return sums;
}

/* Writes the number of connections closed for this reason. */
static void write_closed(buf *out, const char *why, uint64_t count)
{
    buf_printf(out, "agentos_http_closed_total{why=\"%s\"} %" PRIu64 "\n", why, count);
}

/* Writes the connections and token cache hits of all loops. */
static void write_loops(buf *out, const struct station *station)
{
    struct loop_sums sums = sum_loops(station);

    write_single(out, "agentos_loops", "gauge", "Event loops.", station->station_count);
    write_head(out, "agentos_loop_turn_seconds_max", "gauge",
               "The longest time that a loop ran without waiting, in the last one to two minutes.");
    buf_printf(out, "agentos_loop_turn_seconds_max %.6f\n", (double)sums.longest_turn_ns / 1e9);
    write_single(out, "agentos_http_connections", "gauge", "Open connections.", sums.connections);
    write_head(out, "agentos_http_closed_total", "counter", "Connections closed for want of room.");
    write_closed(out, "made_room", sums.made_room);
    write_closed(out, "turned_away", sums.turned_away);
    write_closed(out, "too_slow", sums.too_slow);
    write_single(out, "agentos_token_cache_hits_total", "counter", "Tokens known from before.",
                 sums.hits);
    write_single(out, "agentos_token_cache_misses_total", "counter", "Tokens checked in full.",
                 sums.misses);
}

/* Writes the queue lengths and the commits of the database. */
static void write_database(buf *out, struct db *db)
{
    struct db_counts counts = db_count(db);

    write_head(out, "agentos_db_queue_depth", "gauge", "Database jobs that wait.");
    buf_printf(out, "agentos_db_queue_depth{queue=\"read\"} %zu\n", counts.reads_waiting);
    buf_printf(out, "agentos_db_queue_depth{queue=\"write\"} %zu\n", counts.writes_waiting);
    write_single(out, "agentos_db_commits_total", "counter", "Transactions committed.",
                 counts.commits);
}

/* ---- the process ---- */

/* Returns the resident memory of the process, or 0 if it is unknown. */
static uint64_t resident_bytes(void)
{
    char text[128] = "";
    int64_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    str rest = str_of(fgets(text, sizeof(text), file)); /* empty if nothing can be read */
    (void)fclose(file);                                 /* the file was only read */
    (void)str_split(&rest, ' ');                        /* skips the size of the address space */
    if (!str_to_int(str_split(&rest, ' '), &pages) || pages <= 0)
        return 0;
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Returns the number of open descriptors, or 0 if it is unknown. */
static uint64_t open_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;

    if (folder == NULL)
        return 0;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);           /* the folder was only read */
    return count > 3 ? count - 3 : 0; /* less ".", ".." and the folder itself */
}

static double to_seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* Writes the metrics that Prometheus expects of every process. */
static void write_process(buf *out, const struct station *station)
{
    struct rusage usage = { 0 };

    (void)getrusage(RUSAGE_SELF, &usage); /* cannot fail with this argument */
    write_head(out, "process_cpu_seconds_total", "counter", "User and system time.");
    buf_printf(out, "process_cpu_seconds_total %.3f\n",
               to_seconds(usage.ru_utime) + to_seconds(usage.ru_stime));
    write_single(out, "process_resident_memory_bytes", "gauge", "Memory in use.", resident_bytes());
    write_single(out, "process_open_fds", "gauge", "Open descriptors.", open_descriptors());
    write_head(out, "process_start_time_seconds", "gauge", "When it was started, since 1970.");
    buf_printf(out, "process_start_time_seconds %.3f\n",
               (double)station->surface->started_at_us / 1e6);
    write_single(out, "agentos_log_lines_dropped_total", "counter",
                 "Log lines that standard error did not take in time.", log_dropped());
}

/* Writes the sums of all loops' counters. */
static void write_counters(buf *out, const struct station *station)
{
    ensure(station->station_count > 0 && station->station_count <= LOOPS_MAX);
    struct metric_sums *sums = metric_sums_new(station->surface->count);

    for (size_t i = 0; i < station->station_count; i++) {
        const struct station *each = station->stations[i];

        metrics_sum(each->metrics, sums);
    }
    write_answers(out, station->surface, sums);
    write_latencies(out, sums);
    write_denials(out, sums);
    write_runs(out, sums);
    write_plain_counters(out, sums);
    metric_sums_free(sums);
}

/* Answers with the metrics, or with 500 if they exceed METRICS_MAX_BYTES. */
void metrics_get(struct call *call)
{
    const struct station *station = call->station;
    AUTO_BUF body = buf_with_limit(METRICS_MAX_BYTES);

    write_counters(&body, station);
    write_loops(&body, station);
    write_database(&body, station->db);
    write_process(&body, station);
    if (!buf_ok(&body)) {
        call_outgrown(call);
        return;
    }
    call_reply(call, &(struct reply){ .status = 200,
                                      .content_type = "text/plain; version=0.0.4; charset=utf-8",
                                      .body = buf_view(&body) });
}
