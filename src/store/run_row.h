/* Runs as rows; run/run_row_object.h writes them as clients see them. A run belongs to the owner of
 * its session. A run that the owner cannot access counts as absent. All functions block and run
 * inside a job. */
#ifndef STORE_RUN_ROW_H
#define STORE_RUN_ROW_H

#include "store/session.h"

/* A run, with each text stored once. Strings are in the arena, NULL if the column is null. */
struct run_row {
    const char *run_id, *session_id, *parent_run_id;
    enum component type;
    const char *component_id, *component_name;
    const char *issuer, *user_id;
    const char *status;        /* such as "COMPLETED" */
    const char *input;         /* the user's message */
    const char *content;       /* the answer; may be NULL */
    const char *shown_content; /* shown instead of content, such as an error; may be NULL */
    const char *stage;         /* when the run was cancelled; may be NULL */
    const char *error_type;    /* for the status ERROR */
    /* A JSON object of non-zero counts, time_to_first_token and duration; by_model is true if the
     * counts are also shown by model. May be NULL. */
    const char *metrics;
    /* A JSON list of { event, created_at, time_to_first_token? }, the latter from the request to
     * the model. May be NULL. */
    const char *events;
    const char *metadata; /* a JSON object, or NULL */
    /* A JSON list of { id, role, created_at, parts, reasoning?, metrics? }: the messages added by
     * this run. A part is { type: "text", text }, or { type: "input" } or { type: "content" } for
     * those of the run. */
    const char *messages;
    const char *session_state;    /* JSON: the session's state after the run; may be NULL */
    const char *component_data;   /* for a new session, as JSON text; may be NULL; not read */
    const char *session_metadata; /* for a new session, as JSON text; may be NULL; not read */
    /* The model and its token counts, which are added to the session. */
    const char *model_id, *model_provider;
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t created_at; /* in seconds since 1970 */
};

/* Selects the context of a run. */
struct run_plan {
    const char *session_id;
    enum component type;
    const char *component_id;
    size_t num_runs; /* the largest number of earlier runs */
};

struct run_context {
    bool session_exists, session_has_owner;
    const char *session_state; /* JSON text, or NULL */
    struct run_row *history;   /* oldest first; has only input, content and messages */
    size_t history_count;
};

/* Reads the state and the history that a run needs. Returns NOT_FOUND "Session not found" if the
 * session belongs to another user, unless the owner has `everyone` (docs/design/contract.md §3).
 * Sessions without an owner are open to all, and an unknown session is no error. The history has
 * the last num_runs COMPLETED runs of the session's owner with this component, at most
 * HISTORY_RUNS_MAX runs and READ_MAX_BYTES. It omits runs without an answer, because many models
 * reject two user messages in a row. */
MUST_USE agentos_status run_row_prepare(struct db_conn *conn, const struct owner *owner,
                                        const struct run_plan *plan, arena *a,
                                        struct run_context *out, agentos_error *err);

/* Creates the row's session without a run, or gives a session without an owner to the run's user.
 * Returns NOT_FOUND if it belongs to another user, and INTERNAL if the row is not the owner's.
 * run_row_save adds the run. Called in a write job. */
MUST_USE agentos_status run_row_claim(struct db_conn *conn, const struct owner *owner,
                                      const struct run_row *row, agentos_error *err);

/* Inserts the run and creates or updates its session (state, sums, updated_at, and the user of a
 * session without one). Returns CONFLICT if the run_id exists, whoever owns it, NOT_FOUND if the
 * session belongs to another user, and INTERNAL if the run is not the owner's. After a failure, the
 * job's savepoint must be rolled back. Called in a write job. */
MUST_USE agentos_status run_row_save(struct db_conn *conn, const struct owner *owner,
                                     const struct run_row *row, agentos_error *err);

/* The columns to read besides ids, status, times and input. */
enum run_parts {
    RUN_PARTS_ALL,
    RUN_PARTS_CHAT,    /* the content, the error and the messages */
    RUN_PARTS_PREVIEW, /* the first 200 characters of the content */
};

struct run_filter {
    const char *session_id;      /* required */
    enum component type;         /* COMPONENT_NONE for all types */
    const char *component_id;    /* NULL for all components */
    const char *const *statuses; /* stored names; NULL for all statuses */
    size_t status_count;
    int64_t created_after, created_before; /* in seconds since 1970; 0 for no limit */
    enum run_parts parts;
};

struct run_rows {
    struct run_row *all; /* allocated in the arena */
    size_t count;
};

/* Returns TOO_LARGE and says how to request fewer runs. */
agentos_status run_rows_refuse(agentos_error *err);
/* Returns TOO_LARGE for a single run. */
agentos_status run_row_refuse(agentos_error *err);

/* Lists the runs of a session, oldest first. Returns NOT_FOUND "Session not found" if the owner
 * cannot access it, and TOO_LARGE for more than READ_MAX_RUNS runs or READ_MAX_BYTES of text. */
MUST_USE agentos_status run_row_list(struct db_conn *conn, const struct owner *owner,
                                     const struct run_filter *filter, arena *a,
                                     struct run_rows *out, agentos_error *err);

struct run_key {
    const char *session_id, *run_id; /* both are required */
};

/* Reads a run. Returns NOT_FOUND "Run not found" if the owner cannot access it in this session, and
 * TOO_LARGE if it is longer than READ_MAX_BYTES. */
MUST_USE agentos_status run_row_get(struct db_conn *conn, const struct owner *owner,
                                    const struct run_key *key, arena *a, struct run_row *out,
                                    agentos_error *err);

/* Reads a run by its id, in any session, with the columns of a preview and all of its content.
 * Returns NOT_FOUND like run_row_get. */
MUST_USE agentos_status run_row_find(struct db_conn *conn, const struct owner *owner,
                                     const char *run_id, arena *a, struct run_row *out,
                                     agentos_error *err);

#endif
