/* Helpers shared by the session routes. */
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

/* Maps the requested statuses to their stored names, such as "completed" to "COMPLETED". */
static agentos_status translate_statuses(struct session_query *query, agentos_error *err)
{
    ensure(query->status.count == 0 || query->status.all != NULL);

    const char **all = arena_array(query->task.arena, query->status.count, sizeof(*all));

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

/* Validates the query string and copies the path and the caller to the task's arena. */
bool session_query_complete(struct call *call, struct task *record, struct problems *problems,
                            agentos_error *err)
{
    struct session_query *query = LIST_OWNER(record, struct session_query, task);
    arena *a = record->arena;

    (void)problems; /* reports errors in err */
    ensure(query->session_id == NULL && query->sessions.all == NULL);
    query->reader = call_reader(call, a);
    query->session_id = arena_copy(a, params_get(&call->params, "session_id"));
    query->run_id = arena_copy(a, params_get(&call->params, "run_id"));
    if (database_choice(call_catalogue(call), query->db_id, query->table, err) != AGENTOS_OK ||
        translate_statuses(query, err) != AGENTOS_OK)
        return false;
    if (!query->reader.everyone)
        query->user_id = NULL; /* docs/design/contract.md §5 */
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

    ensure(query->session_id != NULL);
    ensure((size_t)type < COUNT(kinds));
    return arena_printf(query->task.arena, "%s with id " QUOTED " not found", kinds[type],
                        QUOTE(str_of(query->session_id)));
}

/* Returns whether the session has the requested type and user. */
static bool matches_query(const struct session_query *query, const struct session *session)
{
    enum component type = session_query_type(query);

    if (type != COMPONENT_NONE && type != session->type)
        return false;
    if (query->user_id == NULL)
        return true;
    return session->user_id != NULL && strcmp(session->user_id, query->user_id) == 0;
}

/* Returns the rendering's scratch arena if there is one, otherwise the task's arena. */
static arena *arena_for_rows(const struct session_query *query)
{
    return query->task.scratch != NULL ? query->task.scratch : query->task.arena;
}

/* Loads the session. One that the caller may not see is reported as absent. */
agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                  const char *absent, agentos_error *err)
{
    arena *a = arena_for_rows(query);

    ensure(query->session_id != NULL && absent != NULL);
    struct session *session = arena_alloc(a, sizeof(*session));
    agentos_status status = session_get(conn, &query->reader, query->session_id, a, session, err);

    if (status == AGENTOS_OK && !matches_query(query, session))
        status = AGENTOS_NOT_FOUND;
    if (status == AGENTOS_NOT_FOUND)
        return fail(err, AGENTOS_NOT_FOUND, "%s", absent);
    TRY(status);
    query->sessions = (struct session_page){ .all = session, .count = 1, .total = 1 };
    return AGENTOS_OK;
}

/* Loads the session's runs. Previews have no JSON columns to parse. */
agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                       enum run_parts parts, agentos_error *err)
{
    arena *a = arena_for_rows(query);
    const struct run_filter filter = { .session_id = query->session_id,
                                       .statuses = query->status.all,
                                       .status_count = query->status.count,
                                       .created_after = query->created_after,
                                       .created_before = query->created_before,
                                       .parts = parts };

    ensure(query->session_id != NULL);
    TRY(run_row_list(conn, &query->reader, &filter, a, &query->runs, err));
    query->objects = arena_array(a, query->runs.count, sizeof(*query->objects));
    if (parts == RUN_PARTS_PREVIEW)
        return AGENTOS_OK;
    for (size_t i = 0; i < query->runs.count; i++)
        TRY(run_row_read(&query->runs.all[i], a, &query->objects[i], err));
    return AGENTOS_OK;
}

/* ---- to the client ---- */

/* Writes the loaded session with its chat history. */
void session_query_write(const struct session_query *query, enum session_nulls nulls, writer *w)
{
    const struct session_view view = { .session = query->sessions.all,
                                       .objects = query->objects,
                                       .count = query->runs.count,
                                       .nulls = nulls };

    ensure(view.session != NULL); /* it was loaded */
    session_view_write_detail(&view, w);
}
