/* Reads sessions from the database. Every function takes the owner whose rows it may reach, and
 * owner.c adds the owner condition to its query. A session that the owner does not reach is treated
 * like one that does not exist. All functions that use a connection block and run inside a job. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/db.h"
#include "store/owner.h"
#include "json/shape.h"

enum component { COMPONENT_NONE, COMPONENT_AGENT, COMPONENT_TEAM, COMPONENT_WORKFLOW };
/* returns "agent", "team" or "workflow", or NULL for COMPONENT_NONE */
const char *component_name(enum component component);
enum component component_of(const char *name); /* returns COMPONENT_NONE for any other name */

/* A session. Texts are allocated in the arena of the query, and are NULL if the column is null.
 * Times are in seconds since 1970. */
struct session {
    const char *session_id;
    enum component type;
    /* NULL if the session was created without one and has not been run yet */
    const char *component_id;
    const char *issuer, *user_id; /* user_id is NULL if the session belongs to nobody */
    const char *session_name;     /* the stored name, or NULL */
    /* the message of the first run, which is the name if none is stored; may be NULL */
    const char *first_input;
    /* session_state, metadata and summary are JSON objects as text, or NULL */
    const char *session_state;
    bool has_state; /* set even if a listing leaves the state out */
    const char *metadata;
    const char *summary;
    const char *component_data; /* {"name","agent_id","model":{...}}, or NULL */
    /* the sums over the runs as JSON; NULL if the session has no run, no name and no state */
    const char *metrics;
    int64_t run_count;
    int64_t input_tokens, output_tokens, total_tokens; /* the sums over the runs */
    int64_t created_at, updated_at;
};

/* The shape of a session's metrics. */
extern const struct shape session_metrics_shape;

struct session_filter {
    enum component type;      /* COMPONENT_NONE for all types */
    const char *component_id; /* NULL for all components */
    /* NULL for all users; narrows the rows that the owner reaches and never adds any */
    const char *user_id;
    const char *session_name;        /* a text that the stored name must contain; may be NULL */
    bool sort_by_updated, ascending; /* the default is by created_at, newest first */
    int64_t limit, page;             /* the first page is 1 */
};

/* Reads one session of any type with its metrics. Returns NOT_FOUND "Session not found" if the
 * owner reaches no such session. */
MUST_USE agentos_status session_get(struct db_conn *conn, const struct owner *owner,
                                    const char *session_id, arena *a, struct session *out,
                                    agentos_error *err);

struct session_page {
    struct session *all; /* allocated in the arena */
    size_t count;
    int64_t total; /* the number of all sessions that match */
};

/* Returns TOO_LARGE, with a message that says how to ask for fewer sessions. */
agentos_status session_page_refuse(agentos_error *err);

/* Reads one page, newest first unless the filter says otherwise. The texts of runs and
 * component_data are never read, and first_input only if it is the name. A state longer than
 * LISTED_STATE_MAX_BYTES is left out, as are metadata and summaries beyond their limits. Returns
 * TOO_LARGE if the page is longer than LISTING_MAX_BYTES. */
MUST_USE agentos_status session_list(struct db_conn *conn, const struct owner *owner,
                                     const struct session_filter *filter, arena *a,
                                     struct session_page *out, agentos_error *err);

#endif
