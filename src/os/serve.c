/* Opening, running and ending the stations. The first runs in the calling thread and hears the
 * signals. */
#include "os/serve.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/runs.h"
#include "auth/token/token_cache.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "loop/tcp.h"
#include "os/audit_key.h"
#include "os/edition.h"
#include "os/exposure.h"
#include "os/house.h"
#include "os/journal.h"
#include "store/schema.h"
#include "store/setting.h"
#include "web/dispatch.h"

enum { DRAIN_MS = 30 * 1000, DESCRIPTORS_KEPT = 128 };

/* ---- before anything is opened ---- */

/* As many descriptors as the system grants; a run needs two. */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    return limit.rlim_cur > 1000000 ? 1000000 : (size_t)limit.rlim_cur;
}

static size_t loop_count(const struct options *options)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = options->loops > 0 ? options->loops : (size_t)(cores > 0 ? cores : 1);

    return wanted < LOOPS_MAX ? wanted : LOOPS_MAX;
}

/* ---- ending ---- */

static void station_is_idle(void *user)
{
    struct loop_thread *station = user;

    loop_stop(station->context.station.loop);
}

/* No client is left; a cancelled run may still be on its way to the disk. */
static void station_drained(void *user)
{
    struct loop_thread *station = user;

    denials_flush(station->context.station.denials);
    mirror_sync_finish(station->sync);
    if (station->context.station.number == 0)
        journal_closed(LIST_OWNER(station, struct house, stations));
    busy_wait(&station->context.station.busy, station_is_idle, station);
}

static void drain_station(struct letter *letter)
{
    struct loop_thread *station =
        (struct loop_thread *)(void *)((char *)letter - offsetof(struct loop_thread, drain));

    server_drain(station->server, DRAIN_MS, station_drained, station);
}

/* The first signal drains; a second one does not wait. What was confirmed is on disk either way. */
static void on_signal(int signum, void *user)
{
    struct house *house = user;

    LOG(LOG_INFO, house->is_draining ? "stopping now" : "draining", log_int("signal", signum));
    if (house->is_draining)
        _exit(1);
    house->is_draining = true;
    for (size_t i = 0; i < house->count; i++)
        loop_post(house->stations[i].context.station.loop, &house->stations[i].drain);
}

/* ---- keys from elsewhere ---- */

/* One line for each change of state, however often a fetch fails. */
static void keys_have_moved(void *user, const struct keys_news *news)
{
    static const struct {
        enum log_level level;
        const char *event;
    } events[] = {
        [KEYS_UNKNOWN] = { LOG_INFO, "keys" },
        [KEYS_GOOD] = { LOG_INFO, "keys fetched" },
        [KEYS_FAILING] = { LOG_WARNING, "keys cannot be fetched; the last good ones stay in use" },
        [KEYS_LOST] = { LOG_ERROR, "keys cannot be fetched; tokens of this source are refused" },
    };

    (void)user; /* the log is the process' */
    LOG(events[news->state].level, events[news->state].event, log_text("source", news->name),
        log_int("keys", (int64_t)news->count), log_text("why", news->why));
}

/* ---- the stations ---- */

static void refused(const char *peer, int status, const char *detail, void *user)
{
    const struct station *station = user;

    metrics_unread(station->metrics, status);
    LOG(LOG_INFO, "refused", log_text("peer", peer), log_int("status", status),
        log_text("why", detail));
}

static agentos_status open_server(struct house *house, struct loop_thread *station,
                                  const char *host, uint16_t port, agentos_error *err)
{
    size_t spare =
        house->descriptors > DESCRIPTORS_KEPT ? house->descriptors - DESCRIPTORS_KEPT : 0;
    size_t share = spare / (2 * house->count); /* a run needs two: its client and its model */

    return server_open(station->context.station.loop,
                       &(struct server_options){
                           .host = host,
                           .port = port,
                           .reuse_port = true,
                           .on_request = dispatch,
                           .on_refused = refused,
                           .user = &station->context.station,
                           .connections_max = share > 0 ? share : 1, /* 0 would be no limit */
                       },
                       &station->server, err);
}

static void denials_lost(size_t rows, const agentos_error *why)
{
    LOG(LOG_ERROR, "denials not written to the audit", log_int("rows", (int64_t)rows),
        log_text("why", why->message));
}

static void open_runs(const struct house *house, struct context *context)
{
    struct station *station = &context->station;

    context->runs = (struct run_services){ .loop = station->loop,
                                           .client = client_new(station->loop),
                                           .db = house->db,
                                           .index = house->run_index,
                                           .busy = &station->busy,
                                           .on_over = runs_over,
                                           .user = context };
}

static agentos_status open_station(struct house *house, size_t i, struct surface *surface,
                                   agentos_error *err)
{
    struct loop_thread *thread = &house->stations[i];
    struct station *station = &thread->context.station;

    thread->drain.deliver = drain_station;
    TRY(loop_new(&station->loop, err));
    surface_ref(surface);
    station->surface = surface;
    station->number = (unsigned)i;
    station->db = house->db;
    station->tokens = token_cache_new(VERIFIED_TOKENS_MAX);
    station->metrics = metrics_new(surface->count);
    station->audit = house->audit;
    station->accounts = house->accounts;
    station->denials = denials_new(&(struct denials_options){ .loop = station->loop,
                                                              .db = house->db,
                                                              .busy = &station->busy,
                                                              .audit = house->audit,
                                                              .on_lost = denials_lost });
    house->peers[i] = station;
    station->stations = house->peers;
    station->station_count = house->count;
    open_runs(house, &thread->context);
    return AGENTOS_OK;
}

static void close_station(struct loop_thread *station)
{
    client_free(station->context.runs.client);
    token_cache_free(station->context.station.tokens);
    metrics_free(station->context.station.metrics);
    denials_free(station->context.station.denials);
    mirror_sync_free(station->sync);
    loop_free(station->context.station.loop);
}

/* Bound once without SO_REUSEPORT, so that a second server on the same port is an error, not a
 * silent partner; and so that port 0 is the same port for all. */
static agentos_status claim_port(const char *host, uint16_t *port, agentos_error *err)
{
    struct loop *loop = NULL;
    struct tcp_listener *listener = NULL;

    TRY(loop_new(&loop, err));
    agentos_status status = tcp_listen(
        loop, &(struct tcp_listen_options){ .host = host, .port = *port }, &listener, err);
    if (status == AGENTOS_OK) {
        *port = tcp_listener_port(listener);
        tcp_listener_close(listener);
    }
    loop_free(loop);
    if (status == AGENTOS_CONFLICT) {
        agentos_error busy = *err;

        return fail(err, status, "%s; choose another with --port or AGENT_OS_PORT", busy.message);
    }
    return status;
}

static agentos_status open_stations(struct house *house, struct surface *surface,
                                    agentos_error *err)
{
    for (size_t i = 0; i < house->count; i++)
        TRY(open_station(house, i, surface, err));
    TRY(loop_on_signal(house->stations[0].context.station.loop, SIGTERM, on_signal, house, err));
    return loop_on_signal(house->stations[0].context.station.loop, SIGINT, on_signal, house, err);
}

static agentos_status open_servers(struct house *house, const struct options *options,
                                   uint16_t *port, agentos_error *err)
{
    *port = options->port;
    TRY(claim_port(options->host, port, err));
    for (size_t i = 0; i < house->count; i++) {
        TRY(open_server(house, &house->stations[i], options->host, *port, err));
        house->stations[i].context.station.server = house->stations[i].server;
    }
    return AGENTOS_OK;
}

/* ---- service accounts ---- */

static void accounts_in_trouble(const agentos_error *why)
{
    LOG(LOG_ERROR, "service accounts cannot be compared with the database",
        log_text("why", why->message));
}

/* What is in memory is gone at the end, and tokens are not given for that. */
static void make_accounts(struct house *house, const struct options *options)
{
    if (strcmp(options->database, "memory") != 0)
        house->accounts = accounts_new();
}

static agentos_status open_accounts(struct house *house, agentos_error *err)
{
    struct station *first = &house->stations[0].context.station;

    if (house->accounts == NULL)
        return AGENTOS_OK;
    struct mirror *mirrors[] = { accounts_mirror(house->accounts) };
    return mirror_sync_new(&(struct mirror_sync_options){ .loop = first->loop,
                                                          .db = house->db,
                                                          .busy = &first->busy,
                                                          .mirrors = mirrors,
                                                          .mirror_count = COUNT(mirrors),
                                                          .on_failure = accounts_in_trouble },
                           &house->stations[0].sync, err);
}

/* ---- the id: among the options, or generated once and kept ---- */

struct id_job {
    struct db_job job;
    arena *arena;
    const char *id;
};

static agentos_status keep_id(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct id_job *want = (struct id_job *)(void *)job;
    char generated[UUID_SIZE];

    return setting_get_or_put(conn, "os_id", random_uuid(generated), want->arena, &want->id, err);
}

static agentos_status choose_id(struct house *house, const struct options *options,
                                agentos_error *err)
{
    struct id_job want = { .job.run = keep_id, .arena = house->arena };

    house->os_id = options->id;
    if (house->os_id != NULL)
        return AGENTOS_OK;
    if (db_write_now(house->db, &want.job) != AGENTOS_OK)
        return fail(err, want.job.status, "%s", want.job.err.message);
    house->os_id = want.id;
    return AGENTOS_OK;
}

/* ---- running ---- */

static void *run_station(void *user)
{
    struct loop_thread *station = user;

    loop_run(station->context.station.loop);
    return NULL;
}

static void announce(const struct options *options, uint16_t port)
{
    bool is_v6 = strchr(options->host, ':') != NULL;

    (void)fprintf(stderr, "agentos: listening on http://%s%s%s:%u\n", is_v6 ? "[" : "",
                  options->host, is_v6 ? "]" : "", port);
    if (options->on_ready != NULL)
        options->on_ready(options->on_ready_user, options->host, port);
}

static agentos_status run_stations(struct house *house, const struct options *options,
                                   uint16_t port, agentos_error *err)
{
    size_t started = 1;

    for (; started < house->count; started++)
        if (pthread_create(&house->stations[started].thread, NULL, run_station,
                           &house->stations[started]) != 0)
            break;
    bool is_complete = started == house->count;
    if (is_complete) {
        announce(options, port);
        loop_run(house->stations[0].context.station.loop);
    }
    for (size_t i = 1; i < started; i++) {
        if (!is_complete)
            loop_stop(house->stations[i].context.station.loop);
        (void)pthread_join(house->stations[i].thread,
                           NULL); /* it was created, so it can be joined */
    }
    return is_complete ? AGENTOS_OK
                       : fail(err, AGENTOS_INTERNAL, "the system grants no more threads");
}

static agentos_status open_and_run(struct house *house, const struct options *options,
                                   const struct option_flags *flags, agentos_error *err)
{
    struct surface *first = NULL;
    uint16_t port = 0;

    if (exposure_of(options) != NULL)
        house->exposed_host = arena_copy(house->arena, str_of(exposure_of(options)));
    TRY(db_open(&(struct db_options){ .url = options->database }, &agentos_schema, &house->db,
                err));
    TRY(audit_open(options, &house->audit, err));
    TRY(choose_id(house, options, err));
    make_accounts(house, options);
    TRY(edition_new(&(struct edition_options){ .options = options,
                                               .os_id = house->os_id,
                                               .exposed_host = house->exposed_host,
                                               .started_at_us = house->started_at_us,
                                               .keys = house->keys,
                                               .accounts = house->accounts },
                    &first, err));
    agentos_status status = open_stations(house, first, err);
    surface_unref(first); /* the stations hold it */
    TRY(status);
    TRY(open_accounts(house, err));
    key_pool_open(house->keys, house->stations[0].context.station.loop);
    TRY(reload_open(house, options, flags, err));
    TRY(open_servers(house, options, &port, err));
    journal_opened(house, options, port);
    return run_stations(house, options, port, err);
}

/* In the order of who still uses what: the threads of the database, of reloading and of models end
 * before the loops they post to. */
static void house_close(struct house *house)
{
    for (size_t i = 0; i < house->count; i++)
        server_free(house->stations[i].server);
    db_close(house->db);
    reload_close(house);
    key_pool_close(house->keys);
    for (size_t i = 0; i < house->count; i++)
        surface_unref(house->stations[i].context.station.surface);
    for (size_t i = 0; i < house->count; i++)
        close_station(&house->stations[i]);
    key_pool_free(house->keys);
    accounts_free(house->accounts);
    run_index_free(house->run_index);
    audit_free(house->audit);
    arena_free(house->arena);
    free(house);
}

agentos_status serve(const struct options *options, const struct option_flags *flags,
                     agentos_error *err)
{
    struct house *house = mem_zeroed(sizeof(*house));
    house->arena = arena_new();
    house->run_index = run_index_new();
    house->keys = key_pool_new(&(struct key_pool_options){ .tell = keys_have_moved });
    house->started_at_us = clock_now_us();
    house->count = loop_count(options);
    house->descriptors = raise_descriptor_limit();
    agentos_status status = open_and_run(house, options, flags, err);
    house_close(house);
    return status;
}
