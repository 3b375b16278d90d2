/* Sessions as rows, to read. Every function takes the owner whose rows it may touch, and adds the
 * owner condition in one place (owner.c); a foreign row is as absent as an unknown one. */
#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include "store/db.h"
#include "store/owner.h"
#include "json/shape.h"

enum component { COMPONENT_NONE, COMPONENT_AGENT, COMPONENT_TEAM, COMPONENT_WORKFLOW };
const char *component_name(enum component component); /* "agent", "team", "workflow" */
enum component component_of(const char *name);        /* NONE: another name */

/* Strings are from the arena of the query; NULL where the column is null. Times in seconds. */
struct session {
    const char *session_id;
    enum component type;
    const char *component_id;     /* NULL: made without one, and not run yet */
    const char *issuer, *user_id; /* user_id NULL: owned by nobody */
    const char *session_name;     /* as stored, or NULL */
    const char *first_input;   /* the first run's message: the name when none is stored; or NULL */
    const char *session_state; /* JSON objects as text, or NULL */
    bool has_state;            /* though it may be left out */
    const char *metadata;
    const char *summary;
    const char *component_data; /* {"name","agent_id","model":{...}} or NULL */
    const char *metrics;        /* sums over the runs; NULL: none, nor a name or a state */
    int64_t run_count;
    int64_t input_tokens, output_tokens, total_tokens; /* sums over the runs */
    int64_t created_at, updated_at;
};

/* The JSON of a session's metrics. */
extern const struct shape session_metrics_shape;

struct session_filter {
    enum component type;             /* COMPONENT_NONE: all */
    const char *component_id;        /* NULL: all */
    const char *user_id;             /* NULL: all; narrows, never widens, what the owner sees */
    const char *session_name;        /* stored name contains this, or NULL */
    bool sort_by_updated, ascending; /* default: created_at, newest first */
    int64_t limit, page;             /* page from 1 */
};

/* Of any type. NOT_FOUND "Session not found" when absent or foreign. */
MUST_USE agentos_status session_get(struct db_conn *conn, const struct owner *owner,
                                    const char *session_id, arena *a, struct session *out,
                                    agentos_error *err);

struct session_page {
    struct session *all; /* from the arena */
    size_t count;
    int64_t total; /* of all that match */
};

/* TOO_LARGE, in a sentence that says how to ask for fewer. */
agentos_status session_page_refuse(agentos_error *err);

/* One page, newest first unless asked otherwise. Run payloads are never read, nor component_data;
 * first_input where it is the name; states longer than LISTED_STATE_MAX_BYTES are left out.
 * TOO_LARGE: the page is longer than LISTING_MAX_BYTES. */
MUST_USE agentos_status session_list(struct db_conn *conn, const struct owner *owner,
                                     const struct session_filter *filter, arena *a,
                                     struct session_page *out, agentos_error *err);

#endif
