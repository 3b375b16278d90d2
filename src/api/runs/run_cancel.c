/* Implements POST /agents/{id}/runs/{run_id}/cancel. */
#include "api/routes.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "run/run_row_object.h"

struct cancel_task {
    struct task task;
    const char *run_id, *agent_id; /* from the path */
    const char *session_id;        /* from the query string, or NULL */
    struct owner reader;           /* whose runs the caller reaches */
};

// clang-format off
const struct param run_cancel_query[] = {
    PARAM(struct cancel_task, session_id, .doc = "The run's session; required for a caller who reaches only their own runs."),
    PARAMS_END,
};
// clang-format on

/* Finds the run by its id if the caller reaches all rows, otherwise by its session and id. */
static agentos_status find_run(struct db_conn *conn, const struct cancel_task *cancel,
                               struct run_row *row, agentos_error *err)
{
    const struct run_key key = { .session_id = cancel->session_id, .run_id = cancel->run_id };
    arena *a = cancel->task.arena;

    ensure(cancel->reader.everyone || cancel->session_id != NULL);
    if (cancel->reader.everyone)
        return run_row_find(conn, &cancel->reader, cancel->run_id, a, row, err);
    return run_row_get(conn, &cancel->reader, &key, a, row, err);
}

/* Checks that a stored run may be cancelled. Callers who reach all rows may cancel unknown runs. */
static agentos_status check_stored_run(struct db_conn *conn, struct task *task, agentos_error *err)
{
    const struct cancel_task *cancel = LIST_OWNER(task, struct cancel_task, task);
    struct run_row row;
    agentos_status status = find_run(conn, cancel, &row, err);

    if (status == AGENTOS_NOT_FOUND && cancel->reader.everyone)
        return AGENTOS_OK;
    TRY(status);
    if (!run_row_is_of(&row, COMPONENT_AGENT, cancel->agent_id))
        return fail(err, AGENTOS_NOT_FOUND, "Run not found");
    return AGENTOS_OK;
}

static void answer_cancelled(struct call *call, struct task *task)
{
    (void)task; /* the answer is always the same */
    call_json(call, 200, STR("{}"));
}

/* Returns the error of an unreadable query string, from the problems or from err. */
static agentos_status refuse_query(const struct problems *problems, agentos_error *err)
{
    if (problems->count > 0)
        return fail(err, AGENTOS_INVALID, "session_id is not readable");
    ensure(err->status != AGENTOS_OK);
    return err->status;
}

/* Reads the path and the query string. A caller limited to their own rows must name the session. */
static agentos_status read_cancel(struct call *call, struct cancel_task *cancel, agentos_error *err)
{
    AUTO_PROBLEMS problems = problems_none();
    arena *a = cancel->task.arena;

    cancel->reader = call_reader(call, a);
    cancel->run_id = arena_copy(a, params_get(&call->params, "run_id"));
    cancel->agent_id = arena_copy(a, params_get(&call->params, "agent_id"));
    if (!call_query(call, run_cancel_query, &cancel->task, &problems, err))
        return refuse_query(&problems, err);
    if (!cancel->reader.everyone && cancel->session_id == NULL)
        return fail(err, AGENTOS_INVALID, "session_id is required for this action");
    return AGENTOS_OK;
}

/* Cancels the run if it is active on any event loop. */
static enum run_lookup cancel_active_run(const struct call *call, const struct cancel_task *cancel)
{
    ensure(cancel->run_id != NULL && cancel->agent_id != NULL);
    ensure(cancel->reader.everyone || cancel->session_id != NULL);

    const struct run_claim claim = {
        .run_id = str_of(cancel->run_id),
        .agent_id = str_of(cancel->agent_id),
        .session_id = cancel->reader.everyone ? NULL : cancel->session_id,
        .owner = cancel->reader,
    };

    return run_index_cancel(call_context(call)->runs.index, &claim);
}

/* Frees the unstarted task and answers with the error. */
static void refuse_cancel(struct call *call, struct task *task, const agentos_error *err)
{
    call_drop(call, task);
    call_fail(call, err);
}

/* Cancels an active run at once. Looks up any other run in the database. */
void runs_cancel(struct call *call)
{
    struct cancel_task *cancel = call_task(call, sizeof(*cancel));
    agentos_error err = { 0 };

    if (read_cancel(call, cancel, &err) != AGENTOS_OK) {
        refuse_cancel(call, &cancel->task, &err);
        return;
    }
    enum run_lookup found = cancel_active_run(call, cancel);
    if (found == RUN_NOT_IN_FLIGHT) {
        call_read(&cancel->task, check_stored_run, answer_cancelled);
        return;
    }
    if (found == RUN_ELSEWHERE) {
        (void)fail(&err, AGENTOS_NOT_FOUND, "Run not found"); /* sets err */
        refuse_cancel(call, &cancel->task, &err);
        return;
    }
    call_drop(call, &cancel->task);
    call_json(call, 200, STR("{}"));
}
