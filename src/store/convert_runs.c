/* Converts runs from the JSON objects of schema 3 to the columns of schema 4. */
#include "store/convert_runs.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "store/agentos_schema.h"
#include "json/parse.h"
#include "json/writer.h"

/* A row of old_runs and its converted texts, in the arena. */
struct old_run {
    int64_t session_key, id;
    const char *input, *content, *session_state;
    const json_t *object;
    const char *error_type, *shown_content;
    const char *metrics, *events, *metadata, *messages;
    bool is_too_long; /* a text exceeded its limit */
};

/* The states of a session, while its runs are converted in order. */
struct state_history {
    int64_t session_key; /* 0: before the first session */
    int64_t version;
    buf text; /* the state of this version; empty if no run had one */
};

/* ---- converting an object ---- */

static bool is_token_count(const char *name)
{
    str text = str_of(name);

    return str_ends(text, STR("_tokens"));
}

/* Writes the metrics, omitting zero counts. Replaces `details` with the flag by_model. */
static void write_metrics(writer *w, const json_t *metrics)
{
    json_t *walked = (json_t *)(uintptr_t)metrics; /* iterators do not modify */

    write_object(w);
    for (void *at = json_object_iter(walked); at != NULL; at = json_object_iter_next(walked, at)) {
        const char *name = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);

        if (strcmp(name, "details") == 0 ||
            (is_token_count(name) && json_integer_value(value) == 0))
            continue;
        write_key(w, name);
        write_json(w, value);
    }
    if (json_object_get(metrics, "details") != NULL)
        write_member_bool(w, "by_model", true);
    write_end(w);
}

/* Writes a text part, or a reference if the text is the input or the content of the run. */
static void write_part(writer *w, const struct old_run *run, const char *role, const char *text)
{
    bool is_user = strcmp(role, "user") == 0;
    bool is_system = strcmp(role, "system") == 0;
    const char *own = is_user ? run->input : run->content;

    write_object(w);
    if (own != NULL && !is_system && strcmp(own, text) == 0) {
        write_member(w, "type", is_user ? "input" : "content");
    } else {
        write_member(w, "type", "text");
        write_member(w, "text", text);
    }
    write_end(w);
}

/* Writes a message with one part, or none if it has no text. */
static void write_message(writer *w, const struct old_run *run, const json_t *message)
{
    const char *role = json_text(message, "role");
    const char *text = json_text(message, "content");
    const json_t *metrics = json_object_get(message, "metrics");

    write_object(w);
    write_member(w, "id", json_text(message, "id"));
    write_member(w, "role", role);
    write_member_int(w, "created_at", json_int(message, "created_at", 0));
    write_key(w, "parts");
    write_array(w);
    if (text != NULL)
        write_part(w, run, role != NULL ? role : "", text);
    write_end(w);
    if (metrics != NULL) {
        write_key(w, "metrics");
        write_metrics(w, metrics);
    }
    write_end(w);
}

static void write_messages(writer *w, const struct old_run *run, const json_t *messages)
{
    size_t i;
    json_t *message;

    write_array(w);
    json_array_foreach(messages, i, message) write_message(w, run, message);
    write_end(w);
}

/* Writes the time to the first token unless it is NULL. */
static void write_seconds_if(writer *w, const json_t *seconds)
{
    if (seconds == NULL)
        return;
    write_key(w, "time_to_first_token");
    write_json(w, seconds);
}

/* Writes the name and time of each event. Marks RunCancelled, which had no content before. */
static void write_events(writer *w, struct old_run *run, const json_t *events)
{
    size_t i;
    json_t *event;

    write_array(w);
    json_array_foreach(events, i, event)
    {
        const char *error_type = json_text(event, "error_type");
        write_object(w);
        write_member(w, "event", json_text(event, "event"));
        write_member_int(w, "created_at", json_int(event, "created_at", 0));
        if (json_object_get(event, "reason") != NULL)
            write_member_bool(w, "is_plain", true);
        write_seconds_if(w, json_object_get(event, "time_to_first_token"));
        write_end(w);
        if (error_type != NULL)
            run->error_type = error_type;
    }
    write_end(w);
}

/* Moves the text of out to the arena. Marks the run if the text exceeded its limit. */
static const char *take_text(struct old_run *run, buf *out, arena *a)
{
    run->is_too_long = run->is_too_long || !buf_ok(out);
    const char *text = arena_copy(a, buf_view(out));
    buf_empty(out);
    return text;
}

/* Converts the JSON object of the run. out is an empty scratch buffer. */
static void convert_object(struct old_run *run, const char *status, buf *out, arena *a)
{
    ensure(run->object != NULL && out->len == 0);
    const json_t *events = json_object_get(run->object, "events");
    const json_t *metadata = json_object_get(run->object, "metadata");

    if (strcmp(status, "ERROR") == 0)
        run->shown_content = json_text(run->object, "content");
    write_metrics(&(writer){ .out = out }, json_object_get(run->object, "metrics"));
    run->metrics = take_text(run, out, a);
    write_messages(&(writer){ .out = out }, run, json_object_get(run->object, "messages"));
    run->messages = take_text(run, out, a);
    if (json_array_size(events) > 0) {
        write_events(&(writer){ .out = out }, run, events);
        run->events = take_text(run, out, a);
    }
    if (metadata != NULL) {
        write_json(&(writer){ .out = out }, metadata);
        run->metadata = take_text(run, out, a);
    }
}

/* ---- the states of a session ---- */

/* Stores the current state of the history as an earlier state of its session. */
static agentos_status keep_state(struct db_conn *conn, const struct state_history *history,
                                 agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(history->session_key > 0 && history->text.len > 0);
    TRY(sql_prepare(conn,
                    STR("INSERT INTO session_states (session_key, version, session_state)"
                        " VALUES (:key, :version, :state)"),
                    &q, err));
    sql_bind_int(q, ":key", history->session_key);
    sql_bind_int(q, ":version", history->version);
    sql_bind_text(q, ":state", history->text.ptr);
    return sql_finish(q, err);
}

static bool is_state(const struct state_history *history, const char *state)
{
    return history->text.len > 0 && strcmp(history->text.ptr, state) == 0;
}

/* Moves the history to the state after the next run. A NULL state means unchanged. */
static agentos_status next_state(struct db_conn *conn, struct state_history *history,
                                 const char *state, agentos_error *err)
{
    ensure(history->session_key > 0);
    if (state == NULL || is_state(history, state))
        return AGENTOS_OK;
    if (history->text.len > 0) {
        TRY(keep_state(conn, history, err));
        history->version++;
    }
    buf_empty(&history->text);
    buf_append(&history->text, (str){ state, strlen(state) + 1 }); /* with its NUL */
    if (!buf_ok(&history->text))
        return fail(err, AGENTOS_TOO_LARGE, "A stored session state is longer than %d bytes",
                    OUTPUT_MAX_BYTES);
    return AGENTOS_OK;
}

/* Compares the session's state with that of the history. A client may have changed it since. */
static agentos_status compare_state(struct db_conn *conn, const struct state_history *history,
                                    bool *same, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(sql_prepare(conn,
                    STR("SELECT session_state IS NOT DISTINCT FROM :state FROM sessions"
                        " WHERE id = :key"),
                    &q, err));
    sql_bind_text(q, ":state", history->text.ptr);
    sql_bind_int(q, ":key", history->session_key);
    TRY(sql_next(q, &has_row, err));
    ensure(has_row); /* joined with the runs */
    *same = sql_int(q, 0) != 0;
    return AGENTOS_OK;
}

/* Stores the version of the session's current state. */
static agentos_status store_version(struct db_conn *conn, const struct state_history *history,
                                    agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(sql_prepare(conn, STR("UPDATE sessions SET state_version = :version WHERE id = :key"), &q,
                    err));
    sql_bind_int(q, ":version", history->version);
    sql_bind_int(q, ":key", history->session_key);
    return sql_finish(q, err);
}

/* Ends the history of a session. A state set after the last run gets a version of its own. */
static agentos_status end_session(struct db_conn *conn, struct state_history *history,
                                  agentos_error *err)
{
    bool same;

    if (history->session_key == 0 || history->text.len == 0)
        return AGENTOS_OK;
    TRY(compare_state(conn, history, &same, err));
    if (!same) {
        TRY(keep_state(conn, history, err));
        history->version++;
    }
    return store_version(conn, history, err);
}

/* Begins the history of this session and ends the previous one, unless it is the same. */
static agentos_status enter_session(struct db_conn *conn, struct state_history *history,
                                    int64_t session_key, agentos_error *err)
{
    ensure(session_key > 0);
    if (history->session_key == session_key)
        return AGENTOS_OK;
    TRY(end_session(conn, history, err));
    history->session_key = session_key;
    history->version = 0;
    buf_empty(&history->text);
    return AGENTOS_OK;
}

/* ---- the rows ---- */

static const str insert_query = STR_INIT(
    "INSERT INTO runs (id, run_id, session_key, parent_run_id, type, component_id, component_name,"
    " issuer, user_id, status, created_at, model_id, model_provider, input_tokens, output_tokens,"
    " total_tokens, state_version, stage, error_type, shown_content, metrics, events, metadata, "
    "input,"
    " content, messages)"
    " SELECT r.id, r.run_id, :session_key, r.parent_run_id, r.type, r.component_id,"
    " :component_name, r.issuer, r.user_id, r.status, r.created_at, r.model_id, r.model_provider,"
    " r.input_tokens, r.output_tokens, r.total_tokens,"
    " CASE WHEN r.session_state IS NULL THEN NULL ELSE :state_version END, NULL, :error_type,"
    " :shown_content, :metrics, :events, :metadata, r.input, r.content, :messages"
    " FROM old_runs AS r WHERE r.id = :id");

/* Inserts the converted run. */
static agentos_status insert_run(struct db_conn *conn, const struct old_run *run, int64_t version,
                                 agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(run->session_key > 0 && run->metrics != NULL && run->messages != NULL);
    TRY(sql_prepare(conn, insert_query, &q, err));
    sql_bind_int(q, ":id", run->id);
    sql_bind_int(q, ":session_key", run->session_key);
    sql_bind_int(q, ":state_version", version);
    sql_bind_text(q, ":component_name", json_text(run->object, "agent_name"));
    sql_bind_text(q, ":error_type", run->error_type);
    sql_bind_text(q, ":shown_content", run->shown_content);
    sql_bind_text(q, ":metrics", run->metrics);
    sql_bind_text(q, ":events", run->events);
    sql_bind_text(q, ":metadata", run->metadata);
    sql_bind_text(q, ":messages", run->messages);
    return sql_finish(q, err);
}

static const str old_query =
    STR_INIT("SELECT s.id, r.id, r.input, r.content, r.session_state, r.object, r.status, r.run_id"
             " FROM sessions AS s JOIN old_runs AS r ON r.session_id = s.session_id"
             " ORDER BY s.id, r.id");

enum {
    COLUMN_SESSION_KEY,
    COLUMN_ID,
    COLUMN_INPUT,
    COLUMN_CONTENT,
    COLUMN_SESSION_STATE,
    COLUMN_OBJECT,
    COLUMN_STATUS,
    COLUMN_RUN_ID,
};

/* Reads the current row, except the object, the status and the run id. */
static struct old_run read_old_run(const sql *q, arena *a)
{
    return (struct old_run){
        .session_key = sql_int(q, COLUMN_SESSION_KEY),
        .id = sql_int(q, COLUMN_ID),
        .input = sql_text(q, COLUMN_INPUT, a),
        .content = sql_text(q, COLUMN_CONTENT, a),
        .session_state = sql_text(q, COLUMN_SESSION_STATE, a),
    };
}

/* Converts the current row. out is an empty scratch buffer. */
static agentos_status convert_row(struct db_conn *conn, const sql *q, struct state_history *history,
                                  buf *out, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const char *run_id = sql_text(q, COLUMN_RUN_ID, a);
    struct old_run run = read_old_run(q, a);

    ensure(out->len == 0);
    if (run.session_key <= 0) /* SQLite's keys begin at 1 */
        return fail(err, AGENTOS_INTERNAL, "The stored run %s has an invalid session key", run_id);
    if (json_parse(a, sql_view(q, COLUMN_OBJECT), &run.object, NULL) != AGENTOS_OK)
        return fail(err, AGENTOS_INTERNAL, "The stored run %s is not valid JSON", run_id);
    convert_object(&run, sql_text(q, COLUMN_STATUS, a), out, a);
    if (run.is_too_long)
        return fail(err, AGENTOS_TOO_LARGE, "The stored run %s is too long", run_id);
    TRY(enter_session(conn, history, run.session_key, err));
    TRY(next_state(conn, history, run.session_state, err));
    return insert_run(conn, &run, history->version, err);
}

/* Converts all rows, session by session, in their original order. */
static agentos_status convert_rows(struct db_conn *conn, struct state_history *history, buf *out,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row = true;

    TRY(sql_prepare(conn, old_query, &q, err));
    while (has_row) {
        TRY(sql_next(q, &has_row, err));
        if (has_row)
            TRY(convert_row(conn, q, history, out, err));
    }
    return end_session(conn, history, err);
}

/* Converts all runs, drops the old tables and creates the indexes. */
agentos_status convert_runs(struct db_conn *conn, agentos_error *err)
{
    AUTO_BUF out = buf_with_limit(2 * OUTPUT_MAX_BYTES);
    struct state_history history = { .text = buf_with_limit(OUTPUT_MAX_BYTES) };

    ensure(sql_in_transaction(conn));
    agentos_status status = convert_rows(conn, &history, &out, err);
    buf_clear(&history.text);
    TRY(status);
    return sql_script(conn, step_4_end, err);
}
