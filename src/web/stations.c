/* Manages the stations of a server (a station is one event loop with its listener) in this order:
 * open, listen, run, drain, close. The first station runs on the calling thread, and every other
 * one on a new thread. */
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
    DRAIN_MS = 30 * 1000,          /* the time for clients to finish after the first signal */
    LATE_MS = 5 * 1000,            /* the time for the answers of what is then cancelled */
    DESCRIPTORS_KEPT = 128,        /* reserved for the database, key files and the like */
    DESCRIPTORS_MAX = 1000 * 1000, /* a higher limit is not used */
    DESCRIPTORS_UNKNOWN = 1024,    /* assumed if the system does not tell */
};

/* Returns how many stations to open: as many as were asked for, or one for each core if asked is 0,
 * but at most LOOPS_MAX. */
size_t stations_wanted(size_t asked)
{
    size_t wanted = asked;

    if (wanted == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        wanted = cores > 0 ? (size_t)cores : 1; /* sysconf may not know */
    }
    return wanted < LOOPS_MAX ? wanted : LOOPS_MAX;
}

/* Raises the limit of open files to the maximum that the system grants, and returns the limit that
 * is then in force. */
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

/* Called on the station's thread when its last client has left. Writes the counted denials, and
 * stops the loop when no work is under way any more, such as a cancelled run that is being
 * stored. */
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

/* Called on the station's thread if clients are left after DRAIN_MS. */
static void on_late(void *user)
{
    struct station_thread *thread = user;
    const struct stations *stations = thread->stations;

    ensure(thread->station->loop != NULL);
    LOG(LOG_INFO, "the time to finish is over; what is left is cancelled",
        log_int("connections", (int64_t)server_connections(thread->station->server)));
    if (stations->service->late != NULL)
        stations->service->late(thread->station, stations->user);
}

/* Called on the station's thread. Stops accepting clients, and gives the present ones DRAIN_MS to
 * finish. */
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

/* Called on the first station's thread. The first signal drains all stations, the second ends the
 * process at once. No confirmed data is lost in either case, because it is already on disk. */
static void on_signal(int signum, void *user)
{
    struct stations *stations = user;

    ensure(stations->count > 0 && stations->count <= LOOPS_MAX);
    LOG(LOG_INFO, stations->is_draining ? "stopping now" : "draining", log_int("signal", signum));
    if (stations->is_draining) {
        (void)log_flush(LOG_FLUSH_MS); /* its reader may have stalled */
        _exit(1);
    }
    stations->is_draining = true;
    for (size_t i = 0; i < stations->count; i++)
        loop_post(stations->all[i]->loop, &stations->threads[i].drain);
}

/* ---- opening ---- */

/* Called on the station's thread if denials could not be written to the audit log. */
static void on_denials_lost(size_t rows, const agentos_error *why)
{
    LOG_SELDOM(LOG_ERROR, "denials not written to the audit", log_int("rows", (int64_t)rows),
               log_text("why", why->message));
}

/* Gives the station what all stations share. Everything is borrowed from the options until
 * stations_close, except that the station holds a reference to the surface. */
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

/* Creates what the station has for itself. Its loop must exist, and its share of the options must
 * have been set. close_station frees what is created here. */
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
    station->denials = denials_new(&denials); /* copies the options */
}

/* Opens station number i except for its listener, and tells the service. If this fails,
 * stations_close frees what was opened. */
static agentos_status open_station(struct stations *stations, size_t i,
                                   const struct stations_options *options, agentos_error *err)
{
    ensure(i < stations->count && stations->count <= LOOPS_MAX);
    struct station *station = stations->all[i];

    ensure(station->loop == NULL); /* the caller passes zeroed stations */
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

/* Opens all stations, and makes the first one handle SIGTERM and SIGINT. If this fails, the caller
 * must still call stations_close. */
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

/* Binds the port once without SO_REUSEPORT and closes it again, so that a second server on the same
 * port is an error instead of silently sharing its clients. If *port is 0, sets it to a port that
 * the system chooses. */
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

/* Returns how many clients each station may have, given the files that the process may open.
 * Returns at least 1, because the server takes 0 for no limit. */
static size_t client_limit(const struct stations *stations, size_t descriptors_per_client)
{
    size_t all = stations->descriptors;

    ensure(descriptors_per_client > 0 && stations->count > 0);
    size_t spare = all > DESCRIPTORS_KEPT ? all - DESCRIPTORS_KEPT : 0;
    size_t share = spare / (descriptors_per_client * stations->count);

    return share > 0 ? share : 1;
}

/* Called on the station's thread when a request was refused before it became a call. */
static void on_refused(const char *peer, int status, const char *detail, void *user)
{
    const struct station *station = user;

    metrics_unread(station->metrics, status);
    LOG(LOG_INFO, "refused", log_text("peer", peer), log_int("status", status),
        log_text("why", detail));
}

/* Returns how much output may wait for the slow readers of one station. */
static size_t backlog_share(size_t stations)
{
    ensure(stations > 0);
    size_t share = BACKLOG_MAX_BYTES / stations;

    return share > BACKLOG_LOOP_MIN_BYTES ? share : BACKLOG_LOOP_MIN_BYTES;
}

/* Opens the station's server, which listens on the port and accepts at most this many clients. */
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

/* Listens with every station on the same port, and stores the port in *port. */
agentos_status stations_listen(struct stations *stations, const struct stations_address *address,
                               uint16_t *port, agentos_error *err)
{
    ensure(address->host != NULL && port != NULL);
    size_t clients_max = client_limit(stations, address->descriptors_per_client);

    *port = address->port;
    if (address->fd == 0) /* no socket was passed that listens already */
        TRY(claim_port(address->host, port, err));
    for (size_t i = 0; i < stations->count; i++)
        TRY(open_server(stations->all[i], address, *port, clients_max, err));
    return AGENTOS_OK;
}

/* ---- running ---- */

/* Runs the loop of a station other than the first, on a thread of its own. */
static void *run_loop(void *user)
{
    struct station_thread *thread = user;

    ensure(thread->station->loop != NULL);
    loop_run(thread->station->loop);
    loop_post(thread->stations->all[0]->loop, &thread->ended);
    return NULL;
}

/* Called on the first station's thread when the thread of another station is about to end. */
static void note_end(struct letter *letter)
{
    struct station_thread *thread = LIST_OWNER(letter, struct station_thread, ended);

    ensure(thread->station != thread->stations->all[0]);
    busy_end(&thread->stations->all[0]->busy);
}

/* Creates the thread of a station. Until it ends, the first station's loop goes on: it is the one
 * that hears a second signal. Returns false if the system grants no more threads. */
static bool start_thread(struct station_thread *thread)
{
    struct station *first = thread->stations->all[0];

    ensure(thread->station != first);
    thread->ended.deliver = note_end;
    busy_begin(&first->busy);
    if (pthread_create(&thread->id, NULL, run_loop, thread) == 0)
        return true;
    busy_end(&first->busy);
    return false;
}

/* Creates a thread for each station but the first, which runs on the calling thread. Returns how
 * many stations have a thread, the first one included. These are fewer than stations->count if the
 * system grants no more threads. */
static size_t start_threads(struct stations *stations)
{
    ensure(stations->count > 0 && stations->count <= LOOPS_MAX);
    for (size_t i = 1; i < stations->count; i++)
        if (!start_thread(&stations->threads[i]))
            return i;
    return stations->count;
}

/* Waits until the threads of the stations from 1 to count - 1 have ended. */
static void join_threads(const struct stations *stations, size_t count)
{
    ensure(count <= stations->count);
    for (size_t i = 1; i < count; i++)
        (void)pthread_join(stations->threads[i].id, NULL); /* cannot fail for a created thread */
}

/* Ends the threads of the stations from 1 to count - 1, and waits until they have ended. */
static void stop_threads(const struct stations *stations, size_t count)
{
    ensure(count <= stations->count);
    for (size_t i = 1; i < count; i++)
        loop_stop(stations->all[i]->loop);
    join_threads(stations, count);
}

/* Runs the first station on this thread and the others on threads of their own. Returns when all
 * have drained. If a thread cannot be created, stops those that were created and fails; ready is
 * not called then. */
agentos_status stations_run(struct stations *stations, void (*ready)(void *user), void *user,
                            agentos_error *err)
{
    ensure(stations->count > 0 && stations->all[0]->server != NULL);
    size_t started = start_threads(stations);

    if (started < stations->count) {
        stop_threads(stations, started);
        return fail(err, AGENTOS_INTERNAL, "the system grants no more threads");
    }
    for (size_t i = 0; i < stations->count; i++)
        atomic_store(&stations->all[i]->phase, STATION_SERVING);
    ready(user);
    loop_run(stations->all[0]->loop);
    join_threads(stations, stations->count);
    return AGENTOS_OK;
}

/* ---- closing ---- */

/* Disconnects all clients and closes the listeners. No station's thread may be running. */
void stations_stop(struct stations *stations)
{
    for (size_t i = 0; i < stations->count; i++) {
        server_free(stations->all[i]->server);
        stations->all[i]->server = NULL;
    }
}

/* Frees what open_station made. The service is not told of a station that was never opened. */
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

/* Frees everything that stations_open made, even if it failed halfway. No station's thread may be
 * running. */
void stations_close(struct stations *stations)
{
    ensure(stations->count <= LOOPS_MAX);
    /* Before any loop is freed: the last reference ends the threads of the models, and these
     * threads post to the loops. */
    for (size_t i = 0; i < stations->count; i++)
        surface_unref(stations->all[i]->surface);
    for (size_t i = 0; i < stations->count; i++)
        close_station(stations, stations->all[i]);
}
