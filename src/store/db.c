/* Opens databases and queues jobs for their threads. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "store/job.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/migrate_copy.h"
#include "store/sql.h"

enum {
    READERS_USUAL = 2,
    BUSY_MS_USUAL = 5000, /* how long to wait for a lock */
};

/* The queue and the threads of one kind of read. */
struct read_pool {
    struct job_queue queue;
    struct lane lanes[DB_READERS_MAX];
};

struct db {
    struct job_queue writes;
    struct lane writer;
    struct read_pool pools[DB_READ_KINDS];
    arena *memory;             /* of the path */
    struct read_source source; /* of all readers */
    bool in_memory;            /* one connection for reads and writes */
    int lock;                  /* the lock file; -1 for none */
};

typedef struct db database; /* for AUTO */
DEFINE_AUTO(database, db_close);

/* ---- the file ---- */

/* Parses the URL of a database. *path is in the arena, or NULL for a database in memory. It begins
 * with "/" or "./", because SQLite treats some names specially. */
static agentos_status parse_url(arena *a, const char *url, const char **path, agentos_error *err)
{
    static const str scheme = STR_INIT("sqlite:");
    str text = str_of(url);

    ensure(path != NULL);
    *path = NULL;
    if (str_equal(text, STR("memory")))
        return AGENTOS_OK;
    if (!str_starts(text, scheme))
        return fail(err, AGENTOS_INVALID, "database " QUOTED " is neither sqlite:PATH nor memory",
                    QUOTE(text));
    text = str_from(text, scheme.len);
    if (text.len == 0 || text.len >= PATH_MAX - 2)
        return fail(err, AGENTOS_INVALID, "database sqlite: needs a path of a file");
    *path = arena_printf(a, "%s%.*s", text.ptr[0] == '/' ? "" : "./", (int)text.len, text.ptr);
    return AGENTOS_OK;
}

/* Creates the missing parent folders, accessible by this user only. */
static agentos_status make_folders(arena *a, const char *path, agentos_error *err)
{
    char *folder = arena_copy(a, str_of(path));

    ensure(folder[0] == '/' || folder[0] == '.');
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) != 0 && errno != EEXIST)
            return fail(err, AGENTOS_UNAVAILABLE, "cannot create the folder '%.256s': %s", folder,
                        strerror(errno));
        *slash = '/';
    }
    return AGENTOS_OK;
}

/* Creates the file if it does not exist, readable by this user only. With O_EXCL, fails if it
 * exists. */
static agentos_status make_file(const char *path, int flags, agentos_error *err)
{
    ensure(path != NULL && (flags & ~O_EXCL) == 0);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM))
        return fail(err, AGENTOS_UNAVAILABLE, "The database is read-only: '%.256s': %s", path,
                    strerror(errno));
    if (fd < 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be opened: '%.256s': %s", path,
                    strerror(errno));
    (void)close(fd);
    return AGENTOS_OK;
}

/* ---- opening and closing ---- */

/* The parameters of an opening database. */
struct opening {
    struct db *db;
    const struct db_options *options;
    const struct schema *schema;
    struct sql_place place;
};

/* Copies the file before a migration, if the database is neither empty nor current. */
static agentos_status keep_copy(const struct opening *o, struct db_conn *conn, agentos_error *err)
{
    int64_t version;

    ensure(o->place.path != NULL);
    TRY(migrate_check(conn, o->schema, &version, err));
    ensure(version >= 0);
    if (version == 0 || (size_t)version == o->schema->step_count)
        return AGENTOS_OK;
    return migrate_copy(conn, o->place.path, o->schema->step_count, err);
}

/* Connects the writer, migrates the database unless `as_is`, and starts the writer thread. */
static agentos_status open_writer(const struct opening *o, agentos_error *err)
{
    struct lane *writer = &o->db->writer;

    ensure(!writer->is_running && o->place.access == SQL_WRITES);
    TRY(sql_connect(o->options->driver, &o->place, &writer->conn, err));
    if (!o->options->as_is) {
        if (o->place.path != NULL && !o->options->without_copy)
            TRY(keep_copy(o, writer->conn, err));
        TRY(migrate(writer->conn, o->schema, err));
        if (o->place.path != NULL)
            TRY(sql_allow_readers(writer->conn, err));
    }
    sql_guard(writer->conn, o->schema);
    writer->queue = &o->db->writes;
    writer->sweep = o->options->as_is ? NULL : o->schema->sweep;
    return lane_start(writer, writer_serve, err);
}

/* Stores what readers connect to: the file that the writer has opened. */
static agentos_status find_source(const struct opening *o, agentos_error *err)
{
    struct read_source *source = &o->db->source;
    struct stat file;

    ensure(o->place.path != NULL && source->place.path == NULL); /* not in memory; stored once */
    if (stat(o->place.path, &file) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be read: %s", strerror(errno));
    *source = (struct read_source){ .place = o->place,
                                    .driver = o->options->driver,
                                    .schema = o->schema,
                                    .device = file.st_dev,
                                    .inode = file.st_ino };
    source->place.access = SQL_READS;
    return AGENTOS_OK;
}

/* Returns the number of threads for a kind of read. Searches have one, to use at most one core. */
static size_t count_readers(enum db_read_kind kind, const struct db_options *options)
{
    size_t readers = options->readers != 0 ? options->readers : READERS_USUAL;

    ensure(kind < DB_READ_KINDS);
    if (kind == DB_READ_SEARCH)
        return 1;
    return readers < DB_READERS_MAX ? readers : DB_READERS_MAX;
}

/* Starts the threads of the readers. Each connects at its first job: many never have one. */
static agentos_status start_readers(const struct opening *o, agentos_error *err)
{
    TRY(find_source(o, err));
    for (enum db_read_kind kind = 0; kind < DB_READ_KINDS; kind++) {
        struct read_pool *pool = &o->db->pools[kind];

        for (size_t i = 0; i < count_readers(kind, o->options); i++) {
            pool->lanes[i].queue = &pool->queue;
            pool->lanes[i].source = &o->db->source;
            pool->lanes[i].yields = kind != DB_READ_RUN;
            TRY(lane_start(&pool->lanes[i], reader_serve, err));
        }
    }
    return AGENTOS_OK;
}

/* Opens the writer, which migrates the database, and then starts the readers. */
static agentos_status open_lanes(const struct opening *o, agentos_error *err)
{
    TRY(open_writer(o, err));
    return o->place.path != NULL ? start_readers(o, err) : AGENTOS_OK;
}

/* Appends the file name to the message of a failure. Returns the status. */
static agentos_status name_file(agentos_status status, const char *path, agentos_error *err)
{
    if (status == AGENTOS_OK || err == NULL || path == NULL)
        return status;
    agentos_error why = *err; /* fail overwrites *err */
    return fail(err, status, "%.600s: '%.256s'", why.message, path);
}

/* Creates and locks the file; with as_is, only checks that it exists. */
static agentos_status claim_file(struct db *d, const char *path, bool as_is, agentos_error *err)
{
    ensure(d->lock < 0);
    if (as_is && access(path, R_OK | W_OK) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be opened: '%.256s': %s", path,
                    strerror(errno));
    if (as_is)
        return AGENTOS_OK;
    TRY(make_folders(d->memory, path, err));
    TRY(make_file(path, 0, err));
    return lock_take(path, &d->lock, err);
}

/* Returns an unopened database with empty queues. */
static struct db *new_database(void)
{
    struct db *d = mem_zeroed(sizeof(*d));

    d->memory = arena_new();
    d->lock = -1;
    job_queue_init(&d->writes, DB_QUEUE_MAX);
    for (size_t i = 0; i < DB_READ_KINDS; i++)
        job_queue_init(&d->pools[i].queue, DB_QUEUE_MAX);
    return d;
}

/* Opens and migrates the database and starts its threads. The caller closes *out. */
agentos_status db_open(const struct db_options *options, const struct schema *schema,
                       struct db **out, agentos_error *err)
{
    ensure(schema != NULL && schema->step_count > 0 && out != NULL);
    AUTO(database) *d = new_database();
    struct opening opening = { .db = d, .options = options, .schema = schema };
    const char *path;

    TRY(parse_url(d->memory, options->url, &path, err));
    d->in_memory = path == NULL;
    if (path != NULL)
        TRY(claim_file(d, path, options->as_is, err));
    opening.place.path = path;
    opening.place.busy_ms = options->busy_ms != 0 ? options->busy_ms : BUSY_MS_USUAL;
    opening.place.access = SQL_WRITES;
    TRY(name_file(open_lanes(&opening, err), path, err));
    *out = TAKE(d);
    return AGENTOS_OK;
}

/* Waits for the threads of a closed queue to finish its jobs. */
static void stop_pool(struct read_pool *pool)
{
    for (size_t i = 0; i < DB_READERS_MAX; i++)
        lane_stop(&pool->lanes[i]);
    job_queue_clear(&pool->queue);
}

/* Finishes all queued jobs and frees the database. Releases the lock last. */
void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < DB_READ_KINDS; i++)
        job_queue_close(&db->pools[i].queue);
    job_queue_close(&db->writes);
    for (size_t i = 0; i < DB_READ_KINDS; i++)
        stop_pool(&db->pools[i]);
    lane_stop(&db->writer); /* the last connection, which checkpoints the write-ahead log */
    lock_release(db->lock);
    job_queue_clear(&db->writes);
    arena_free(db->memory);
    free(db);
}

/* ---- submitting jobs ---- */

/* Queues a job. Finishes it with UNAVAILABLE if the queue is full or closed. Thread-safe. */
static void submit(struct job_queue *queue, struct db_job *job)
{
    ensure(job != NULL && job->run != NULL);
    if (job_push(queue, job))
        return;
    job->status = fail(&job->err, AGENTOS_UNAVAILABLE, "The database is overloaded");
    job_finish(job);
}

/* Queues a read. A database in memory has one connection, so its writer runs the job. */
void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job)
{
    ensure(kind < DB_READ_KINDS);
    submit(db->in_memory ? &db->writes : &db->pools[kind].queue, job);
}

void db_read(struct db *db, struct db_job *job)
{
    db_read_as(db, DB_READ_ANY, job);
}

/* Queues a write. Calls the job's `done` after COMMIT or after a failure. */
void db_write(struct db *db, struct db_job *job)
{
    submit(&db->writes, job);
}

/* Returns the counters. Thread-safe. */
struct db_counts db_count(struct db *db)
{
    size_t reads_waiting = 0;

    for (size_t i = 0; i < DB_READ_KINDS; i++)
        reads_waiting += job_count(&db->pools[i].queue);
    return (struct db_counts){ .reads_waiting = reads_waiting,
                               .writes_waiting = job_count(&db->writes),
                               .commits = atomic_load_explicit(&db->writer.commits,
                                                               memory_order_relaxed) };
}

/* A job that runs another one and wakes the waiting thread. It is on that thread's stack. */
struct sync_job {
    struct db_job job;
    struct db_job *inner; /* borrowed */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done; /* guarded by the lock */
};

/* Runs the inner job on a database thread. */
static agentos_status run_sync_job(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct sync_job *sync = LIST_OWNER(job, struct sync_job, job);

    ensure(job->home == NULL);
    return sync->inner->run(conn, sync->inner, err);
}

/* Wakes the waiting thread, which calls this itself if the queue is full. */
static void finish_sync_job(struct db_job *job)
{
    struct sync_job *sync = LIST_OWNER(job, struct sync_job, job);

    pthread_mutex_lock(&sync->lock);
    sync->is_done = true;
    pthread_cond_signal(&sync->changed);
    pthread_mutex_unlock(&sync->lock);
}

/* Queues the job with db_read or db_write and waits for it. Returns its status. */
static agentos_status submit_and_wait(struct db *db, struct db_job *job,
                                      void (*submit_job)(struct db *db, struct db_job *job))
{
    ensure(job->run != NULL);
    struct sync_job sync = { .job = { .run = run_sync_job, .done = finish_sync_job },
                             .inner = job };

    pthread_mutex_init(&sync.lock, NULL);
    pthread_cond_init(&sync.changed, NULL);
    submit_job(db, &sync.job);
    pthread_mutex_lock(&sync.lock);
    while (!sync.is_done)
        pthread_cond_wait(&sync.changed, &sync.lock);
    pthread_mutex_unlock(&sync.lock);
    pthread_cond_destroy(&sync.changed);
    pthread_mutex_destroy(&sync.lock);
    job->err = sync.job.err;
    job->status = sync.job.status;
    return job->status;
}

agentos_status db_read_now(struct db *db, struct db_job *job)
{
    return submit_and_wait(db, job, db_read);
}

agentos_status db_write_now(struct db *db, struct db_job *job)
{
    return submit_and_wait(db, job, db_write);
}

/* ---- backup ---- */

struct backup {
    struct db_job job;
    const char *path;
};

/* Copies a consistent state of the database; writes may continue. */
static agentos_status run_backup(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    const struct backup *backup = LIST_OWNER(job, struct backup, job);

    ensure(backup->path != NULL);
    return sql_copy(conn, backup->path, err);
}

/* Copies the database into a new file, and removes it on failure. Blocks. */
agentos_status db_backup(struct db *db, const char *path, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct backup backup = { .job = { .run = run_backup } };

    ensure(path != NULL && path[0] != '\0');
    if (db->in_memory)
        return fail(err, AGENTOS_INVALID, "A database in memory cannot be backed up");
    backup.path = path[0] == '/' ? path : arena_printf(a, "./%s", path);
    if (access(backup.path, F_OK) == 0)
        return fail(err, AGENTOS_CONFLICT, "'%.256s' already exists", path);
    TRY(make_file(backup.path, O_EXCL, err));
    agentos_status status = db_read_now(db, &backup.job);
    if (status == AGENTOS_OK)
        return AGENTOS_OK;
    (void)unlink(backup.path);
    return fail(err, status, "%.600s: '%.256s'", backup.job.err.message, path);
}
