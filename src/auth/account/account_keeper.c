/* A timer and a write job. The job runs even when there is nothing to write: only the writer's own
 * connection can tell by PRAGMA data_version that somebody else has committed. */
#include "auth/account/account_keeper.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "store/sql.h"

struct account_keeper {
    struct account_keeper_options options;
    struct timer timer;
    bool is_in_trouble, is_ending;
    int64_t data_version; /* of the writer's thread; -1: never looked */
};

/* One round. */
struct round {
    struct db_job job;
    struct account_keeper *keeper;
    struct account_table *table; /* NULL: nobody else has changed anything */
    int64_t data_version;        /* that the table is of */
    bool writes_all;
};

/* ---- on the database's thread ---- */

static agentos_status look(struct round *round, struct db_conn *conn, agentos_error *err)
{
    TRY(sql_number(conn, "PRAGMA data_version", &round->data_version, err));
    if (round->data_version == round->keeper->data_version)
        return AGENTOS_OK;
    return account_table_load(conn, &round->table, err);
}

static agentos_status run_round(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct round *round = LIST_OWNER(job, struct round, job);

    TRY(accounts_write_uses(round->keeper->options.accounts, conn, round->writes_all, err));
    return look(round, conn, err);
}

/* Only now has it been looked at: a round that is lost with its transaction looks again, or a
 * revocation elsewhere would be lost with it. */
static void take_up(struct db_job *job)
{
    struct round *round = LIST_OWNER(job, struct round, job);

    if (round->table == NULL)
        return;
    accounts_take_up(round->keeper->options.accounts, round->table);
    round->keeper->data_version = round->data_version;
}

/* ---- on the loop ---- */

static void tell(struct account_keeper *keeper, const struct db_job *job)
{
    bool was_in_trouble = keeper->is_in_trouble;

    keeper->is_in_trouble = job->status != AGENTOS_OK;
    if (keeper->is_in_trouble && !was_in_trouble && keeper->options.on_trouble != NULL)
        keeper->options.on_trouble(&job->err);
}

static void wait(struct account_keeper *keeper)
{
    uint64_t every_ms = keeper->options.every_ms;

    timer_start(keeper->options.loop, &keeper->timer,
                every_ms > 0 ? every_ms : ACCOUNTS_LATE_MAX_MS);
}

static void round_is_over(struct db_job *job)
{
    struct round *round = LIST_OWNER(job, struct round, job);
    struct account_keeper *keeper = round->keeper;
    struct busy *busy = keeper->options.busy;

    tell(keeper, job);
    if (!keeper->is_ending)
        wait(keeper);
    account_table_release(round->table);
    free(round);
    busy_end(busy);
}

static void begin_round(struct account_keeper *keeper, bool writes_all)
{
    struct round *round = mem_zeroed(sizeof(*round));
    *round = (struct round){ .job = { .home = keeper->options.loop,
                                      .run = run_round,
                                      .committed = take_up,
                                      .done = round_is_over },
                             .keeper = keeper,
                             .writes_all = writes_all };
    busy_begin(keeper->options.busy);
    db_write(keeper->options.db, &round->job);
}

static void on_timer(struct timer *timer)
{
    begin_round(LIST_OWNER(timer, struct account_keeper, timer), false);
}

void account_keeper_flush(struct account_keeper *keeper)
{
    if (keeper == NULL || keeper->is_ending)
        return;
    keeper->is_ending = true;
    timer_stop(&keeper->timer);
    begin_round(keeper, true);
}

/* ---- opening and closing ---- */

agentos_status account_keeper_new(const struct account_keeper_options *options,
                                  struct account_keeper **out, agentos_error *err)
{
    struct account_keeper *keeper = mem_zeroed(sizeof(*keeper));
    *keeper =
        (struct account_keeper){ .options = *options, .timer.fire = on_timer, .data_version = -1 };
    struct round first = { .job.run = run_round, .keeper = keeper };
    if (db_write_now(options->db, &first.job) != AGENTOS_OK) {
        free(keeper);
        return fail(err, first.job.status, "%s", first.job.err.message);
    }
    take_up(&first.job); /* nobody else writes yet */
    account_table_release(first.table);
    wait(keeper);
    *out = keeper;
    return AGENTOS_OK;
}

void account_keeper_free(struct account_keeper *keeper)
{
    if (keeper == NULL)
        return;
    timer_stop(&keeper->timer);
    free(keeper);
}
