/* Creates and frees the process object that serves one AgentOS: its database, audit log, stations
 * (one event loop each), worker threads and first edition (the configuration as loaded). */
#include "os/process.h"

#include "api/runs/run_reply.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/random.h"
#include "os/audit_key.h"
#include "os/edition.h"
#include "os/exposure.h"
#include "os/journal.h"
#include "store/schema.h"
#include "store/setting.h"

enum { DESCRIPTORS_PER_CLIENT = 2 }; /* a run has a connection to its client and one to its model */

/* ---- what AgentOS does on each station ---- */

/* Makes the services that the runs of one station use; close_runs frees the client, which is the
 * only one made here. The user pointer of a service is the process. Called on the thread that opens
 * the stations. */
static void open_runs(struct station *station, void *user)
{
    ensure(station->loop != NULL && user != NULL);
    struct context *context = LIST_OWNER(station, struct context, station);
    const struct process *process = user;

    context->runs = (struct run_services){
        .loop = station->loop,
        .client = client_new(station->loop),
        .db = process->db,
        .index = process->run_index,
        .busy = &station->busy,
        .on_over = runs_over,
        .user = context,
    };
}

/* Ends what only the first station does, once its requests are drained: it stops the comparison of
 * the service accounts and writes the last row of the journal. */
/* Cancels the runs of a station whose time to finish is over: their clients get the last events. */
static void cancel_runs(struct station *station, void *user)
{
    const struct process *process = user;

    ensure(process->run_index != NULL && station->loop != NULL);
    run_index_cancel_all(process->run_index, station->loop);
}

static void finish_first_station(struct station *station, void *user)
{
    ensure(station->server != NULL);
    struct process *process = user;

    if (station != first_station(process))
        return;
    mirror_sync_finish(process->sync);
    journal_closed(process);
}

/* Frees what open_runs made, and on the first station the comparison of the service accounts. */
static void close_runs(struct station *station, void *user)
{
    ensure(station->loop != NULL && user != NULL);
    struct context *context = LIST_OWNER(station, struct context, station);
    struct process *process = user;

    client_free(context->runs.client);
    if (station == first_station(process))
        mirror_sync_free(process->sync); /* its timer belongs to this loop, which is freed next */
}

static const struct station_service agentos_service = {
    .opened = open_runs,
    .late = cancel_runs,
    .drained = finish_first_station,
    .closed = close_runs,
};

/* ---- what the process has once ---- */

/* Logs that a key set was fetched of which no key can be used. */
static void warn_of_no_keys(const struct keys_news *news)
{
    const char *why = news->why[0] != '\0' ? news->why : "the key set has no keys";

    LOG(LOG_WARNING, "no key of the fetched set can be used; tokens of this source are refused",
        log_text("source", news->name), log_int("keys", 0), log_text("why", why));
}

/* Logs that the state of a key source has changed. Called once for each change, not for each fetch
 * that fails. */
static void log_keys(void *user, const struct keys_news *news)
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

    ensure(news->name != NULL && news->state < COUNT(events));
    (void)user; /* the log is the same for every process */
    if (news->state == KEYS_GOOD && news->count == 0) {
        warn_of_no_keys(news);
        return;
    }
    LOG(events[news->state].level, events[news->state].event, log_text("source", news->name),
        log_int("keys", (int64_t)news->count), log_text("why", news->why));
}

static void log_sync_failure(const agentos_error *why)
{
    LOG_SELDOM(LOG_ERROR, "service accounts cannot be compared with the database",
               log_text("why", why->message));
}

/* Reads the service accounts, and compares them with the database at intervals on the first
 * station. Does nothing if the process has no accounts. */
static agentos_status open_accounts(struct process *process, agentos_error *err)
{
    ensure(process->sync == NULL && process->db != NULL);
    if (process->accounts == NULL)
        return AGENTOS_OK;
    struct station *first = first_station(process);
    struct mirror *mirrors[] = { accounts_mirror(process->accounts) };
    const struct mirror_sync_options options = {
        .loop = first->loop,
        .db = process->db,
        .busy = &first->busy,
        .mirrors = mirrors, /* copied before mirror_sync_new returns */
        .mirror_count = COUNT(mirrors),
        .on_failure = log_sync_failure,
    };
    return mirror_sync_new(&options, &process->sync, err);
}

/* The id of this AgentOS, generated and stored at the first start that needs one. */
struct id_job {
    struct db_job job;
    arena *arena;
    const char *id;
};

/* Reads the id from the database, or stores a generated one if there is none. Called on a database
 * thread. */
static agentos_status get_or_put_id(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct id_job *want = LIST_OWNER(job, struct id_job, job);
    char generated[UUID_SIZE];

    return setting_get_or_put(conn, "os_id", random_uuid(generated), want->arena, &want->id, err);
}

/* Sets the id of this AgentOS: the one of the options, else the one that the database keeps. Waits
 * for the database. */
static agentos_status choose_id(struct process *process, const struct options *options,
                                agentos_error *err)
{
    ensure(process->os_id == NULL && process->db != NULL);
    if (options->id != NULL) {
        process->os_id = options->id;
        return AGENTOS_OK;
    }
    struct id_job want = { .job.run = get_or_put_id, .arena = process->arena };
    if (db_write_now(process->db, &want.job) != AGENTOS_OK)
        return fail(err, want.job.status, "%s", want.job.err.message);
    ensure(want.id != NULL);
    process->os_id = want.id;
    return AGENTOS_OK;
}

/* Opens the database and the audit, and sets the id of this AgentOS. What was opened before a
 * failure is freed by process_free. */
static agentos_status open_store(struct process *process, const struct options *options,
                                 agentos_error *err)
{
    ensure(process->db == NULL && options->database != NULL);
    const struct db_options database = { .url = options->database };
    const char *exposed = exposure_of(options);

    if (exposed != NULL)
        process->exposed_host = arena_copy(process->arena, str_of(exposed));
    TRY(db_open(&database, &agentos_schema, &process->db, err));
    TRY(audit_open(options, &process->audit, err));
    TRY(choose_id(process, options, err));
    /* An account made in a database in memory would be gone after a restart, but not its token. */
    if (strcmp(options->database, "memory") != 0)
        process->accounts = accounts_new();
    return AGENTOS_OK;
}

/* ---- the stations ---- */

/* Makes the first edition (the configuration as loaded). The caller must call surface_unref on
 * *out. */
static agentos_status make_first_edition(const struct process *process,
                                         const struct options *options, struct surface **out,
                                         agentos_error *err)
{
    ensure(process->os_id != NULL);
    const struct edition_options edition = {
        .options = options,
        .os_id = process->os_id,
        .exposed_host = process->exposed_host,
        .started_at_us = process->started_at_us,
        .keys = process->keys,
        .accounts = process->accounts,
    };

    return edition_new(&edition, out, err);
}

/* Opens the stations with the first edition, of which each keeps a reference. They do not listen
 * yet. */
static agentos_status open_stations(struct process *process, const struct options *options,
                                    agentos_error *err)
{
    ensure(process->db != NULL && process->audit != NULL);
    struct surface *surface = NULL;

    TRY(make_first_edition(process, options, &surface, err));
    const struct stations_options stations = {
        .surface = surface,
        .db = process->db,
        .audit = process->audit,
        .quota = process->quota,
        .accounts = process->accounts,
    };
    agentos_status status = stations_open(&process->stations, &stations, err);
    surface_unref(surface);
    return status;
}

/* Listens at the address of the options, with the socket listen_fd unless it is 0, and sets *port
 * to the port in use. If another program has the port, the message says how to choose another one.
 */
static agentos_status listen_at(struct process *process, const struct options *options,
                                int listen_fd, uint16_t *port, agentos_error *err)
{
    ensure(options->host != NULL && port != NULL && options->connections_per_address >= 0);
    const struct stations_address address = {
        .host = options->host,
        .port = options->port,
        .fd = listen_fd,
        .descriptors_per_client = DESCRIPTORS_PER_CLIENT,
        .connections_per_address = (size_t)options->connections_per_address,
    };
    agentos_status status = stations_listen(&process->stations, &address, port, err);

    if (status != AGENTOS_CONFLICT || err == NULL)
        return status;
    agentos_error in_use = *err; /* a copy, because fail overwrites *err */
    return fail(err, status, "%s; choose another with --port or AGENT_OS_PORT", in_use.message);
}

/* ---- the process ---- */

/* Makes a process object that has opened nothing. The caller must free it with process_free. */
struct process *process_new(const struct options *options)
{
    struct process *process = mem_zeroed(sizeof(*process));
    struct stations *stations = &process->stations;

    process->arena = arena_new();
    process->run_index = run_index_new();
    process->quota = quota_new();
    process->keys = key_pool_new(&(struct key_pool_options){ .tell = log_keys });
    process->started_at_us = clock_now_us();
    stations->count = stations_wanted(options->loops);
    stations->service = &agentos_service;
    stations->user = process;
    ensure(stations->count > 0);
    ensure(stations->count <= COUNT(process->contexts) && stations->count <= COUNT(stations->all));
    for (size_t i = 0; i < stations->count; i++)
        stations->all[i] = &process->contexts[i].station;
    return process;
}

/* Opens the parts of the process in the order in which they need each other, and listens last, so
 * that no request comes before everything is open. After a failure the caller must still call
 * process_free. */
agentos_status process_open(struct process *process, const struct options *options,
                            const struct option_flags *flags, uint16_t *port, agentos_error *err)
{
    ensure(process->db == NULL && options->host != NULL && options->database != NULL);
    TRY(open_store(process, options, err));
    TRY(open_stations(process, options, err));
    TRY(open_accounts(process, err));
    key_pool_open(process->keys, first_station(process)->loop);
    TRY(reload_open(process, options, flags, err));
    TRY(listen_at(process, options, flags != NULL ? flags->listen_fd : 0, port, err));
    journal_opened(process, options, *port);
    return AGENTOS_OK;
}

/* Closes and frees the process. The threads of the database, of reloading, of keys and of models
 * end first, because they post to the loops, which stations_close frees. */
void process_free(struct process *process)
{
    ensure(process != NULL);
    stations_stop(&process->stations);
    db_close(process->db);
    reload_close(process);
    key_pool_close(process->keys);
    stations_close(&process->stations);
    key_pool_free(process->keys);
    accounts_free(process->accounts);
    run_index_free(process->run_index);
    quota_free(process->quota);
    audit_free(process->audit);
    arena_free(process->arena);
    free(process);
}
