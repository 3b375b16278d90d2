/* Runs as rows: columns to filter by, and the run object as the contract has it, as JSON text. */
#ifndef STORE_RUN_H
#define STORE_RUN_H

#include "store/session.h"

struct run_row {
    const char *run_id, *session_id, *parent_run_id;
    enum component type;
    const char *component_id;
    const char *issuer, *user_id;
    const char *status;           /* "COMPLETED", ... */
    const char *input;            /* the user's message */
    const char *content;          /* the answer's text, or NULL */
    const char *object;           /* the run object of POST .../runs?stream=false; JSON text */
    const char *session_state;    /* the session's state after the run; JSON text or NULL */
    const char *component_data;   /* for a new session; JSON text or NULL */
    const char *session_metadata; /* for a new session; JSON text or NULL */
    /* Sums kept by the session. */
    const char *model_id, *model_provider;
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t created_at;
};

/* What a run needs before it starts. NOT_FOUND "Session not found": the session is another user's
 * (docs/design/contract.md §3: whatever the isolation setting); admins pass by owner.everyone. A
 * session nobody owns is open to all. An unknown session_id is fine:
 * *session_exists is false. history: the last num_runs COMPLETED runs of this session and
 * component, oldest first, as their `object`s; user_id of each must be the session's owner. */
struct run_plan {
    const char *session_id;
    enum component type;
    const char *component_id;
    size_t num_runs; /* of history; 0: none */
};

struct run_context {
    bool session_exists;
    const char *session_state; /* JSON text or NULL */
    const char **history;
    size_t history_count;
};
MUST_USE agentos_status run_prepare(struct db_conn *conn, const struct owner *owner,
                                    const struct run_plan *plan, arena *a, struct run_context *out,
                                    agentos_error *err);

/* Insert the run; make the session or bring it up to date (state, sums, updated_at; a session that
 * nobody owned becomes the run's user's). CONFLICT: run_id exists, whoever owns it: a row is never
 * overwritten (docs/design/contract.md §3). NOT_FOUND: the session became another user's meanwhile.
 */
MUST_USE agentos_status run_save(struct db_conn *conn, const struct owner *owner,
                                 const struct run_row *row, agentos_error *err);

struct run_filter {
    const char *session_id;      /* required */
    enum component type;         /* COMPONENT_NONE: all */
    const char *component_id;    /* NULL: all */
    const char *const *statuses; /* exact; NULL: all */
    size_t status_count;
    int64_t created_after, created_before; /* seconds; 0: no bound */
    bool without_object;                   /* previews: object is not read and stays NULL */
};

struct run_rows {
    struct run_row *all; /* from the arena */
    size_t count;
};

/* Of one session, oldest first. NOT_FOUND "Session not found" when the session is absent or
 * foreign. */
MUST_USE agentos_status run_list(struct db_conn *conn, const struct owner *owner,
                                 const struct run_filter *filter, arena *a, struct run_rows *out,
                                 agentos_error *err);

struct run_key {
    const char *session_id, *run_id; /* both required */
};

/* NOT_FOUND "Run not found" when absent, in another session, or foreign. */
MUST_USE agentos_status run_get(struct db_conn *conn, const struct owner *owner,
                                const struct run_key *key, arena *a, struct run_row *out,
                                agentos_error *err);

/* By its id alone, wherever it is: run_id, session_id, type and component only. NOT_FOUND as
 * run_get. */
MUST_USE agentos_status run_find(struct db_conn *conn, const struct owner *owner,
                                 const char *run_id, arena *a, struct run_row *out,
                                 agentos_error *err);

#endif
