/* The life of a server's stations, in its order: opened, listening, running, draining, closed. */
#include "web/stations.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/token/token_cache.h"
#include "base/ensure.h"
#include "base/list.h"
#include "base/log.h"
#include "loop/tcp.h"
#include "web/dispatch.h"

enum {
    DRAIN_MS = 30 * 1000,          /* how long clients may finish after the first signal */
    DESCRIPTORS_KEPT = 128,        /* for the database, key files and the like */
    DESCRIPTORS_MAX = 1000 * 1000, /* more are not used */
    DESCRIPTORS_UNKNOWN = 1024,    /* assumed when the system does not say */
};

/* How many stations to make: as many as were asked for, or one for each core; at most LOOPS_MAX. */
size_t stations_wanted(size_t asked)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = asked > 0 ? asked : (size_t)(cores > 0 ? cores : 1);

    return wanted < LOOPS_MAX ? wanted : LOOPS_MAX;
}

/* Raises the process's limit of open files to what the system grants. Returns the limit in force.
 */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return DESCRIPTORS_UNKNOWN;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return DESCRIPTORS_UNKNOWN;
    return limit.rlim_cur > DESCRIPTORS_MAX ? DESCRIPTORS_MAX : (size_t)limit.rlim_cur;
}

/* ---- draining ---- */

static void stop_loop(void *user)
{
    struct station *station = user;

    loop_stop(station->loop);
}

/* On the station's thread, with no client left: writes the denials of this minute, and stops the
 * loop once nothing is under way any more. A cancelled run may still be on its way to the disk. */
static void on_drained(void *user)
{
    struct station_thread *thread = user;
    struct station *station = thread->station;
    const struct stations *stations = thread->stations;

    ensure(station->loop != NULL && station->denials != NULL);
    denials_flush(station->denials);
    if (stations->service->drained != NULL)
        stations->service->drained(station, stations->user);
    busy_wait(&station->busy, stop_loop, station);
}

/* On the station's thread: takes no more clients, and lets those there are finish for DRAIN_MS. */
static void drain_station(struct letter *letter)
{
    struct station_thread *thread = LIST_OWNER(letter, struct station_thread, drain);

    ensure(thread->station->server != NULL);
    server_drain(thread->station->server, DRAIN_MS, on_drained, thread);
}

/* On the first station's thread: the first signal drains all stations, the second ends the process
 * without waiting. What a client was told is stored is on the disk either way. */
static void on_signal(int signum, void *user)
{
    struct stations *stations = user;

    LOG(LOG_INFO, stations->is_draining ? "stopping now" : "draining", log_int("signal", signum));
    if (stations->is_draining)
        _exit(1);
    stations->is_draining = true;
    for (size_t i = 0; i < stations->count; i++)
        loop_post(stations->all[i]->loop, &stations->threads[i].drain);
}

/* ---- opening ---- */

/* On the station's thread: the audit log could not be written. */
static void on_denials_lost(size_t rows, const agentos_error *why)
{
    LOG(LOG_ERROR, "denials not written to the audit", log_int("rows", (int64_t)rows),
        log_text("why", why->message));
}

/* Makes everything of the station but its listener. On failure stations_close frees what was made.
 */
static agentos_status open_station(struct stations *stations, size_t i,
                                   const struct stations_options *options, agentos_error *err)
{
    struct station *station = stations->all[i];

    ensure(i < stations->count && station != NULL);
    ensure(station->loop == NULL); /* given zeroed, opened once */
    TRY(loop_new(&station->loop, err));
    surface_ref(options->surface);
    station->surface = options->surface;
    station->number = (unsigned)i;
    station->db = options->db;
    station->tokens = token_cache_new(VERIFIED_TOKENS_MAX);
    station->metrics = metrics_new(options->surface->count);
    station->audit = options->audit;
    station->accounts = options->accounts;
    station->quota = options->quota;
    station->denials = denials_new(&(struct denials_options){ .loop = station->loop,
                                                              .db = options->db,
                                                              .busy = &station->busy,
                                                              .audit = options->audit,
                                                              .on_lost = on_denials_lost });
    station->stations = (const struct station *const *)stations->all;
    station->station_count = stations->count;
    stations->threads[i] = (struct station_thread){ .stations = stations,
                                                    .station = station,
                                                    .drain.deliver = drain_station };
    if (stations->service->opened != NULL)
        stations->service->opened(station, stations->user);
    return AGENTOS_OK;
}

/* Opens all stations, and lets the first one handle SIGTERM and SIGINT. No other thread runs yet.
 */
agentos_status stations_open(struct stations *stations, const struct stations_options *options,
                             agentos_error *err)
{
    ensure(stations->count > 0 && stations->count <= LOOPS_MAX && stations->service != NULL);
    ensure(options->surface != NULL);
    stations->descriptors = raise_descriptor_limit();
    for (size_t i = 0; i < stations->count; i++)
        TRY(open_station(stations, i, options, err));
    TRY(loop_on_signal(stations->all[0]->loop, SIGTERM, on_signal, stations, err));
    return loop_on_signal(stations->all[0]->loop, SIGINT, on_signal, stations, err);
}

/* ---- listening ---- */

/* Binds the port once without SO_REUSEPORT, and lets it go: a second server on the same port must
 * be an error, not share its clients unnoticed. *port 0 becomes the port that the system chose, the
 * same for all stations. */
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
    ensure(status != AGENTOS_OK || *port > 0);
    return status;
}

/* How many clients each station may have, by the files that the process may open. At least 1: to
 * the server, 0 means no limit. */
static size_t client_limit(const struct stations *stations, size_t descriptors_per_client)
{
    size_t all = stations->descriptors;

    ensure(descriptors_per_client > 0 && stations->count > 0);
    size_t spare = all > DESCRIPTORS_KEPT ? all - DESCRIPTORS_KEPT : 0;
    size_t share = spare / (descriptors_per_client * stations->count);

    return share > 0 ? share : 1;
}

/* A request that the server refused before it became a call. */
static void on_refused(const char *peer, int status, const char *detail, void *user)
{
    const struct station *station = user;

    metrics_unread(station->metrics, status);
    LOG(LOG_INFO, "refused", log_text("peer", peer), log_int("status", status),
        log_text("why", detail));
}

/* Listens on every station, on one port that they share. */
agentos_status stations_listen(struct stations *stations, const struct stations_address *address,
                               uint16_t *port, agentos_error *err)
{
    ensure(address->host != NULL && port != NULL);
    size_t clients = client_limit(stations, address->descriptors_per_client);

    *port = address->port;
    TRY(claim_port(address->host, port, err));
    for (size_t i = 0; i < stations->count; i++) {
        struct station *station = stations->all[i];
        const struct server_options options = {
            .host = address->host,
            .port = *port,
            .reuse_port = true,
            .on_request = dispatch,
            .on_refused = on_refused,
            .user = station,
            .connections_max = clients,
        };

        TRY(server_open(station->loop, &options, &station->server, err));
    }
    return AGENTOS_OK;
}

/* ---- running ---- */

/* The thread of every station but the first. */
static void *run_loop(void *user)
{
    struct station_thread *thread = user;

    loop_run(thread->station->loop);
    return NULL;
}

/* Runs the first station on this thread and the others on threads of their own, until all have
 * drained. When the system grants too few threads, those that were started are stopped again. */
agentos_status stations_run(struct stations *stations, void (*ready)(void *user), void *user,
                            agentos_error *err)
{
    size_t started = 1; /* the first station has this thread */

    ensure(stations->count > 0 && stations->all[0]->server != NULL);
    for (; started < stations->count; started++)
        if (pthread_create(&stations->threads[started].id, NULL, run_loop,
                           &stations->threads[started]) != 0)
            break;
    bool is_complete = started == stations->count;
    if (is_complete) {
        ready(user);
        loop_run(stations->all[0]->loop);
    }
    for (size_t i = 1; i < started; i++) {
        if (!is_complete)
            loop_stop(stations->all[i]->loop);
        (void)pthread_join(stations->threads[i].id, NULL); /* it was created, so it can be joined */
    }
    return is_complete ? AGENTOS_OK
                       : fail(err, AGENTOS_INTERNAL, "the system grants no more threads");
}

/* ---- closing ---- */

/* Cuts all clients and closes the listeners; no station's thread may run. */
void stations_stop(struct stations *stations)
{
    for (size_t i = 0; i < stations->count; i++) {
        server_free(stations->all[i]->server);
        stations->all[i]->server = NULL;
    }
}

/* Frees what open_station made. A station that was not opened has no loop, and is not told. */
static void close_station(const struct stations *stations, struct station *station)
{
    ensure(station->server == NULL);
    if (station->loop != NULL && stations->service->closed != NULL)
        stations->service->closed(station, stations->user);
    token_cache_free(station->tokens);
    metrics_free(station->metrics);
    denials_free(station->denials);
    loop_free(station->loop);
}

/* Frees all that stations_open made, in whatever state it ended. No station's thread may run. */
void stations_close(struct stations *stations)
{
    for (size_t i = 0; i < stations->count; i++)
        surface_unref(stations->all[i]->surface); /* the last one ends the threads of models, which
                                                   * post to any station's loop */
    for (size_t i = 0; i < stations->count; i++)
        close_station(stations, stations->all[i]);
}
