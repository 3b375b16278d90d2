/* Creates, opens and frees the process object. */
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

enum { DESCRIPTORS_PER_CLIENT = 2 }; /* one for the client, one for the model */

/* ---- one event loop ---- */

/* Creates the services for the runs of one event loop. */
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

/* Cancels the runs that outlast the drain. */
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
    retention_finish(process->retention);
    journal_closed(process);
}

static void close_runs(struct station *station, void *user)
{
    ensure(station->loop != NULL && user != NULL);
    struct context *context = LIST_OWNER(station, struct context, station);
    struct process *process = user;

    client_free(context->runs.client);
    if (station == first_station(process)) {
        mirror_sync_free(process->sync); /* before the loop of its timer is freed */
        retention_free(process->retention);
    }
}

static const struct station_service agentos_service = {
    .opened = open_runs,
    .late = cancel_runs,
    .drained = finish_first_station,
    .closed = close_runs,
};

/* ---- shared by all event loops ---- */

/* Logs that a fetched key set has no usable key. */
static void warn_of_no_keys(const struct keys_news *news)
{
    const char *why = news->why[0] != '\0' ? news->why : "the key set has no keys";

    LOG(LOG_WARNING, "the fetched key set has no usable key; tokens of this source are refused",
        log_text("source", news->name), log_int("keys", 0), log_text("why", why));
}

/* Logs a change in the state of a key source. */
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
    (void)user; /* unused */
    if (news->state == KEYS_GOOD && news->count == 0) {
        warn_of_no_keys(news);
        return;
    }
    LOG(events[news->state].level, events[news->state].event, log_text("source", news->name),
        log_int("keys", (int64_t)news->count), log_text("why", news->why));
}

static void log_sync_failure(const agentos_error *why)
{
    LOG_SELDOM(LOG_ERROR, "cannot sync the service accounts with the database",
               log_text("why", why->message));
}

/* Loads the service accounts and keeps them in sync with the database. */
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
        .mirrors = mirrors, /* copied by mirror_sync_new */
        .mirror_count = COUNT(mirrors),
        .on_failure = log_sync_failure,
    };
    return mirror_sync_new(&options, &process->sync, err);
}

static void open_retention(struct process *process, const struct options *options)
{
    struct station *first = first_station(process);

    process->retention = retention_new(&(struct retention_options){
        .loop = first->loop,
        .db = process->db,
        .busy = &first->busy,
        .audit = process->audit,
        .runs_s = options->keep_runs_s,
        .audit_s = options->keep_audit_s,
    });
}

/* The id of this AgentOS, generated and stored at the first start that needs one. */
struct id_job {
    struct db_job job;
    arena *arena;
    const char *id;
};

/* Reads the stored id, or stores a new one. Called on a database thread. */
static agentos_status get_or_put_id(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct id_job *want = LIST_OWNER(job, struct id_job, job);
    char generated[UUID_SIZE];

    return setting_get_or_put(conn, "os_id", random_uuid(generated), want->arena, &want->id, err);
}

/* Sets the id from the options or the database. */
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

static void log_audit_failure(const agentos_error *why)
{
    LOG_SELDOM(LOG_ERROR, "the mark of the audit log does not follow",
               log_text("why", why->message));
}

struct audit_job {
    struct db_job job;
    const struct audit *audit;
};

static agentos_status start_log(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    const struct audit_job *start = LIST_OWNER(job, struct audit_job, job);

    return audit_start(start->audit, conn, clock_now_s(), err);
}

/* Opens the audit log and compares it with its mark. A server with a damaged log starts, but
 * refuses changes that must be recorded if the end of the log is wrong. Blocks. */
static agentos_status open_audit(struct process *process, const struct options *options,
                                 agentos_error *err)
{
    TRY(audit_open(options, &process->audit, err));
    audit_tell_failures(process->audit, log_audit_failure);
    struct audit_job start = { .job.run = start_log, .audit = process->audit };
    if (db_write_now(process->db, &start.job) == AGENTOS_OK)
        return AGENTOS_OK;
    if (start.job.status != AGENTOS_CONFLICT)
        return fail(err, start.job.status, "%s", start.job.err.message);
    LOG(LOG_ERROR, "the audit log is not as this server left it; see `agentos audit verify`",
        log_text("why", start.job.err.message));
    return AGENTOS_OK;
}

/* Opens the database and the audit log, and sets the id. */
static agentos_status open_store(struct process *process, const struct options *options,
                                 agentos_error *err)
{
    ensure(process->db == NULL && options->database != NULL);
    const struct db_options database = { .url = options->database };
    const char *exposed = exposure_of(options);

    if (exposed != NULL)
        process->exposed_host = arena_copy(process->arena, str_of(exposed));
    TRY(db_open(&database, &agentos_schema, &process->db, err));
    TRY(open_audit(process, options, err));
    TRY(choose_id(process, options, err));
    /* Tokens would outlive the accounts of a database in memory. */
    if (strcmp(options->database, "memory") != 0)
        process->accounts = accounts_new();
    return AGENTOS_OK;
}

/* ---- the event loops ---- */

/* Makes the first edition. The caller must call surface_unref on *out. */
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

/* Opens the event loops with the first edition, without listening. */
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

/* Listens at the address, on `listen_fd` unless it is 0, and sets *port. */
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
    agentos_error in_use = *err; /* fail overwrites *err */
    return fail(err, status, "%s; choose another with --port or AGENT_OS_PORT", in_use.message);
}

/* ---- the process ---- */

struct process *process_new(const struct options *options)
{
    struct process *process = mem_zeroed(sizeof(*process));
    struct stations *stations = &process->stations;

    process->arena = arena_new();
    process->run_index = run_index_new();
    process->quota = quota_new();
    process->keys = key_pool_new(&(struct key_pool_options){ .on_change = log_keys });
    process->started_at_us = clock_now_us();
    stations->count = stations_choose_count(options->loops);
    stations->service = &agentos_service;
    stations->user = process;
    ensure(stations->count > 0);
    ensure(stations->count <= COUNT(process->contexts) && stations->count <= COUNT(stations->all));
    for (size_t i = 0; i < stations->count; i++)
        stations->all[i] = &process->contexts[i].station;
    return process;
}

/* Opens everything and listens last. Call process_free even on failure. */
agentos_status process_open(struct process *process, const struct options *options,
                            const struct option_flags *flags, uint16_t *port, agentos_error *err)
{
    ensure(process->db == NULL && options->host != NULL && options->database != NULL);
    TRY(open_store(process, options, err));
    TRY(open_stations(process, options, err));
    TRY(open_accounts(process, err));
    open_retention(process, options);
    key_pool_open(process->keys, first_station(process)->loop);
    TRY(reload_open(process, options, flags, err));
    TRY(listen_at(process, options, flags != NULL ? flags->listen_fd : 0, port, err));
    journal_opened(process, options, *port);
    return AGENTOS_OK;
}

/* Frees the process. Threads that post to the event loops end before the loops are freed. */
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
