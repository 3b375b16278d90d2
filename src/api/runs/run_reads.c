/* Implements GET /agents/{id}/runs and GET /agents/{id}/runs/{run_id}. */
#include "api/routes.h"
#include "api/runs/run_view.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "run/run_row_object.h"

/* The record of both routes. */
struct run_query {
    struct task task;
    const char *session_id, *status; /* from the query string */
    const char *agent_id, *run_id;   /* from the path */
    struct owner reader;             /* whose runs the caller reaches */
    struct run_rows runs;            /* the list, or the one requested run */
    struct run_object *objects;      /* of the list, one for each run */
    const char *object;              /* the JSON of one run */
};

// clang-format off
static const struct param list_parameters[] = {
    PARAM(struct run_query, session_id, .required = true, .doc = "The session whose runs are listed."),
    PARAM(struct run_query, status, .doc = "Only runs of this status."),
    PARAMS_END,
};

static const struct param get_parameters[] = {
    PARAM(struct run_query, session_id, .required = true, .doc = "The session of the run."),
    PARAMS_END,
};
// clang-format on

const struct input run_list_input = { .record = sizeof(struct run_query),
                                      .query = list_parameters };
const struct input run_get_input = { .record = sizeof(struct run_query), .query = get_parameters };

/* Completes the record from the path and the caller. Returns its task. */
static struct task *complete_query(struct call *call)
{
    struct run_query *query = call_input(call);
    arena *a = query->task.arena;

    ensure(query->session_id != NULL); /* the parameter is required */
    query->reader = call_reader(call, a);
    query->agent_id = arena_copy(a, params_get(&call->params, "agent_id"));
    query->run_id = arena_copy(a, params_get(&call->params, "run_id"));
    return &query->task;
}

/* ---- the list ---- */

/* Loads the requested runs and parses them. */
static agentos_status load_runs(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct run_query *query = LIST_OWNER(task, struct run_query, task);

    ensure(query->session_id != NULL && query->agent_id != NULL);

    const struct run_filter filter = { .session_id = query->session_id,
                                       .type = COMPONENT_AGENT,
                                       .component_id = query->agent_id,
                                       .statuses = &query->status,
                                       .status_count = query->status != NULL };

    TRY(run_row_list(conn, &query->reader, &filter, task->scratch, &query->runs, err));
    query->objects = arena_array(task->scratch, query->runs.count, sizeof(*query->objects));
    for (size_t i = 0; i < query->runs.count; i++)
        TRY(run_row_read(&query->runs.all[i], task->scratch, &query->objects[i], err));
    return AGENTOS_OK;
}

/* Writes the list of runs. */
static void write_runs(struct task *task, writer *w)
{
    const struct run_query *query = LIST_OWNER(task, struct run_query, task);

    ensure(query->runs.count == 0 || query->objects != NULL);
    write_array(w);
    for (size_t i = 0; i < query->runs.count; i++)
        run_view_write(&query->objects[i], RUN_VIEW_NULLS, w);
    write_end(w);
}

void runs_list(struct call *call)
{
    static const struct rendering rendering = { load_runs, write_runs, run_rows_refuse };

    call_render(complete_query(call), DB_READ_ANY, &rendering);
}

/* ---- one ---- */

/* Loads and renders one run. A run of another agent is not found. */
static agentos_status load_run(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct run_query *query = LIST_OWNER(task, struct run_query, task);

    ensure(query->session_id != NULL && query->run_id != NULL);

    const struct run_key key = { .session_id = query->session_id, .run_id = query->run_id };
    struct run_row *run = arena_alloc(task->arena, sizeof(*run));

    query->runs = (struct run_rows){ .all = run, .count = 1 };
    TRY(run_row_get(conn, &query->reader, &key, task->arena, run, err));
    if (!run_row_is_of(run, COMPONENT_AGENT, query->agent_id))
        return fail(err, AGENTOS_NOT_FOUND, "Run not found");
    return run_row_object(run, task->arena, &query->object, err);
}

static void answer_run(struct call *call, struct task *task)
{
    const struct run_query *query = LIST_OWNER(task, struct run_query, task);

    ensure(query->object != NULL); /* rendered by load_run */
    call_json(call, 200, str_of(query->object));
}

void runs_get(struct call *call)
{
    call_read(complete_query(call), load_run, answer_run);
}
