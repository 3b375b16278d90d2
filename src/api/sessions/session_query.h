/* What the session routes have in common: their parameters, and reading one session with its runs.
 */
#ifndef API_SESSIONS_SESSION_QUERY_H
#define API_SESSIONS_SESSION_QUERY_H

#include "api/sessions/session_view.h"
#include "store/run_row.h"
#include "web/call.h"
#include "web/params.h"

struct session_query {
    struct task task;
    /* parameters */
    const char *type, *component_id, *user_id, *session_name, *sort_by, *sort_order, *db_id, *table;
    int64_t limit, page, created_after, created_before;
    struct texts status;
    bool delete_media;
    /* from the path */
    const char *session_id, *run_id;
    /* results */
    struct owner reader;
    struct session_page sessions; /* a list, or the one that was asked for */
    struct run_rows runs;         /* likewise */
    struct run_object *objects;   /* what the wire shows of them, as many as runs */
};

// clang-format off
#define SESSION_DATABASE_PARAMS                                                             \
    PARAM(struct session_query, db_id, .doc = "The database, where it must be this one."),  \
    PARAM(struct session_query, table, .doc = "The table, where it must be this one.")

#define SESSION_TYPE_PARAM                                        \
    PARAM(struct session_query, type, .choices = session_types,   \
          .doc = "Only of this type; any without it.")
// clang-format on
extern const char *const session_types[];

/* A task of this size, which begins with a struct session_query, filled from the request by the
 * table. NULL: the request was faulty, and the call is answered. */
void *session_query_read(struct call *call, const struct param *table, size_t size);

/* The same question again, for the task that follows this one. */
struct session_query *session_query_again(struct call *call, const struct session_query *query);

enum component session_query_type(const struct session_query *query); /* NONE: any */

/* "Session with id 'x' not found"; the reading routes name the type that was asked for. */
const char *session_query_absent(const struct session_query *query, enum component type);

/* Into query->sessions.all; NOT_FOUND with this sentence. */
MUST_USE agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                           const char *absent, agentos_error *err);

/* Into query->runs; but for previews into query->objects too. */
MUST_USE agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                                enum run_parts parts, agentos_error *err);

/* The session with its chat history. */
void session_query_answer(struct call *call, const struct session_query *query, int status,
                          enum session_nulls nulls);

#endif
