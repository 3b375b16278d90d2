/* Implements GET /-/ready. Writes to the database at most once a second on each event loop. */
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "store/setting.h"

enum {
    PROBE_PAUSE_MS = 1000, /* between two writes */
    FRESH_MS = 5000,       /* how recent the last committed write must be */
};

struct probe_task {
    struct task task;
    struct write_probe *probe; /* outlives the threads of the database */
    uint64_t started_ms;
};

// clang-format off
static const struct member ready_members[] = {
    SHOW_CONSTANT(VALUE_STRING, "status", "\"ready\""),
    MEMBERS_END,
};
// clang-format on
const struct shape ready_shape = { .name = "Ready", .parts = { ready_members } };

static void answer_ready(struct call *call)
{
    AUTO_BUF body = buf_with_limit(1 * KiB);

    shape_write(&ready_shape, call, ABSENT_LEFT_OUT, &(writer){ .out = &body });
    call_buf(call, &body);
}

static void answer_not_ready(struct call *call, const char *why)
{
    agentos_error err;

    (void)fail(&err, AGENTOS_UNAVAILABLE, "%s", why); /* sets err */
    call_fail(call, &err);
}

/* Writes the row of all probes. Runs on the database's writer thread. */
static agentos_status write_row(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)task; /* every probe writes the same row */
    if (setting_touch(conn, NULL) == AGENTOS_OK)
        return AGENTOS_OK;
    return fail(err, AGENTOS_UNAVAILABLE, "The database cannot be written");
}

/* Records a committed write. Called even if the client has left. */
static void record_commit(struct task *task)
{
    const struct probe_task *self = LIST_OWNER(task, struct probe_task, task);

    atomic_store(&self->probe->committed_ms, self->started_ms);
}

static void answer_committed(struct call *call, struct task *task)
{
    (void)task; /* it has no result */
    answer_ready(call);
}

/* Writes a row and answers after the commit. */
static void probe_database(struct call *call, struct write_probe *probe, uint64_t now_ms)
{
    ensure(now_ms >= probe->started_ms);
    struct probe_task *self = call_task(call, sizeof(*self));

    if (probe->started_ms == 0)
        atomic_store(&probe->committed_ms,
                     now_ms); /* the server writes when it opens its database */
    self->probe = probe;
    self->started_ms = probe->started_ms = now_ms;
    self->task.committed = record_commit;
    call_write(&self->task, write_row, answer_committed);
}

/* Answers 200 if the server is running and has written to its database recently. */
void ready_get(struct call *call)
{
    const struct station *station = call->station;
    struct write_probe *probe = &call_context(call)->write_probe;
    uint64_t now_ms = loop_now_ms(station->loop);
    enum station_phase phase = atomic_load(&station->phase);

    if (phase == STATION_STARTING)
        answer_not_ready(call, "The server is starting");
    else if (phase == STATION_DRAINING)
        answer_not_ready(call, "The server is draining");
    else if (probe->started_ms == 0 || now_ms - probe->started_ms >= PROBE_PAUSE_MS)
        probe_database(call, probe, now_ms);
    else if (now_ms - atomic_load(&probe->committed_ms) <= FRESH_MS)
        answer_ready(call);
    else
        answer_not_ready(call, "The database cannot be written");
}
