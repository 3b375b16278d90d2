/* Runs as rows: what was meant, in columns. The object that the wire shows is put together from a
 * row by run/run_object.h. Every function takes the owner whose rows it may touch; a run belongs to
 * whom its session belongs to, and a foreign one is as absent as an unknown one. */
#ifndef STORE_RUN_ROW_H
#define STORE_RUN_ROW_H

#include "store/session.h"

/* Strings of a row that was read are from the arena of the query; NULL where the column is null.
 * Each text of a run stands in it once. */
struct run_row {
    const char *run_id, *session_id, *parent_run_id;
    enum component type;
    const char *component_id, *component_name;
    const char *issuer, *user_id;
    const char *status;        /* "COMPLETED", ... */
    const char *input;         /* the user's message */
    const char *content;       /* the answer's text, or NULL */
    const char *shown_content; /* shown in place of content: an error, say; or NULL */
    const char *stage;         /* at which the run was cancelled; or NULL */
    const char *error_type;    /* of status ERROR */
    /* JSON object: counts above zero, time_to_first_token, duration, and by_model: true where the
     * counts are also shown by model. NULL: none. */
    const char *metrics;
    /* JSON list of { event, created_at, time_to_first_token? }, the last since the model was asked.
     * NULL: none were kept. */
    const char *events;
    const char *metadata; /* JSON object, or NULL */
    /* JSON list of { id, role, created_at, parts, reasoning?, metrics? }: what this run added to
     * the conversation. A part is { type: "text", text }, or { type: "input" } or { type: "content"
     * } for the run's own texts. */
    const char *messages;
    const char *session_state;    /* the session's state after the run; JSON text or NULL */
    const char *component_data;   /* for a new session; JSON text or NULL; not read */
    const char *session_metadata; /* likewise */
    /* Sums kept by the session. */
    const char *model_id, *model_provider;
    int64_t input_tokens, output_tokens, total_tokens;
    int64_t created_at; /* seconds */
};

/* What a run needs before it starts. */
struct run_plan {
    const char *session_id;
    enum component type;
    const char *component_id;
    size_t num_runs; /* of history; 0: none */
};

struct run_context {
    bool session_exists;
    const char *session_state; /* JSON text or NULL */
    struct run_row *history;   /* oldest first; input, content and messages alone are filled */
    size_t history_count;
};

/* NOT_FOUND "Session not found": the session is another user's (whatever the isolation setting;
 * docs/design/contract.md §3); admins pass by owner.everyone. A session that nobody owns is open to
 * all. An unknown session_id is fine: *session_exists is false. history: the last num_runs
 * COMPLETED runs of this session and component whose user is the session's owner. Runs without an
 * answer are left out: many models refuse a conversation in which two messages of the user follow
 * each other. */
MUST_USE agentos_status run_row_prepare(struct db_conn *conn, const struct owner *owner,
                                        const struct run_plan *plan, arena *a,
                                        struct run_context *out, agentos_error *err);

/* Inserts the run; makes the session or brings it up to date (state, sums, updated_at; a session
 * that nobody owned becomes the run's user's). CONFLICT: run_id exists, whoever owns it: a row is
 * never overwritten. NOT_FOUND: the session became another user's meanwhile. On failure the
 * caller's transaction is rolled back to where it was. */
MUST_USE agentos_status run_row_save(struct db_conn *conn, const struct owner *owner,
                                     const struct run_row *row, agentos_error *err);

/* What of a run is read beside its ids, status, times and input. */
enum run_parts {
    RUN_PARTS_ALL,
    RUN_PARTS_CHAT,    /* content, error and messages */
    RUN_PARTS_PREVIEW, /* the first 200 characters of its content, which previews cut further */
};

struct run_filter {
    const char *session_id;      /* required */
    enum component type;         /* COMPONENT_NONE: all */
    const char *component_id;    /* NULL: all */
    const char *const *statuses; /* exact; NULL: all */
    size_t status_count;
    int64_t created_after, created_before; /* seconds; 0: no bound */
    enum run_parts parts;
};

struct run_rows {
    struct run_row *all; /* from the arena */
    size_t count;
};

/* TOO_LARGE, in a sentence that says how to ask for fewer. */
agentos_status run_rows_refuse(agentos_error *err);
/* TOO_LARGE: one run that is too long to be answered. */
agentos_status run_row_refuse(agentos_error *err);

/* Of one session, oldest first. NOT_FOUND "Session not found" when the session is absent or
 * foreign. TOO_LARGE: they are more than READ_MAX_RUNS, or longer than READ_MAX_BYTES together. */
MUST_USE agentos_status run_row_list(struct db_conn *conn, const struct owner *owner,
                                     const struct run_filter *filter, arena *a,
                                     struct run_rows *out, agentos_error *err);

struct run_key {
    const char *session_id, *run_id; /* both required */
};

/* NOT_FOUND "Run not found" when absent, in another session, or foreign. TOO_LARGE: it is longer
 * than READ_MAX_BYTES. */
MUST_USE agentos_status run_row_get(struct db_conn *conn, const struct owner *owner,
                                    const struct run_key *key, arena *a, struct run_row *out,
                                    agentos_error *err);

/* By its id alone, wherever it is; what previews hold. NOT_FOUND as run_row_get. */
MUST_USE agentos_status run_row_find(struct db_conn *conn, const struct owner *owner,
                                     const char *run_id, arena *a, struct run_row *out,
                                     agentos_error *err);

#endif
