/* Reads sessions. A session that the owner cannot access counts as absent. All functions with a
 * connection block and run inside a job. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/db.h"
#include "store/owner.h"
#include "json/shape.h"

enum component { COMPONENT_NONE, COMPONENT_AGENT, COMPONENT_TEAM, COMPONENT_WORKFLOW };
/* returns "agent", "team" or "workflow", or NULL for COMPONENT_NONE */
const char *component_name(enum component component);
enum component component_of(const char *name); /* COMPONENT_NONE if unknown */

/* A session. Strings are in the query's arena, NULL if the column is null. Times are in seconds
 * since 1970. */
struct session {
    const char *session_id;
    enum component type;
    /* NULL if created without one and not run yet */
    const char *component_id;
    const char *issuer, *user_id; /* user_id is NULL without an owner */
    const char *session_name;
    /* the message of the first run, the name of an unnamed session; may be NULL */
    const char *first_input;
    /* session_state, metadata and summary are JSON objects, or NULL */
    const char *session_state;
    bool has_state; /* also set if a listing omits the state */
    const char *metadata;
    const char *summary;
    const char *component_data; /* {"name","agent_id","model":{...}}, or NULL */
    /* JSON; NULL if the session has no run, no name and no state */
    const char *metrics;
    int64_t run_count;
    int64_t input_tokens, output_tokens, total_tokens; /* of all runs */
    int64_t created_at, updated_at;
};

/* The shape of a session's metrics. */
extern const struct shape session_metrics_shape;

struct session_filter {
    enum component type;      /* COMPONENT_NONE for all types */
    const char *component_id; /* NULL for all components */
    /* restricts the accessible rows further; NULL for all users */
    const char *user_id;
    const char *session_name;        /* a part of the stored name; may be NULL */
    bool sort_by_updated, ascending; /* by default by created_at, newest first */
    int64_t limit, page;             /* the first page is 1 */
};

/* Reads a session with its metrics. Returns NOT_FOUND "Session not found" if the owner cannot
 * access it. */
MUST_USE agentos_status session_get(struct db_conn *conn, const struct owner *owner,
                                    const char *session_id, arena *a, struct session *out,
                                    agentos_error *err);

struct session_page {
    struct session *all; /* allocated in the arena */
    size_t count;
    int64_t total; /* all matching sessions */
};

/* Returns TOO_LARGE and says how to request fewer sessions. */
agentos_status session_page_refuse(agentos_error *err);

/* Reads a page, by default newest first. Omits component_data, the first_input of a named session,
 * and states, metadata and summaries beyond LISTED_STATE_MAX_BYTES, METADATA_MAX_BYTES and
 * SUMMARY_MAX_BYTES. Returns TOO_LARGE if the page is longer than LISTING_MAX_BYTES. */
MUST_USE agentos_status session_list(struct db_conn *conn, const struct owner *owner,
                                     const struct session_filter *filter, arena *a,
                                     struct session_page *out, agentos_error *err);

#endif
