/* GET /sessions and below: listing, detail, runs, previews. Listing and previews never read a run's
 * payload. */
#include "api/database_choice.h"
#include "api/routes.h"
#include "api/run_view.h"
#include "api/session_view.h"
#include "base/limits.h"

static const char *const types[] = { "agent", "team", "workflow", NULL };
static const char *const orders[] = { "asc", "desc", NULL };

struct session_query {
    struct task task;
    /* parameters */
    const char *type, *component_id, *user_id, *session_name, *sort_by, *sort_order, *db_id, *table;
    int64_t limit, page, created_after, created_before;
    struct texts status;
    /* from the path */
    const char *session_id, *run_id;
    /* results */
    struct owner reader;
    struct session *sessions;
    size_t count;
    int64_t total;
    struct run_row *runs;
    const json_t **objects; /* parsed run objects, as many as runs */
    size_t run_count;
};

// clang-format off
#define DATABASE_PARAMS                     \
    PARAM(struct session_query, db_id),     \
    PARAM(struct session_query, table)

const struct param session_list_query[] = {
    PARAM(struct session_query, type, .choices = types),
    PARAM(struct session_query, component_id),
    PARAM(struct session_query, user_id),
    PARAM(struct session_query, session_name),
    PARAM(struct session_query, limit, .has_min = true, .min = 1, .fallback = "20"),
    PARAM(struct session_query, page, .has_min = true, .min = 0, .fallback = "1"),
    PARAM(struct session_query, sort_by, .fallback = "created_at"),
    PARAM(struct session_query, sort_order, .choices = orders, .fallback = "desc"),
    DATABASE_PARAMS,
    PARAMS_END,
};

const struct param session_get_query[] = {
    PARAM(struct session_query, type, .choices = types),
    PARAM(struct session_query, user_id),
    DATABASE_PARAMS,
    PARAMS_END,
};

const struct param session_runs_query[] = {
    PARAM(struct session_query, type, .choices = types),
    PARAM(struct session_query, user_id),
    PARAM(struct session_query, created_after),
    PARAM(struct session_query, created_before),
    PARAM(struct session_query, status),
    DATABASE_PARAMS,
    PARAMS_END,
};
// clang-format on

/* ---- the query ---- */

/* "completed" -> "COMPLETED"; INVALID for what is no status. */
static agentos_status known_statuses(struct session_query *query, agentos_error *err)
{
    static const char *const known[] = { "PENDING",   "RUNNING", "COMPLETED",  "PAUSED",
                                         "CANCELLED", "ERROR",   "REGENERATED" };
    const char **all = arena_alloc(query->task.arena, (query->status.count + 1) * sizeof(*all));

    for (size_t i = 0; i < query->status.count; i++) {
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (str_equal_nocase(str_of(query->status.all[i]), str_of(known[k])))
                all[i] = known[k];
        if (all[i] == NULL)
            return fail(err, AGENTOS_INVALID, "Invalid status value(s) " QUOTED,
                        QUOTE(str_of(query->status.all[i])));
    }
    query->status.all = all;
    return AGENTOS_OK;
}

/* page=0 is a fault of the reference's list, which it answers with 500. */
static bool page_is_valid(const struct session_query *query, struct problems *problems)
{
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

/* NULL: the query was faulty, and the call is answered. */
static struct session_query *read_query(struct call *call, const struct param *table)
{
    struct session_query *query = call_task(call, sizeof(*query));
    AUTO_PROBLEMS problems = problems_none();
    struct form form = { 0 };
    agentos_error err = { 0 };
    arena *a = query->task.arena;

    query->limit = 20;
    query->page = 1;
    query->reader = call_reader(call, a);
    query->session_id = arena_copy(a, params_get(&call->params, "session_id"));
    query->run_id = arena_copy(a, params_get(&call->params, "run_id"));
    if (form_parse_query(a, call->request->query, QUERY_FIELDS_MAX, &form, &err) == AGENTOS_OK &&
        params_read(table, &form, "query", a, query, &problems) &&
        page_is_valid(query, &problems) &&
        database_choice(call->context->catalogue, query->db_id, query->table, &err) == AGENTOS_OK &&
        known_statuses(query, &err) == AGENTOS_OK)
        return query;
    call_drop(call, &query->task);
    if (problems.count > 0)
        call_invalid(call, &problems);
    else
        call_fail(call, &err);
    return NULL;
}

static enum component wanted_type(const struct session_query *query)
{
    for (int type = COMPONENT_AGENT; type <= COMPONENT_WORKFLOW; type++)
        if (query->type != NULL && strcmp(component_name((enum component)type), query->type) == 0)
            return (enum component)type;
    return COMPONENT_NONE;
}

/* ---- the list ---- */

static agentos_status load_sessions(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = (struct session_query *)task;
    const struct session_filter filter = {
        .type = wanted_type(query),
        .component_id = query->component_id,
        .user_id = query->user_id,
        .session_name = query->session_name,
        .sort_by_updated = query->sort_by != NULL && strcmp(query->sort_by, "updated_at") == 0,
        .ascending = query->sort_order != NULL && strcmp(query->sort_order, "asc") == 0,
        .limit = query->limit,
        .page = query->page,
    };

    return session_list(conn, &query->reader, &filter, task->arena, &query->sessions, &query->count,
                        &query->total, err);
}

static void write_meta(const struct session_query *query, writer *w)
{
    write_key(w, "meta");
    write_object(w);
    write_member_int(w, "page", query->page);
    write_member_int(w, "limit", query->limit);
    write_member_int(w, "total_pages",
                     query->total / query->limit + (query->total % query->limit > 0));
    write_member_int(w, "total_count", query->total);
    write_member_real(w, "search_time_ms", 0);
    write_end(w);
}

static void answer_sessions(struct call *call, struct task *task)
{
    const struct session_query *query = (const struct session_query *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    write_object(&w);
    write_key(&w, "data");
    write_array(&w);
    for (size_t i = 0; i < query->count; i++)
        session_view_write_item(&query->sessions[i], &w);
    write_end(&w);
    write_meta(query, &w);
    write_end(&w);
    call_buf(call, &body);
}

void sessions_list(struct call *call)
{
    struct session_query *query = read_query(call, session_list_query);

    if (query != NULL)
        call_read(&query->task, load_sessions, answer_sessions);
}

/* ---- what one session holds ---- */

/* A narrowing user_id that is not the session's makes it absent. */
static bool is_narrowed_out(const struct session_query *query, const struct session *session)
{
    return query->user_id != NULL &&
           (session->user_id == NULL || strcmp(session->user_id, query->user_id) != 0);
}

static agentos_status load_session(struct db_conn *conn, struct session_query *query,
                                   const char *absent, agentos_error *err)
{
    arena *a = query->task.arena;

    query->sessions = arena_alloc(a, sizeof(*query->sessions));
    agentos_status status = session_get(conn, &query->reader, query->session_id, wanted_type(query),
                                        a, query->sessions, err);
    if (status == AGENTOS_NOT_FOUND ||
        (status == AGENTOS_OK && is_narrowed_out(query, query->sessions)))
        return fail(err, AGENTOS_NOT_FOUND, "%s", absent);
    return status;
}

static agentos_status parse_stored(arena *a, const struct run_row *row, const json_t **out,
                                   agentos_error *err)
{
    if (json_parse(a, str_of(row->object), out, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_INTERNAL, "a stored run is no JSON");
    return AGENTOS_OK;
}

static agentos_status load_runs(struct db_conn *conn, struct session_query *query,
                                bool with_objects, agentos_error *err)
{
    arena *a = query->task.arena;
    const struct run_filter filter = { .statuses = query->status.all,
                                       .status_count = query->status.count,
                                       .created_after = query->created_after,
                                       .created_before = query->created_before,
                                       .without_object = !with_objects };

    TRY(run_list(conn, &query->reader, query->session_id, &filter, a, &query->runs,
                 &query->run_count, err));
    query->objects = arena_alloc(a, (query->run_count + 1) * sizeof(*query->objects));
    for (size_t i = 0; with_objects && i < query->run_count; i++)
        TRY(parse_stored(a, &query->runs[i], &query->objects[i], err));
    return AGENTOS_OK;
}

static const char *absent_detail(const struct session_query *query)
{
    static const char *const kinds[] = { [COMPONENT_NONE] = "Session",
                                         [COMPONENT_AGENT] = "Agent Session",
                                         [COMPONENT_TEAM] = "Team Session",
                                         [COMPONENT_WORKFLOW] = "Workflow Session" };

    return arena_printf(query->task.arena, "%s with id " QUOTED " not found",
                        kinds[wanted_type(query)], QUOTE(str_of(query->session_id)));
}

static agentos_status load_detail(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = (struct session_query *)task;

    TRY(load_session(conn, query, absent_detail(query), err));
    return load_runs(conn, query, true, err);
}

static void answer_detail(struct call *call, struct task *task)
{
    const struct session_query *query = (const struct session_query *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    session_view_write_detail(query->sessions, query->objects, query->run_count,
                              &(writer){ .out = &body });
    call_buf(call, &body);
}

void sessions_get(struct call *call)
{
    struct session_query *query = read_query(call, session_get_query);

    if (query != NULL)
        call_read(&query->task, load_detail, answer_detail);
}

/* ---- its runs ---- */

static agentos_status load_session_for_runs(struct db_conn *conn, struct session_query *query,
                                            agentos_error *err)
{
    return load_session(conn, query,
                        arena_printf(query->task.arena, "Session with ID %.*s not found",
                                     QUOTE(str_of(query->session_id))),
                        err);
}

static agentos_status load_full_runs(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = (struct session_query *)task;

    TRY(load_session_for_runs(conn, query, err));
    return load_runs(conn, query, true, err);
}

static agentos_status load_previews(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = (struct session_query *)task;

    TRY(load_session_for_runs(conn, query, err));
    return load_runs(conn, query, false, err);
}

static void answer_runs(struct call *call, struct task *task)
{
    const struct session_query *query = (const struct session_query *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    write_array(&w);
    for (size_t i = 0; i < query->run_count; i++)
        run_view_write(&query->runs[i], query->objects[i], RUN_VIEW_NO_NULLS, &w);
    write_end(&w);
    call_buf(call, &body);
}

static void answer_previews(struct call *call, struct task *task)
{
    const struct session_query *query = (const struct session_query *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    writer w = { .out = &body };

    write_array(&w);
    for (size_t i = 0; i < query->run_count; i++)
        run_view_write_preview(&query->runs[i], &w);
    write_end(&w);
    call_buf(call, &body);
}

void sessions_runs(struct call *call)
{
    struct session_query *query = read_query(call, session_runs_query);

    if (query != NULL)
        call_read(&query->task, load_full_runs, answer_runs);
}

void sessions_previews(struct call *call)
{
    struct session_query *query = read_query(call, session_runs_query);

    if (query != NULL)
        call_read(&query->task, load_previews, answer_previews);
}

/* ---- one run ---- */

static agentos_status load_one_run(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct session_query *query = (struct session_query *)task;
    arena *a = task->arena;

    TRY(load_session_for_runs(conn, query, err));
    query->runs = arena_alloc(a, sizeof(*query->runs));
    query->objects = arena_alloc(a, sizeof(*query->objects));
    agentos_status status =
        run_get(conn, &query->reader, query->session_id, query->run_id, a, query->runs, err);
    if (status == AGENTOS_NOT_FOUND)
        return fail(err, AGENTOS_NOT_FOUND, "Run with ID %.*s not found in session %.*s",
                    QUOTE(str_of(query->run_id)), QUOTE(str_of(query->session_id)));
    TRY(status);
    return parse_stored(a, query->runs, query->objects, err);
}

static void answer_one_run(struct call *call, struct task *task)
{
    const struct session_query *query = (const struct session_query *)task;
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);

    run_view_write(query->runs, query->objects[0], RUN_VIEW_NULLS, &(writer){ .out = &body });
    call_buf(call, &body);
}

void sessions_run(struct call *call)
{
    struct session_query *query = read_query(call, session_get_query);

    if (query != NULL)
        call_read(&query->task, load_one_run, answer_one_run);
}
