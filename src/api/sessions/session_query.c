/* Contains the functions that the session routes share: they complete and check a route's input,
 * load one session with its runs, and send it as the answer. */
#include "api/sessions/session_query.h"

#include "api/database_choice.h"
#include "api/runs/run_view.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/mem.h"
#include "run/run_row_object.h"
#include "run/run_status.h"

const char *const session_types[] = { "agent", "team", "workflow", NULL };

/* ---- from the request ---- */

/* Replaces each status that was asked for by its word in the database: "completed" by "COMPLETED".
 * INVALID: one of them is not a status. */
static agentos_status translate_statuses(struct session_query *query, agentos_error *err)
{
    const char **all = arena_alloc(query->task.arena, (query->status.count + 1) * sizeof(*all));

    for (size_t i = 0; i < query->status.count; i++) {
        str word = str_of(query->status.all[i]);
        enum run_status status;

        if (!run_status_parse(word, &status))
            return fail(err, AGENTOS_INVALID, "Invalid status value(s) " QUOTED, QUOTE(word));
        all[i] = run_status_word(status);
    }
    query->status.all = all;
    return AGENTOS_OK;
}

/* Copies what the path and the caller say to the task's arena, since the client may leave while the
 * task runs, and checks what the query string names. false: err says what is not valid. */
bool session_query_complete(struct call *call, struct task *record, struct problems *problems,
                            agentos_error *err)
{
    struct session_query *query = LIST_OWNER(record, struct session_query, task);
    arena *a = record->arena;

    (void)problems; /* what is wrong here is told by err */
    ensure(query->session_id == NULL && query->sessions.all == NULL);
    query->reader = call_reader(call, a);
    query->session_id = arena_copy(a, params_get(&call->params, "session_id"));
    query->run_id = arena_copy(a, params_get(&call->params, "run_id"));
    if (database_choice(call_catalogue(call), query->db_id, query->table, err) != AGENTOS_OK ||
        translate_statuses(query, err) != AGENTOS_OK)
        return false;
    if (!query->reader.everyone)
        query->user_id = NULL; /* ignored, not refused: docs/design/contract.md §5 */
    return true;
}

struct session_query *session_query_again(struct call *call, const struct session_query *query)
{
    struct session_query *again = call_task(call, sizeof(*again));
    arena *a = again->task.arena;

    ensure(query->session_id != NULL);
    again->reader = call_reader(call, a);
    again->session_id = arena_copy(a, str_of(query->session_id));
    again->type = arena_copy_text(a, query->type);
    again->user_id = arena_copy_text(a, query->user_id);
    return again;
}

enum component session_query_type(const struct session_query *query)
{
    return query->type != NULL ? component_of(query->type) : COMPONENT_NONE;
}

/* ---- from the database ---- */

const char *session_query_absent(const struct session_query *query, enum component type)
{
    static const char *const kinds[] = { [COMPONENT_NONE] = "Session",
                                         [COMPONENT_AGENT] = "Agent Session",
                                         [COMPONENT_TEAM] = "Team Session",
                                         [COMPONENT_WORKFLOW] = "Workflow Session" };

    ensure((size_t)type < COUNT(kinds));
    ensure(query->session_id != NULL);
    return arena_printf(query->task.arena, "%s with id " QUOTED " not found", kinds[type],
                        QUOTE(str_of(query->session_id)));
}

/* Whether the query asks for another type or another user than the session's, in which case the
 * session counts as not found. */
static bool is_narrowed_out(const struct session_query *query, const struct session *session)
{
    enum component type = session_query_type(query);
    bool is_another_type = type != COMPONENT_NONE && type != session->type;
    bool is_another_users =
        query->user_id != NULL &&
        (session->user_id == NULL || strcmp(session->user_id, query->user_id) != 0);

    return is_another_type || is_another_users;
}

/* One answer for a session that does not exist and one that the caller may not see, so that it does
 * not tell which. On a database thread. */
agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                  const char *absent, agentos_error *err)
{
    arena *a = query->task.arena;

    ensure(query->session_id != NULL && absent != NULL);
    struct session *session = arena_alloc(a, sizeof(*session));
    agentos_status status = session_get(conn, &query->reader, query->session_id, a, session, err);

    query->sessions = (struct session_page){ .all = session, .count = 1, .total = 1 };
    if (status == AGENTOS_NOT_FOUND || (status == AGENTOS_OK && is_narrowed_out(query, session)))
        return fail(err, AGENTOS_NOT_FOUND, "%s", absent);
    return status;
}

/* Previews need no more than the rows, so their payload is not parsed. On a database thread. */
agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                       enum run_parts parts, agentos_error *err)
{
    arena *a = query->task.arena;
    const struct run_filter filter = { .session_id = query->session_id,
                                       .statuses = query->status.all,
                                       .status_count = query->status.count,
                                       .created_after = query->created_after,
                                       .created_before = query->created_before,
                                       .parts = parts };

    ensure(query->session_id != NULL);
    TRY(run_row_list(conn, &query->reader, &filter, a, &query->runs, err));
    query->objects = arena_alloc(a, (query->runs.count + 1) * sizeof(*query->objects));
    for (size_t i = 0; parts != RUN_PARTS_PREVIEW && i < query->runs.count; i++)
        TRY(run_row_read(&query->runs.all[i], a, &query->objects[i], err));
    return AGENTOS_OK;
}

/* ---- to the client ---- */

/* Answers with the session that was loaded. One that outgrew the limit of answers is refused. */
void session_query_answer(struct call *call, const struct session_query *query, int status,
                          enum session_nulls nulls)
{
    AUTO_BUF body = buf_with_limit(OUTPUT_MAX_BYTES);
    const struct session_view view = { .session = query->sessions.all,
                                       .objects = query->objects,
                                       .count = query->runs.count,
                                       .nulls = nulls };

    ensure(view.session != NULL); /* it was loaded */
    ensure(status == 200 || status == 201);
    session_view_write_detail(&view, &(writer){ .out = &body });
    if (status == 200 || !buf_ok(&body))
        call_buf_or(call, &body, run_rows_refuse);
    else
        call_json(call, status, buf_view(&body));
}
