/* Runs as rows of the database. run/run_row_object.h makes the object that clients see from a row.
 * Every function takes the owner whose rows it may reach. A run belongs to the owner of its
 * session, and a run that the owner does not reach is treated like one that does not exist. All
 * functions block and run inside a job. */
#ifndef STORE_RUN_ROW_H
#define STORE_RUN_ROW_H

#include "store/session.h"

/* A run. The texts of a row that was read are allocated in the arena of the query, and are NULL if
 * the column is null. A row contains each text of a run only once. */
struct run_row {
    const char *run_id, *session_id, *parent_run_id;
    enum component type;
    const char *component_id, *component_name;
    const char *issuer, *user_id;
    const char *status;        /* such as "COMPLETED" */
    const char *input;         /* the user's message */
    const char *content;       /* the text of the answer; may be NULL */
    const char *shown_content; /* shown in place of content, such as an error; may be NULL */
    const char *stage;         /* the stage at which the run was cancelled; may be NULL */
    const char *error_type;    /* set for the status ERROR */
    /* A JSON object with the counts above zero, time_to_first_token and duration, and with by_model
     * set to true if the counts are also shown by model. May be NULL. */
    const char *metrics;
    /* A JSON list of { event, created_at, time_to_first_token? }, where the time is counted from
     * the request to the model. NULL if no events were kept. */
    const char *events;
    const char *metadata; /* a JSON object, or NULL */
    /* A JSON list of { id, role, created_at, parts, reasoning?, metrics? }: the messages that this
     * run added to the conversation. A part is { type: "text", text }, or { type: "input" } or {
     * type: "content" } for the texts of the run itself. */
    const char *messages;
    const char *session_state;    /* the session's state after the run, as JSON text; may be NULL */
    const char *component_data;   /* for a new session, as JSON text; may be NULL; not read */
    const char *session_metadata; /* for a new session, as JSON text; may be NULL; not read */
    /* The model and its token counts, which the session adds up. */
    const char *model_id, *model_provider;
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t created_at; /* in seconds since 1970 */
};

/* The data that selects the context of a run. */
struct run_plan {
    const char *session_id;
    enum component type;
    const char *component_id;
    size_t num_runs; /* how many earlier runs the history has at most; 0 for none */
};

struct run_context {
    bool session_exists, session_has_owner;
    const char *session_state; /* JSON text, or NULL */
    struct run_row *history;   /* oldest first; only input, content and messages are filled in */
    size_t history_count;
};

/* Reads the state and the history that a run needs before it starts. Returns NOT_FOUND "Session not
 * found" if the session belongs to another user, whatever the isolation setting is
 * (docs/design/contract.md §3); an owner with `everyone` reaches it. A session that belongs to
 * nobody is open to all. An unknown session_id is not an error: *session_exists is false then. The
 * history contains the last num_runs COMPLETED runs of this session and component whose user is the
 * session's owner, but at most HISTORY_RUNS_MAX runs and READ_MAX_BYTES. Runs without an answer are
 * left out, because many models refuse a conversation in which two messages of the user follow each
 * other. */
MUST_USE agentos_status run_row_prepare(struct db_conn *conn, const struct owner *owner,
                                        const struct run_plan *plan, arena *a,
                                        struct run_context *out, agentos_error *err);

/* Makes the session of the row, without a run, or gives a session that nobody owns to the run's
 * user: once a run is accepted, its session cannot become another user's. Returns
 * NOT_FOUND if it already has. run_row_save adds the run to it. Called in a write job. */
MUST_USE agentos_status run_row_claim(struct db_conn *conn, const struct owner *owner,
                                      const struct run_row *row, agentos_error *err);

/* Inserts the run, and creates its session or updates it (state, sums, updated_at; a session that
 * belonged to nobody becomes the run's user's). Returns CONFLICT if the run_id exists, whoever owns
 * it, because a row is never overwritten. Returns NOT_FOUND if the session belongs to another user
 * by now, and INTERNAL if the run is not the owner's. On failure the job's savepoint must be rolled
 * back, as the writer does. Called in a write job. */
MUST_USE agentos_status run_row_save(struct db_conn *conn, const struct owner *owner,
                                     const struct run_row *row, agentos_error *err);

/* The parts of a run that are read besides its ids, status, times and input. */
enum run_parts {
    RUN_PARTS_ALL,
    RUN_PARTS_CHAT,    /* the content, the error and the messages */
    RUN_PARTS_PREVIEW, /* the first 200 characters of the content, which previews shorten further */
};

struct run_filter {
    const char *session_id;      /* required */
    enum component type;         /* COMPONENT_NONE for all types */
    const char *component_id;    /* NULL for all components */
    const char *const *statuses; /* compared exactly; NULL for all statuses */
    size_t status_count;
    int64_t created_after, created_before; /* in seconds since 1970; 0 for no bound */
    enum run_parts parts;
};

struct run_rows {
    struct run_row *all; /* allocated in the arena */
    size_t count;
};

/* Returns TOO_LARGE, with a message that says how to ask for fewer runs. */
agentos_status run_rows_refuse(agentos_error *err);
/* Returns TOO_LARGE for one run that is too long to be answered. */
agentos_status run_row_refuse(agentos_error *err);

/* Lists the runs of one session, oldest first. Returns NOT_FOUND "Session not found" if the owner
 * reaches no such session, and TOO_LARGE if there are more than READ_MAX_RUNS runs or their texts
 * exceed READ_MAX_BYTES. */
MUST_USE agentos_status run_row_list(struct db_conn *conn, const struct owner *owner,
                                     const struct run_filter *filter, arena *a,
                                     struct run_rows *out, agentos_error *err);

struct run_key {
    const char *session_id, *run_id; /* both are required */
};

/* Reads one run. Returns NOT_FOUND "Run not found" if the owner reaches no such run in this
 * session, and TOO_LARGE if it is longer than READ_MAX_BYTES. */
MUST_USE agentos_status run_row_get(struct db_conn *conn, const struct owner *owner,
                                    const struct run_key *key, arena *a, struct run_row *out,
                                    agentos_error *err);

/* Reads one run by its id alone, in whichever session it is, without the columns that
 * RUN_PARTS_PREVIEW leaves out. Returns NOT_FOUND like run_row_get. */
MUST_USE agentos_status run_row_find(struct db_conn *conn, const struct owner *owner,
                                     const char *run_id, arena *a, struct run_row *out,
                                     agentos_error *err);

#endif
