/* Implements GET /sessions and the GET routes below it. */
#include "api/routes.h"
#include "api/runs/run_view.h"
#include "api/sessions/session_query.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "run/run_row_object.h"
#include "web/page.h"

static const char *const orders[] = { "asc", "desc", NULL };

// clang-format off
static const struct param list_parameters[] = {
    SESSION_TYPE_PARAM,
    PARAM(struct session_query, component_id, .doc = "Only sessions of this agent, team or workflow."),
    PARAM(struct session_query, user_id, .doc = "Only sessions of this user; ignored for a caller who reaches only their own."),
    PARAM(struct session_query, session_name, .doc = "Only sessions whose name contains this text."),
    PARAM(struct session_query, limit, .has_min = true, .min = 1, .has_max = true, .max = PAGE_MAX, .fallback = "20", .doc = "How many on a page."),
    PARAM(struct session_query, page, .has_min = true, .min = 0, .lowest_valid = 1, .fallback = "1", .doc = "Which page, from 1; 0 is refused."),
    PARAM(struct session_query, sort_by, .fallback = "created_at", .doc = "created_at or updated_at; any other value counts as created_at."),
    PARAM(struct session_query, sort_order, .choices = orders, .fallback = "desc", .doc = "The direction."),
    SESSION_DATABASE_PARAMS,
    PARAMS_END,
};

const struct param session_get_parameters[] = {
    SESSION_TYPE_PARAM,
    PARAM(struct session_query, user_id, .doc = "Only a session of this user; ignored for a caller who reaches only their own."),
    SESSION_DATABASE_PARAMS,
    PARAMS_END,
};

static const struct param runs_parameters[] = {
    SESSION_TYPE_PARAM,
    PARAM(struct session_query, user_id, .doc = "Only a session of this user; ignored for a caller who reaches only their own."),
    PARAM(struct session_query, created_after, .doc = "Only runs created at this time or later, in seconds since 1970."),
    PARAM(struct session_query, created_before, .doc = "Only runs created at this time or earlier, in seconds since 1970."),
    PARAM(struct session_query, status, .doc = "Only runs of these statuses; may be repeated."),
    SESSION_DATABASE_PARAMS,
    PARAMS_END,
};
// clang-format on

/* Rejects page 0, which the contract's schema allows but no page has. */
static bool page_is_valid(const struct session_query *query, struct problems *problems)
{
    ensure(query->page >= 0); /* checked by the table */
    if (query->page >= 1)
        return true;
    problems_add(problems,
                 &(struct problem){ .type = "greater_than_equal",
                                    .where = "query",
                                    .name = "page",
                                    .message = "Input should be greater than or equal to 1",
                                    .input = "0",
                                    .ctx = "{\"ge\":1}" });
    return false;
}

/* Completes the record of the list. */
static bool complete_list(struct call *call, struct task *record, struct problems *problems,
                          agentos_error *err)
{
    return page_is_valid(LIST_OWNER(record, struct session_query, task), problems) &&
           session_query_complete(call, record, problems, err);
}

const struct input session_list_input = { .record = sizeof(struct session_query),
                                          .query = list_parameters,
                                          .complete = complete_list };
const struct input session_get_input = { .record = sizeof(struct session_query),
                                         .query = session_get_parameters,
                                         .complete = session_query_complete };
const struct input session_runs_input = { .record = sizeof(struct session_query),
                                          .query = runs_parameters,
                                          .complete = session_query_complete };

/* ---- the list ---- */

/* Loads one page of sessions. */
static agentos_status load_sessions(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    ensure(query->sort_by != NULL && query->sort_order != NULL); /* both have defaults */
    ensure(query->page >= 1 && query->limit >= 1);

    const struct session_filter filter = {
        .type = session_query_type(query),
        .component_id = query->component_id,
        .user_id = query->user_id,
        .session_name = query->session_name,
        .sort_by_updated = strcmp(query->sort_by, "updated_at") == 0,
        .ascending = strcmp(query->sort_order, "asc") == 0,
        .limit = query->limit,
        .page = query->page,
    };

    return session_list(conn, &query->reader, &filter, task->scratch, &query->sessions, err);
}

/* Writes the page. */
static void write_sessions(struct task *task, writer *w)
{
    const struct session_query *query = QUERY_OF(task);
    const struct page page = { query->page, query->limit, query->sessions.total };

    write_object(w);
    write_key(w, "data");
    write_array(w);
    for (size_t i = 0; i < query->sessions.count; i++)
        session_view_write_item(&query->sessions.all[i], w);
    write_end(w);
    page_write_meta(&page, w);
    write_end(w);
}

/* Lists the sessions. A search by name scans every name, so it has a queue of its own. */
void sessions_list(struct call *call)
{
    static const struct rendering rendering = { load_sessions, write_sessions,
                                                session_page_refuse };
    struct session_query *query = call_input(call);

    call_render(&query->task, query->session_name != NULL ? DB_READ_SEARCH : DB_READ_ANY,
                &rendering);
}

/* ---- one session ---- */

/* Loads the session with the runs of its chat history. */
static agentos_status load_detail(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);
    const char *absent = session_query_absent(query, session_query_type(query));

    TRY(session_query_load(conn, query, absent, err));
    return session_query_load_runs(conn, query, RUN_PARTS_CHAT, err);
}

/* Writes the session with its chat history. */
static void write_detail(struct task *task, writer *w)
{
    session_query_write(QUERY_OF(task), SESSION_NO_NULLS, w);
}

void sessions_get(struct call *call)
{
    static const struct rendering rendering = { load_detail, write_detail, run_rows_refuse };

    call_render(call_input(call), DB_READ_ANY, &rendering);
}

/* ---- its runs ---- */

/* Loads the session. Returns NOT_FOUND if the caller reaches no such session. */
static agentos_status load_session_for_runs(struct db_conn *conn, struct session_query *query,
                                            agentos_error *err)
{
    const char *absent = arena_printf(query->task.arena, "Session with ID %.*s not found",
                                      QUOTE(str_of(query->session_id)));

    return session_query_load(conn, query, absent, err);
}

/* Loads the requested runs with their messages and events. */
static agentos_status load_full_runs(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    TRY(load_session_for_runs(conn, query, err));
    return session_query_load_runs(conn, query, RUN_PARTS_ALL, err);
}

/* Loads the requested runs without their messages and events. */
static agentos_status load_previews(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);

    TRY(load_session_for_runs(conn, query, err));
    return session_query_load_runs(conn, query, RUN_PARTS_PREVIEW, err);
}

/* Writes the runs in full. */
static void write_runs(struct task *task, writer *w)
{
    const struct session_query *query = QUERY_OF(task);

    ensure(query->runs.count == 0 || query->objects != NULL);
    write_array(w);
    for (size_t i = 0; i < query->runs.count; i++)
        run_view_write(&query->objects[i], RUN_VIEW_NO_NULLS, w);
    write_end(w);
}

/* Writes the previews of the runs. */
static void write_previews(struct task *task, writer *w)
{
    const struct session_query *query = QUERY_OF(task);

    write_array(w);
    for (size_t i = 0; i < query->runs.count; i++)
        run_view_write_preview(&query->runs.all[i], w);
    write_end(w);
}

void sessions_runs(struct call *call)
{
    static const struct rendering rendering = { load_full_runs, write_runs, run_rows_refuse };

    call_render(call_input(call), DB_READ_ANY, &rendering);
}

void sessions_previews(struct call *call)
{
    static const struct rendering rendering = { load_previews, write_previews, run_rows_refuse };

    call_render(call_input(call), DB_READ_ANY, &rendering);
}

/* ---- one run ---- */

/* Reads one run of the session into *out, owned by task.scratch. */
static agentos_status find_run(struct db_conn *conn, const struct session_query *query,
                               struct run_row *out, agentos_error *err)
{
    const struct run_key key = { .session_id = query->session_id, .run_id = query->run_id };
    agentos_status status = run_row_get(conn, &query->reader, &key, query->task.scratch, out, err);

    if (status != AGENTOS_NOT_FOUND)
        return status;
    return fail(err, AGENTOS_NOT_FOUND, "Run with ID %.*s not found in session %.*s",
                QUOTE(str_of(query->run_id)), QUOTE(str_of(query->session_id)));
}

/* Loads the session and the run in the path. */
static agentos_status load_one_run(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = LIST_OWNER(task, struct session_query, task);
    struct run_row *run = arena_alloc(task->scratch, sizeof(*run));

    TRY(load_session_for_runs(conn, query, err));
    TRY(find_run(conn, query, run, err));
    query->runs = (struct run_rows){ .all = run, .count = 1 };
    query->objects = arena_alloc(task->scratch, sizeof(*query->objects));
    return run_row_read(run, task->scratch, query->objects, err);
}

static void write_one_run(struct task *task, writer *w)
{
    const struct session_query *query = QUERY_OF(task);

    ensure(query->runs.count == 1); /* set by load_one_run */
    run_view_write(query->objects, RUN_VIEW_NULLS, w);
}

void sessions_run(struct call *call)
{
    static const struct rendering rendering = { load_one_run, write_one_run, run_row_refuse };

    call_render(call_input(call), DB_READ_ANY, &rendering);
}
