/* Removes old sessions and rows of the audit log, a step at a time. Runs on the loop's thread,
 * except run_step. */
#include "os/retention.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "store/session_purge.h"
#include "json/writer.h"

enum { ROUND_MS = 60 * 60 * 1000, STEP_MS = 100, FIRST_MS = 1 };

struct retention {
    struct retention_options options;
    struct timer timer;
    struct db_job job; /* one at a time */
    /* of the step; these belong to the writer's thread during a step */
    int64_t sessions, rows;
    agentos_error cut; /* CONFLICT: a row of the audit log was changed, so none was removed */
    bool is_last;      /* nothing else is old enough */
    /* of the round */
    int64_t all_sessions, all_rows;
    bool is_finishing;
};

/* Records in the audit log what the round has removed. */
static agentos_status record_round(const struct retention *r, struct db_conn *conn,
                                   agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(KiB);
    writer w = { .out = &text };

    write_object(&w);
    write_member_int(&w, "sessions", r->all_sessions + r->sessions);
    write_member_int(&w, "audit_rows", r->all_rows + r->rows);
    write_end(&w);
    ensure(buf_ok(&text));
    const struct audit_row row = {
        .created_at = clock_now_s(),
        .actor = "system",
        .action = "retention",
        .target = "database",
        .after = text.ptr,
    };

    return audit_append(r->options.audit, conn, &row, err);
}

/* Removes some sessions and audit rows. Records the round when it is complete. */
static agentos_status run_step(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct retention *r = LIST_OWNER(job, struct retention, job);
    int64_t now_s = clock_now_s();

    r->sessions = r->rows = 0;
    if (r->options.runs_s > 0)
        TRY(session_purge_some(conn,
                               &(struct session_purge){ .before_s = now_s - r->options.runs_s },
                               &r->sessions, err));
    r->cut = (agentos_error){ .status = AGENTOS_OK };
    if (r->options.audit_s > 0 &&
        audit_cut(r->options.audit, conn, now_s - r->options.audit_s, &r->rows, &r->cut) !=
            AGENTOS_OK &&
        r->cut.status != AGENTOS_CONFLICT)
        return fail(err, r->cut.status, "%s", r->cut.message);
    r->is_last = r->sessions < PURGE_SESSIONS && r->rows < AUDIT_CUT_ROWS;
    bool has_removed = r->all_sessions + r->sessions + r->all_rows + r->rows > 0;
    return r->is_last && has_removed ? record_round(r, conn, err) : AGENTOS_OK;
}

/* Called on the loop after a step. */
static void on_step(struct db_job *job)
{
    struct retention *r = LIST_OWNER(job, struct retention, job);
    bool is_over = job->status != AGENTOS_OK || r->is_last;

    const agentos_error *why = job->status != AGENTOS_OK ? &job->err : &r->cut;

    if (why->status != AGENTOS_OK)
        LOG_SELDOM(LOG_ERROR, "what is older than `retention` stays",
                   log_text("why", why->message));
    if (job->status == AGENTOS_OK) {
        r->all_sessions += r->sessions;
        r->all_rows += r->rows;
    }
    if (is_over)
        r->all_sessions = r->all_rows = 0;
    if (!r->is_finishing)
        timer_start(r->options.loop, &r->timer, is_over ? ROUND_MS : STEP_MS);
    busy_end(r->options.busy);
}

static void on_timer(struct timer *timer)
{
    struct retention *r = LIST_OWNER(timer, struct retention, timer);

    ensure(!r->is_finishing);
    r->job = (struct db_job){ .home = r->options.loop, .run = run_step, .done = on_step };
    busy_begin(r->options.busy);
    db_write(r->options.db, &r->job);
}

struct retention *retention_new(const struct retention_options *options)
{
    if (options->runs_s == 0 && options->audit_s == 0)
        return NULL;
    struct retention *r = mem_zeroed(sizeof(*r));

    r->options = *options;
    r->timer.fire = on_timer;
    timer_start(options->loop, &r->timer, FIRST_MS);
    return r;
}

void retention_finish(struct retention *retention)
{
    if (retention == NULL)
        return;
    retention->is_finishing = true;
    timer_stop(&retention->timer);
}

void retention_free(struct retention *retention)
{
    if (retention == NULL)
        return;
    timer_stop(&retention->timer);
    free(retention);
}
