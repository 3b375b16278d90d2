/* What the session routes share: their parameters, loading one session with its runs, and the
 * answer that shows it. */
#ifndef API_SESSIONS_SESSION_QUERY_H
#define API_SESSIONS_SESSION_QUERY_H

#include "api/sessions/session_view.h"
#include "store/run_row.h"
#include "web/call.h"
#include "web/params.h"

/* The record of a session route, or the first member of it. */
struct session_query {
    struct task task;
    /* from the query string */
    const char *type, *component_id, *user_id, *session_name, *sort_by, *sort_order, *db_id, *table;
    int64_t limit, page, created_after, created_before;
    struct texts status;
    bool delete_media;
    /* from the path */
    const char *session_id, *run_id;
    /* from the caller */
    struct owner reader; /* whose sessions the caller reaches */
    /* from the database */
    struct session_page sessions; /* a page of the list, or the one session that was asked for */
    struct run_rows runs;         /* the runs of that session, or one of them */
    struct run_object *objects;   /* the same runs as answers show them; zeroed for previews */
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

/* The names of the session types, NULL-terminated. */
extern const char *const session_types[];

/* The parameters of GET /sessions/{id}, which changing a session takes too. (sessions.c) */
extern const struct param session_get_parameters[];

/* For struct input: fills in the ids of the path and whose sessions the caller reaches, and checks
 * the database, the table and the statuses that the query string names. false: err says why. A
 * caller who reaches only their own rows cannot ask for those of another user. */
MUST_USE bool session_query_complete(struct call *call, struct task *record,
                                     struct problems *problems, agentos_error *err);

/* A new task that asks for the same session, to follow one that has changed it. */
struct session_query *session_query_again(struct call *call, const struct session_query *query);

/* The type that the query string names; COMPONENT_NONE: it names none. */
enum component session_query_type(const struct session_query *query);

/* The sentence "Session with id 'x' not found", owned by the task's arena. It names the type,
 * unless that is COMPONENT_NONE. */
const char *session_query_absent(const struct session_query *query, enum component type);

/* Loads the session into query->sessions.all. NOT_FOUND with the sentence `absent`: there is none,
 * or the caller does not reach it, or it is not of the type or the user asked for. */
MUST_USE agentos_status session_query_load(struct db_conn *conn, struct session_query *query,
                                           const char *absent, agentos_error *err);

/* Loads the session's runs into query->runs and, unless `parts` is RUN_PARTS_PREVIEW, parses them
 * into query->objects. */
MUST_USE agentos_status session_query_load_runs(struct db_conn *conn, struct session_query *query,
                                                enum run_parts parts, agentos_error *err);

/* Writes the session that was loaded and its chat history. */
void session_query_write(const struct session_query *query, enum session_nulls nulls, writer *w);

#endif
