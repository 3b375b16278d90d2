/* Keeps mirrors in sync with the database, in rounds started by a timer. */
#include "store/mirror_sync.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "store/sql.h"

struct mirror_sync {
    struct mirror_sync_options options;
    struct mirror *mirrors[MIRRORS_MAX];
    struct timer timer;
    bool is_failing, is_finishing; /* used on the loop's thread */
    int64_t data_version;          /* used on the writer thread; -1 before the first read */
};

struct round {
    struct db_job job;
    struct mirror_sync *sync;
    struct snapshot *snapshots[MIRRORS_MAX]; /* NULL if unchanged */
    int64_t data_version;                    /* of the snapshots */
    bool writes_all;
};

/* Releases the snapshots of a round. */
static void round_release(struct round *round)
{
    for (size_t i = 0; i < round->sync->options.mirror_count; i++)
        snapshot_release(round->snapshots[i]);
}

/* ---- on the writer thread ---- */

/* Reads all tables if PRAGMA data_version shows a commit by another process. */
static agentos_status read_if_changed(struct round *round, struct db_conn *conn, agentos_error *err)
{
    struct mirror_sync *sync = round->sync;

    ensure(round->snapshots[0] == NULL);
    TRY(sql_number(conn, "PRAGMA data_version", &round->data_version, err));
    if (round->data_version == sync->data_version)
        return AGENTOS_OK;
    for (size_t i = 0; i < sync->options.mirror_count; i++)
        TRY(mirror_read(sync->mirrors[i], conn, &round->snapshots[i], err));
    return AGENTOS_OK;
}

/* Writes values back, then reads the tables if they have changed. */
static agentos_status run_round(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct round *round = LIST_OWNER(job, struct round, job);
    struct mirror_sync *sync = round->sync;

    for (size_t i = 0; i < sync->options.mirror_count; i++)
        TRY(mirror_write_back(sync->mirrors[i], conn, round->writes_all, err));
    return read_if_changed(round, conn, err);
}

/* Publishes the snapshots after COMMIT. A round that is rolled back must read again, so the data
 * version is stored only here. */
static void replace_mirrors(struct db_job *job)
{
    struct round *round = LIST_OWNER(job, struct round, job);
    struct mirror_sync *sync = round->sync;

    if (round->data_version == sync->data_version)
        return;
    ensure(round->snapshots[0] != NULL);
    for (size_t i = 0; i < sync->options.mirror_count; i++)
        mirror_replace(sync->mirrors[i], round->snapshots[i]);
    sync->data_version = round->data_version;
}

/* ---- on the loop ---- */

/* Reports a failed round, unless the previous one failed too. */
static void report_failure(struct mirror_sync *sync, const struct db_job *job)
{
    bool was_failing = sync->is_failing;

    sync->is_failing = job->status != AGENTOS_OK;
    if (sync->is_failing && !was_failing && sync->options.on_failure != NULL)
        sync->options.on_failure(&job->err);
}

static void schedule_round(struct mirror_sync *sync)
{
    uint64_t every_ms = sync->options.every_ms;

    timer_start(sync->options.loop, &sync->timer, every_ms > 0 ? every_ms : MIRROR_LATE_MAX_MS);
}

/* Ends a round and schedules the next one, unless this was the last. */
static void finish_round(struct db_job *job)
{
    struct round *round = LIST_OWNER(job, struct round, job);
    struct mirror_sync *sync = round->sync;
    struct busy *busy = sync->options.busy;

    report_failure(sync, job);
    if (!sync->is_finishing)
        schedule_round(sync);
    round_release(round);
    free(round);
    busy_end(busy);
}

/* Starts a round. The loop counts as busy until it ends. */
static void start_round(struct mirror_sync *sync, bool writes_all)
{
    ensure(writes_all || !sync->is_finishing); /* not after the last round */
    struct round *round = mem_zeroed(sizeof(*round));

    *round = (struct round){ .job = { .home = sync->options.loop,
                                      .run = run_round,
                                      .committed = replace_mirrors,
                                      .done = finish_round },
                             .sync = sync,
                             .writes_all = writes_all };
    busy_begin(sync->options.busy);
    db_write(sync->options.db, &round->job);
}

static void on_timer(struct timer *timer)
{
    start_round(LIST_OWNER(timer, struct mirror_sync, timer), false);
}

/* Starts the last round, which writes everything back. Does nothing if sync is NULL. */
void mirror_sync_finish(struct mirror_sync *sync)
{
    if (sync == NULL || sync->is_finishing)
        return;
    sync->is_finishing = true;
    timer_stop(&sync->timer);
    start_round(sync, true);
}

/* ---- opening and closing ---- */

/* Reads all tables before any other job runs, so this thread may replace the snapshots. Blocks. */
static agentos_status read_first(struct mirror_sync *sync, agentos_error *err)
{
    struct round first = { .job.run = run_round, .sync = sync };
    agentos_status status = db_write_now(sync->options.db, &first.job);

    if (status == AGENTOS_OK)
        replace_mirrors(&first.job);
    else
        (void)fail(err, status, "%s", first.job.err.message);
    round_release(&first);
    return status;
}

/* Reads all mirrors and schedules the first round. The caller frees *out. */
agentos_status mirror_sync_new(const struct mirror_sync_options *options, struct mirror_sync **out,
                               agentos_error *err)
{
    ensure(options->mirror_count > 0 && options->mirror_count <= MIRRORS_MAX);
    struct mirror_sync *sync = mem_zeroed(sizeof(*sync));

    *sync = (struct mirror_sync){ .options = *options, .timer.fire = on_timer, .data_version = -1 };
    for (size_t i = 0; i < options->mirror_count; i++)
        sync->mirrors[i] = options->mirrors[i];
    agentos_status status = read_first(sync, err);
    if (status != AGENTOS_OK) {
        free(sync);
        return status;
    }
    schedule_round(sync);
    *out = sync;
    return AGENTOS_OK;
}

void mirror_sync_free(struct mirror_sync *sync)
{
    if (sync == NULL)
        return;
    timer_stop(&sync->timer);
    free(sync);
}
