/* Code that the session routes share: their parameters, loading one session with its runs, and the
 * answer with that session. */
#ifndef API_SESSIONS_SESSION_QUERY_H
#define API_SESSIONS_SESSION_QUERY_H

#include "api/sessions/session_view.h"
#include "store/run_row.h"
#include "web/call.h"
#include "web/params.h"

/* The record of a session route, or the first member of its record. */
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
    struct session_page sessions; /* a page of the list, or the one session that was requested */
    struct run_rows runs;         /* the runs of that session, or one of them */
    struct run_object *objects;   /* the same runs as objects for answers; zeroed for previews */
};

/* The record that the task is part of. */
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

/* The parameters of GET /sessions/{id}, which the routes that change a session also take
 * (sessions.c). */
extern const struct param session_get_parameters[];

/* Implements input.complete: fills in the ids of the path and the owner whose sessions the caller
 * reaches, and checks the database, the table and the statuses in the query string. Returns false,
 * with err set, if one of them is invalid. A caller who reaches only their own rows cannot ask for
 * those of another user. */
MUST_USE bool session_query_complete(struct call *call, struct task *record,
                                     struct problems *problems, agentos_error *err);

/* Returns a new task that asks for the same session again, after a task that has changed it. The
 * call owns it. */
struct session_query *session_query_again(struct call *call, const struct session_query *query);

/* Returns the type in the query string, or COMPONENT_NONE if it has none. */
enum component session_query_type(const struct session_query *query);

/* The sentence "Session with id 'x' not found", owned by the task's arena. It names the type,
 * unless that is COMPONENT_NONE. */
const char *session_query_absent(const struct session_query *query, enum component type);

/* Loads the session into query->sessions.all. Returns NOT_FOUND with the sentence `absent` if there
 * is no such session, if the caller does not reach it, or if it does not have the requested type or
 * user. Called on a database thread. */
MUST_USE agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                           const char *absent, agentos_error *err);

/* Loads the session's runs into query->runs and, unless `parts` is RUN_PARTS_PREVIEW, parses them
 * into query->objects. Called on a database thread. */
MUST_USE agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                                enum run_parts parts, agentos_error *err);

/* Writes the session that was loaded and its chat history. */
void session_query_write(const struct session_query *query, enum session_nulls nulls, writer *w);

#endif
