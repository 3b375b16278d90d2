/* Runs the event loops of a server, one thread each. */
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
    DRAIN_MS = 30 * 1000,          /* for clients to finish after the first signal */
    LATE_MS = 5 * 1000,            /* then for the answers of cancelled work */
    DESCRIPTORS_KEPT = 128,        /* reserved for the database, key files and the like */
    DESCRIPTORS_MAX = 1000 * 1000, /* the highest limit used */
    DESCRIPTORS_UNKNOWN = 1024,    /* if getrlimit fails */
};

/* Returns the number of event loops: `requested`, or one per core if it is 0, but at most
 * LOOPS_MAX. */
size_t stations_choose_count(size_t requested)
{
    size_t count = requested;

    if (count == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        count = cores > 0 ? (size_t)cores : 1; /* sysconf may fail */
    }
    return count < LOOPS_MAX ? count : LOOPS_MAX;
}

/* Raises the soft limit of open files to the hard limit, and returns the limit in force. */
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

/* Stops the loop once the last client has left and no work, such as a cancelled run, is under way.
 */
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

/* Called on the loop's thread if clients are left after DRAIN_MS. Cancels their work. */
static void on_late(void *user)
{
    struct station_thread *thread = user;
    const struct stations *stations = thread->stations;

    ensure(thread->station->loop != NULL);
    LOG(LOG_INFO, "drain timeout; cancelling the remaining work",
        log_int("connections", (int64_t)server_connections(thread->station->server)));
    if (stations->service->late != NULL)
        stations->service->late(thread->station, stations->user);
}

/* Stops accepting clients, and gives the current ones DRAIN_MS to finish. */
static void drain_station(struct letter *letter)
{
    struct station_thread *thread = LIST_OWNER(letter, struct station_thread, drain);

    ensure(thread->station->server != NULL);
    atomic_store(&thread->station->phase, STATION_DRAINING);
    server_drain(thread->station->server, &(struct server_drain_options){ .grace_ms = DRAIN_MS,
                                                                          .on_late = on_late,
                                                                          .last_ms = LATE_MS,
                                                                          .drained = on_drained,
                                                                          .user = thread });
}

/* Drains every loop at the first signal, and exits at once at the second. */
static void on_signal(int signum, void *user)
{
    struct stations *stations = user;

    ensure(stations->count > 0 && stations->count <= LOOPS_MAX);
    LOG(LOG_INFO, stations->is_draining ? "stopping now" : "shutting down",
        log_int("signal", signum));
    if (stations->is_draining) {
        (void)log_flush(LOG_FLUSH_MS); /* best effort before exiting */
        _exit(1);
    }
    stations->is_draining = true;
    for (size_t i = 0; i < stations->count; i++)
        loop_post(stations->all[i]->loop, &stations->threads[i].drain);
}

/* ---- opening ---- */

/* Called on the loop's thread if denials could not be written to the audit log. */
static void on_denials_lost(size_t rows, const agentos_error *why)
{
    LOG_SELDOM(LOG_ERROR, "denials not written to the audit", log_int("rows", (int64_t)rows),
               log_text("why", why->message));
}

/* Borrows the shared objects until stations_close. Takes a reference to the surface. */
static void share_options(struct station *station, const struct stations_options *options)
{
    ensure(station->surface == NULL);
    surface_ref(options->surface);
    station->surface = options->surface;
    station->db = options->db;
    station->audit = options->audit;
    station->accounts = options->accounts;
    station->quota = options->quota;
}

/* Creates the station's own objects. Its loop and its shared objects must be set. */
static void create_own_parts(struct station *station)
{
    ensure(station->loop != NULL && station->surface != NULL);
    const struct denials_options denials = {
        .loop = station->loop,
        .db = station->db,
        .busy = &station->busy,
        .audit = station->audit,
        .on_lost = on_denials_lost,
    };

    station->tokens = token_cache_new(VERIFIED_TOKENS_MAX);
    station->metrics = metrics_new(station->surface->count);
    station->denials = denials_new(&denials);
}

/* Opens station i without its listener. If it fails, stations_close frees what was created. */
static agentos_status open_station(struct stations *stations, size_t i,
                                   const struct stations_options *options, agentos_error *err)
{
    ensure(i < stations->count && stations->count <= LOOPS_MAX);
    struct station *station = stations->all[i];

    ensure(station->loop == NULL); /* the memory is zeroed */
    TRY(loop_new(&station->loop, err));
    share_options(station, options);
    create_own_parts(station);
    station->number = (unsigned)i;
    station->stations = stations->all;
    station->station_count = stations->count;
    stations->threads[i] = (struct station_thread){
        .stations = stations,
        .station = station,
        .drain.deliver = drain_station,
    };
    if (stations->service->opened != NULL)
        stations->service->opened(station, stations->user);
    return AGENTOS_OK;
}

/* Opens every station, and handles SIGTERM and SIGINT on the first loop. */
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

/* Checks that no other server listens on the port, which SO_REUSEPORT would hide. Resolves port 0
 * to a free one. */
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

/* Returns the maximum number of clients per loop; at least 1, because the server takes 0 for no
 * limit. */
static size_t client_limit(const struct stations *stations, size_t descriptors_per_client)
{
    size_t all = stations->descriptors;

    ensure(descriptors_per_client > 0 && stations->count > 0);
    size_t spare = all > DESCRIPTORS_KEPT ? all - DESCRIPTORS_KEPT : 0;
    size_t share = spare / (descriptors_per_client * stations->count);

    return share > 0 ? share : 1;
}

/* Called on the loop's thread when a request was refused before it was parsed. */
static void on_refused(const char *peer, int status, const char *detail, void *user)
{
    const struct station *station = user;

    metrics_unread(station->metrics, status);
    LOG(LOG_INFO, "refused", log_text("peer", peer), log_int("status", status),
        log_text("why", detail));
}

/* Returns the maximum number of unsent bytes per loop. */
static size_t backlog_share(size_t stations)
{
    ensure(stations > 0);
    size_t share = BACKLOG_MAX_BYTES / stations;

    return share > BACKLOG_LOOP_MIN_BYTES ? share : BACKLOG_LOOP_MIN_BYTES;
}

/* Opens the station's server on the port, for at most `clients_max` clients. */
static agentos_status open_server(struct station *station, const struct stations_address *address,
                                  uint16_t port, size_t clients_max, agentos_error *err)
{
    ensure(station->server == NULL && clients_max > 0);
    const struct server_options options = {
        .host = address->host,
        .port = port,
        .reuse_port = true,
        .fd = address->fd,
        .on_request = dispatch,
        .on_refused = on_refused,
        .user = station,
        .connections_max = clients_max,
        .connections_per_address = address->connections_per_address,
        .addresses = station->quota,
        .backlog_max = backlog_share(station->station_count),
    };

    return server_open(station->loop, &options, &station->server, err);
}

/* Listens on the same port with every loop, and stores the port in *port. */
agentos_status stations_listen(struct stations *stations, const struct stations_address *address,
                               uint16_t *port, agentos_error *err)
{
    ensure(address->host != NULL && port != NULL);
    size_t clients_max = client_limit(stations, address->descriptors_per_client);

    *port = address->port;
    if (address->fd == 0) /* no listening socket was passed in */
        TRY(claim_port(address->host, port, err));
    for (size_t i = 0; i < stations->count; i++)
        TRY(open_server(stations->all[i], address, *port, clients_max, err));
    return AGENTOS_OK;
}

/* ---- running ---- */

/* Thread function of every loop but the first. */
static void *run_loop(void *user)
{
    struct station_thread *thread = user;

    ensure(thread->station->loop != NULL);
    loop_run(thread->station->loop);
    loop_post(thread->stations->all[0]->loop, &thread->ended);
    return NULL;
}

/* Called on the first loop's thread when another thread is about to end. */
static void on_thread_ended(struct letter *letter)
{
    struct station_thread *thread = LIST_OWNER(letter, struct station_thread, ended);

    ensure(thread->station != thread->stations->all[0]);
    busy_end(&thread->stations->all[0]->busy);
}

/* Starts the thread of a station. The first loop runs until it ends, to receive a second signal. */
static bool start_thread(struct station_thread *thread)
{
    struct station *first = thread->stations->all[0];

    ensure(thread->station != first);
    thread->ended.deliver = on_thread_ended;
    busy_begin(&first->busy);
    if (pthread_create(&thread->id, NULL, run_loop, thread) == 0)
        return true;
    busy_end(&first->busy);
    return false;
}

/* Starts a thread for every station but the first. Returns the number of running stations,
 * including it. */
static size_t start_threads(struct stations *stations)
{
    ensure(stations->count > 0 && stations->count <= LOOPS_MAX);
    for (size_t i = 1; i < stations->count; i++)
        if (!start_thread(&stations->threads[i]))
            return i;
    return stations->count;
}

/* Joins the threads of stations 1 to count - 1. */
static void join_threads(const struct stations *stations, size_t count)
{
    ensure(count <= stations->count);
    for (size_t i = 1; i < count; i++)
        (void)pthread_join(stations->threads[i].id, NULL); /* cannot fail for a created thread */
}

/* Stops the loops of stations 1 to count - 1, and joins their threads. */
static void stop_threads(const struct stations *stations, size_t count)
{
    ensure(count <= stations->count);
    for (size_t i = 1; i < count; i++)
        loop_stop(stations->all[i]->loop);
    join_threads(stations, count);
}

/* Runs every event loop until it has drained; the first one runs on the calling thread. */
agentos_status stations_run(struct stations *stations, void (*ready)(void *user), void *user,
                            agentos_error *err)
{
    ensure(stations->count > 0 && stations->all[0]->server != NULL);
    size_t started = start_threads(stations);

    if (started < stations->count) {
        stop_threads(stations, started);
        return fail(err, AGENTOS_INTERNAL, "cannot create a thread");
    }
    for (size_t i = 0; i < stations->count; i++)
        atomic_store(&stations->all[i]->phase, STATION_SERVING);
    ready(user);
    loop_run(stations->all[0]->loop);
    join_threads(stations, stations->count);
    return AGENTOS_OK;
}

/* ---- closing ---- */

/* Disconnects all clients and closes the listeners. No other thread may be running. */
void stations_stop(struct stations *stations)
{
    for (size_t i = 0; i < stations->count; i++) {
        server_free(stations->all[i]->server);
        stations->all[i]->server = NULL;
    }
}

/* Frees the station. The service is not called for a station that was never opened. */
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

/* Frees every station, even if stations_open failed halfway. */
void stations_close(struct stations *stations)
{
    ensure(stations->count <= LOOPS_MAX);
    /* The last reference ends the model threads, which post to the loops: so before any loop is
     * freed. */
    for (size_t i = 0; i < stations->count; i++)
        surface_unref(stations->all[i]->surface);
    for (size_t i = 0; i < stations->count; i++)
        close_station(stations, stations->all[i]);
}
