/* Helpers shared by the session routes. */
#ifndef API_SESSIONS_SESSION_QUERY_H
#define API_SESSIONS_SESSION_QUERY_H

#include "api/sessions/session_view.h"
#include "store/run_row.h"
#include "web/call.h"
#include "web/params.h"

/* The record of a session route, or its first member. */
struct session_query {
    struct task task;
    /* set from the query string */
    const char *type, *component_id, *user_id, *session_name, *sort_by, *sort_order, *db_id, *table;
    int64_t limit, page, created_after, created_before;
    struct texts status;
    bool delete_media;
    /* set from the path */
    const char *session_id, *run_id;
    /* set from the caller */
    struct owner reader; /* the owner whose sessions the caller reaches */
    /* set from the database */
    struct session_page sessions; /* a page of the list, or the requested session */
    struct run_rows runs;         /* the runs of that session, or one of them */
    struct run_object *objects;   /* the parsed runs; zeroed for previews */
};

/* The record that contains the task. */
#define QUERY_OF(record) LIST_OWNER((record), struct session_query, task)

// clang-format off
#define SESSION_DATABASE_PARAMS                                                             \
    PARAM(struct session_query, db_id, .doc = "The id of the database; another one is not found."),  \
    PARAM(struct session_query, table, .doc = "The table of the sessions; needs db_id, and another one is not found.")

#define SESSION_TYPE_PARAM                                        \
    PARAM(struct session_query, type, .choices = session_types,   \
          .doc = "Only sessions of this type; of any type without it.")
// clang-format on

/* The names of the session types, ending with NULL. */
extern const char *const session_types[];

/* The query parameters of GET, PATCH and rename (sessions.c). */
extern const struct param session_get_parameters[];

/* Implements input.complete: sets the ids in the path and the owner, and checks the database, the
 * table and the statuses. Returns false and sets err if one is invalid. Ignores user_id for a
 * caller who reaches only their own rows. */
MUST_USE bool session_query_complete(struct call *call, struct task *record,
                                     struct problems *problems, agentos_error *err);

/* Returns a new task that reads the same session again. The call owns it. */
struct session_query *session_query_again(struct call *call, const struct session_query *query);

/* Returns the type in the query string, or COMPONENT_NONE. */
enum component session_query_type(const struct session_query *query);

/* Returns "Session with id 'x' not found", owned by the task's arena. Names the type unless it is
 * COMPONENT_NONE. */
const char *session_query_absent(const struct session_query *query, enum component type);

/* Loads the session into query->sessions.all. Returns NOT_FOUND with the message `absent` if the
 * session does not exist, is not reached by the caller, or has another type or user. Runs on a
 * database thread. */
MUST_USE agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                           const char *absent, agentos_error *err);

/* Loads the session's runs into query->runs and parses them into query->objects, unless `parts` is
 * RUN_PARTS_PREVIEW. Runs on a database thread. */
MUST_USE agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                                enum run_parts parts, agentos_error *err);

/* Writes the loaded session with its chat history. */
void session_query_write(const struct session_query *query, enum session_nulls nulls, writer *w);

#endif
