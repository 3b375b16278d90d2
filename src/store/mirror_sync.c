/* Keeps mirrors (in-memory copies of tables) in step with the database. A timer submits a write
 * job, which stores values that only memory has and rereads the tables if another process has
 * committed. Only the writer's connection can detect such a commit (PRAGMA data_version), so the
 * job runs even if there is nothing to write. */
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
    bool is_failing, is_finishing; /* of the loop's thread */
    int64_t data_version;          /* of the writer's thread; -1: nothing was read yet */
};

struct round {
    struct db_job job;
    struct mirror_sync *sync;
    struct snapshot *snapshots[MIRRORS_MAX]; /* NULL: nobody else has committed */
    int64_t data_version;                    /* that the snapshots are of */
    bool writes_all;
};

/* Drops the references that the round holds to the snapshots it has read. */
static void round_release(struct round *round)
{
    for (size_t i = 0; i < round->sync->options.mirror_count; i++)
        snapshot_release(round->snapshots[i]);
}

/* ---- on the database's writer thread ---- */

/* Reads all tables if another process has committed since the last round. Called on the writer's
 * thread, because PRAGMA data_version changes only with the commits of other connections. */
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

/* Runs a round on the writer's thread, inside the transaction of its job. It writes back first, so
 * that the tables it reads include that. */
static agentos_status run_round(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct round *round = LIST_OWNER(job, struct round, job);
    struct mirror_sync *sync = round->sync;

    for (size_t i = 0; i < sync->options.mirror_count; i++)
        TRY(mirror_write_back(sync->mirrors[i], conn, round->writes_all, err));
    return read_if_changed(round, conn, err);
}

/* Makes the new snapshots the current ones, after COMMIT. The data version is only stored here: a
 * round that is rolled back must read again, or a revocation by another process would be missed. */
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

/* Reports a failed round, unless the round before it has failed too. Called on the loop. */
static void report_failure(struct mirror_sync *sync, const struct db_job *job)
{
    bool was_failing = sync->is_failing;

    sync->is_failing = job->status != AGENTOS_OK;
    if (sync->is_failing && !was_failing && sync->options.on_failure != NULL)
        sync->options.on_failure(&job->err);
}

/* Starts the timer of the next round. */
static void schedule_round(struct mirror_sync *sync)
{
    uint64_t every_ms = sync->options.every_ms;

    timer_start(sync->options.loop, &sync->timer, every_ms > 0 ? every_ms : MIRROR_LATE_MAX_MS);
}

/* Called on the loop when the round has ended. Schedules the next round unless this was the last
 * one, and frees the round. */
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

/* Submits a round. The loop counts as busy until it has ended. If writes_all is true, the round
 * also writes back what could wait. */
static void start_round(struct mirror_sync *sync, bool writes_all)
{
    ensure(writes_all || !sync->is_finishing); /* no round follows the last one */
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

/* Starts the last round, which writes back everything. Called on the loop before it ends. Does
 * nothing if sync is NULL. */
void mirror_sync_finish(struct mirror_sync *sync)
{
    if (sync == NULL || sync->is_finishing)
        return;
    sync->is_finishing = true;
    timer_stop(&sync->timer);
    start_round(sync, true);
}

/* ---- opening and closing ---- */

/* Reads all tables for the first time, and blocks until that is done. No other job is running yet,
 * so this thread may replace the snapshots. */
static agentos_status read_first(struct mirror_sync *sync, agentos_error *err)
{
    struct round first = { .job.run = run_round, .sync = sync };
    agentos_status status = db_write_now(sync->options.db, &first.job);

    if (status == AGENTOS_OK)
        replace_mirrors(&first.job);
    else
        (void)fail(err, status, "%s", first.job.err.message); /* the status is returned below */
    round_release(&first);
    return status;
}

/* Reads all mirrors and schedules the first round. The caller must free *out. */
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
