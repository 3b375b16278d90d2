/* Reads runs, and the history that a new run needs. */
#include "store/run_row.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/sql.h"

/* ---- before a run ---- */

/* Distinguishes another user's session from an absent one without reading its state. */
static const str state_before_query =
    STR_INIT("SELECT $owned(s), CASE WHEN $owned(s) THEN s.session_state END,"
             " s.user_id IS NOT NULL"
             " FROM sessions AS s WHERE s.session_id = :session_id");

enum { SESSION_IS_REACHED, SESSION_STATE, SESSION_HAS_OWNER };

/* Reads the state of the session, if it exists. Fails with NOT_FOUND if it is another user's. */
static agentos_status read_session(struct db_conn *conn, const struct owner *owner,
                                   const struct run_plan *plan, arena *a, struct run_context *out,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(plan->session_id != NULL);
    TRY(owner_prepare(conn, owner, OWNER_RUNS, state_before_query, &q, err));
    sql_bind_text(q, ":session_id", plan->session_id);
    TRY(sql_next(q, &out->session_exists, err));
    if (!out->session_exists)
        return AGENTOS_OK;
    bool is_reached = sql_int(q, SESSION_IS_REACHED) != 0;
    if (!is_reached)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    out->session_state = sql_text(q, SESSION_STATE, a);
    out->session_has_owner = sql_int(q, SESSION_HAS_OWNER) != 0;
    return AGENTOS_OK;
}

/* Only runs of the session's owner become context for a model, and only those with an answer. */
static const str history_query =
    STR_INIT("SELECT r.input, r.content, r.messages"
             " FROM sessions AS s JOIN runs AS r ON r.session_key = s.id"
             " WHERE s.session_id = :session_id AND $owned(s)"
             " AND r.user_id IS NOT DISTINCT FROM s.user_id AND r.issuer = s.issuer"
             " AND r.type = :type AND r.component_id = :component_id AND r.status = 'COMPLETED'"
             " AND r.content <> ''"
             " ORDER BY r.id DESC LIMIT :limit");

enum { HISTORY_INPUT, HISTORY_CONTENT, HISTORY_MESSAGES };

static void reverse_rows(struct run_row *rows, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct run_row row = rows[i];
        rows[i] = rows[count - 1 - i];
        rows[count - 1 - i] = row;
    }
}

/* Like strlen, but returns 0 for NULL. */
static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

static void bind_history(sql *q, const struct run_plan *plan, size_t limit)
{
    ensure(plan->component_id != NULL);
    sql_bind_text(q, ":session_id", plan->session_id);
    sql_bind_text(q, ":type", component_name(plan->type));
    sql_bind_text(q, ":component_id", plan->component_id);
    sql_bind_int(q, ":limit", (int64_t)limit);
}

static struct run_row read_history_row(const sql *q, arena *a)
{
    return (struct run_row){
        .input = sql_text(q, HISTORY_INPUT, a),
        .content = sql_text(q, HISTORY_CONTENT, a),
        .messages = sql_text(q, HISTORY_MESSAGES, a),
    };
}

/* Reads up to `limit` history rows, newest first, and at most READ_MAX_BYTES of text. */
static agentos_status read_history_rows(sql *q, size_t limit, arena *a, struct run_context *out,
                                        agentos_error *err)
{
    bool has_row;
    size_t bytes = 0;

    ensure(out->history == NULL && out->history_count == 0);
    out->history = arena_alloc(a, limit * sizeof(*out->history));
    while (out->history_count < limit) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            return AGENTOS_OK;
        struct run_row row = read_history_row(q, a);
        bytes += length_of(row.input) + length_of(row.content) + length_of(row.messages);
        if (bytes > READ_MAX_BYTES)
            return AGENTOS_OK;
        out->history[out->history_count] = row;
        out->history_count++;
    }
    return AGENTOS_OK;
}

/* Reads the last runs of the session, oldest first. */
static agentos_status read_history(struct db_conn *conn, const struct owner *owner,
                                   const struct run_plan *plan, arena *a, struct run_context *out,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;
    size_t limit = plan->num_runs < HISTORY_RUNS_MAX ? plan->num_runs : HISTORY_RUNS_MAX;

    ensure(limit > 0);
    TRY(owner_prepare(conn, owner, OWNER_RUNS, history_query, &q, err));
    bind_history(q, plan, limit);
    TRY(read_history_rows(q, limit, a, out, err));
    reverse_rows(out->history, out->history_count);
    return AGENTOS_OK;
}

/* Reads the state and the history that a run needs. */
agentos_status run_row_prepare(struct db_conn *conn, const struct owner *owner,
                               const struct run_plan *plan, arena *a, struct run_context *out,
                               agentos_error *err)
{
    struct run_context context = { 0 };

    ensure(owner != NULL && out != NULL);
    ensure(sql_in_transaction(conn));
    TRY(read_session(conn, owner, plan, a, &context, err));
    if (context.session_exists && plan->num_runs > 0)
        TRY(read_history(conn, owner, plan, a, &context, err));
    *out = context;
    return AGENTOS_OK;
}

/* ---- reading ---- */

/* Read by read_run. */
#define RUN_COLUMNS                                                                      \
    "r.run_id, s.session_id, r.parent_run_id, r.type, r.component_id, r.component_name," \
    " r.issuer, r.user_id, r.status, r.input, r.content, r.model_id, r.model_provider,"  \
    " r.input_tokens, r.output_tokens, r.total_tokens, r.created_at"
/* RUN_COLUMNS with the beginning of the content. */
#define PREVIEW_COLUMNS                                                                  \
    "r.run_id, s.session_id, r.parent_run_id, r.type, r.component_id, r.component_name," \
    " r.issuer, r.user_id, r.status, r.input, substr(r.content, 1, 200), r.model_id,"    \
    " r.model_provider, r.input_tokens, r.output_tokens, r.total_tokens, r.created_at"
/* Read by read_rest; not part of previews. */
#define REST_COLUMNS                                                                         \
    ", r.stage, r.error_type, r.shown_content, r.metrics, r.events, r.metadata, r.messages," \
    " coalesce(r.state_version, -1)"
/* REST_COLUMNS without those that chats omit. */
#define CHAT_COLUMNS ", r.stage, r.error_type, r.shown_content, NULL, NULL, NULL, r.messages, -1"
#define OF_SESSION                                               \
    " FROM sessions AS s JOIN runs AS r ON r.session_key = s.id" \
    " WHERE s.session_id = :session_id AND $owned(s)"
#define MATCHING                                                                          \
    OF_SESSION " AND (:type IS NULL OR r.type = :type)"                                   \
               " AND (:component_id IS NULL OR r.component_id = :component_id)"           \
               " AND (:statuses IS NULL OR $contains(:statuses, ' ' || r.status || ' '))" \
               " AND (:after = 0 OR r.created_at >= :after)"                              \
               " AND (:before = 0 OR r.created_at <= :before) ORDER BY r.id LIMIT :limit"

/* Counts the rows instead of using run_count: memory is allocated for them. */
static const str count_query =
    STR_INIT("SELECT (SELECT count(*) FROM runs AS r WHERE r.session_key = s.id)"
             " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)");
static const str list_queries[] = {
    [RUN_PARTS_ALL] = STR_INIT("SELECT " RUN_COLUMNS REST_COLUMNS MATCHING),
    [RUN_PARTS_CHAT] = STR_INIT("SELECT " RUN_COLUMNS CHAT_COLUMNS MATCHING),
    [RUN_PARTS_PREVIEW] = STR_INIT("SELECT " PREVIEW_COLUMNS MATCHING),
};
static const str get_query =
    STR_INIT("SELECT " RUN_COLUMNS REST_COLUMNS
             ", CASE WHEN r.state_version = s.state_version THEN s.session_state ELSE"
             " (SELECT t.session_state FROM session_states AS t"
             " WHERE t.session_key = s.id AND t.version = r.state_version) END" OF_SESSION
             " AND r.run_id = :run_id");
static const str find_query =
    STR_INIT("SELECT " RUN_COLUMNS " FROM runs AS r JOIN sessions AS s ON s.id = r.session_key"
             " WHERE r.run_id = :run_id AND s.deleted_at IS NULL AND $owned(s)");

/* The columns of RUN_COLUMNS, REST_COLUMNS and the state of get_query. */
enum {
    COLUMN_RUN_ID,
    COLUMN_SESSION_ID,
    COLUMN_PARENT_RUN_ID,
    COLUMN_TYPE,
    COLUMN_COMPONENT_ID,
    COLUMN_COMPONENT_NAME,
    COLUMN_ISSUER,
    COLUMN_USER_ID,
    COLUMN_STATUS,
    COLUMN_INPUT,
    COLUMN_CONTENT,
    COLUMN_MODEL_ID,
    COLUMN_MODEL_PROVIDER,
    COLUMN_INPUT_TOKENS,
    COLUMN_OUTPUT_TOKENS,
    COLUMN_TOTAL_TOKENS,
    COLUMN_CREATED_AT,
    COLUMN_STAGE,
    COLUMN_ERROR_TYPE,
    COLUMN_SHOWN_CONTENT,
    COLUMN_METRICS,
    COLUMN_EVENTS,
    COLUMN_METADATA,
    COLUMN_MESSAGES,
    COLUMN_STATE_VERSION,
    COLUMN_SESSION_STATE,
};

/* The version of a missing state, as in REST_COLUMNS and CHAT_COLUMNS. */
enum { NO_VERSION = -1 };

/* Reads RUN_COLUMNS of the current row. Texts are copied to the arena. */
static void read_run(const sql *q, arena *a, struct run_row *out)
{
    ensure(q != NULL && out != NULL);
    *out = (struct run_row){
        .run_id = sql_text(q, COLUMN_RUN_ID, a),
        .session_id = sql_text(q, COLUMN_SESSION_ID, a),
        .parent_run_id = sql_text(q, COLUMN_PARENT_RUN_ID, a),
        .type = component_of(sql_text(q, COLUMN_TYPE, a)),
        .component_id = sql_text(q, COLUMN_COMPONENT_ID, a),
        .component_name = sql_text(q, COLUMN_COMPONENT_NAME, a),
        .issuer = sql_text(q, COLUMN_ISSUER, a),
        .user_id = sql_text(q, COLUMN_USER_ID, a),
        .status = sql_text(q, COLUMN_STATUS, a),
        .input = sql_text(q, COLUMN_INPUT, a),
        .content = sql_text(q, COLUMN_CONTENT, a),
        .model_id = sql_text(q, COLUMN_MODEL_ID, a),
        .model_provider = sql_text(q, COLUMN_MODEL_PROVIDER, a),
        .input_tokens = sql_int(q, COLUMN_INPUT_TOKENS),
        .output_tokens = sql_int(q, COLUMN_OUTPUT_TOKENS),
        .total_tokens = sql_int(q, COLUMN_TOTAL_TOKENS),
        .created_at = sql_int(q, COLUMN_CREATED_AT),
    };
}

/* Reads REST_COLUMNS, except the state version, of the current row. */
static void read_rest(const sql *q, arena *a, struct run_row *out)
{
    ensure(out->run_id != NULL);
    out->stage = sql_text(q, COLUMN_STAGE, a);
    out->error_type = sql_text(q, COLUMN_ERROR_TYPE, a);
    out->shown_content = sql_text(q, COLUMN_SHOWN_CONTENT, a);
    out->metrics = sql_text(q, COLUMN_METRICS, a);
    out->events = sql_text(q, COLUMN_EVENTS, a);
    out->metadata = sql_text(q, COLUMN_METADATA, a);
    out->messages = sql_text(q, COLUMN_MESSAGES, a);
}

/* The current state is in the session's row, earlier ones are in session_states. */
static const str state_query =
    STR_INIT("SELECT CASE WHEN s.state_version = :version THEN s.session_state ELSE"
             " (SELECT t.session_state FROM session_states AS t"
             " WHERE t.session_key = s.id AND t.version = :version) END"
             " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)");

/* Reads this version of the session's state, or NULL if there is none. */
static agentos_status read_state(struct db_conn *conn, const struct owner *owner, int64_t version,
                                 arena *a, struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(version >= 0 && row->session_id != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, state_query, &q, err));
    sql_bind_text(q, ":session_id", row->session_id);
    sql_bind_int(q, ":version", version);
    TRY(sql_next(q, &has_row, err));
    row->session_state = has_row ? sql_text(q, 0, a) : NULL;
    return AGENTOS_OK;
}

/* The rows read so far, with their state versions. */
struct found {
    struct run_rows rows;
    int64_t *versions; /* one per row; may be NO_VERSION */
    size_t room;       /* capacity of both arrays, at most READ_MAX_RUNS */
    size_t bytes;      /* of all texts */
    bool with_rest;
};

/* Returns the size of the row's long texts. */
static size_t row_bytes(const struct run_row *row)
{
    return length_of(row->input) + length_of(row->content) + length_of(row->shown_content) +
           length_of(row->events) + length_of(row->metadata) + length_of(row->messages) +
           length_of(row->metrics);
}

/* Returns TOO_LARGE with advice to request fewer runs. */
static agentos_status refuse_many_runs(agentos_error *err)
{
    return fail(err, AGENTOS_TOO_LARGE,
                "These runs are more than %d. Ask for fewer by created_after, created_before or "
                "status, or for one at a time.",
                READ_MAX_RUNS);
}

/* Reads the session state of each row, up to READ_MAX_BYTES in total. Consecutive rows usually have
 * the same state, which is read once. */
static agentos_status read_states(struct db_conn *conn, const struct owner *owner,
                                  struct found *found, arena *a, agentos_error *err)
{
    ensure(found->rows.count <= found->room && found->versions != NULL);
    for (size_t i = 0; i < found->rows.count; i++) {
        struct run_row *row = &found->rows.all[i];
        int64_t version = found->versions[i];

        if (version < 0)
            continue;
        if (i > 0 && version == found->versions[i - 1])
            row->session_state = found->rows.all[i - 1].session_state;
        else
            TRY(read_state(conn, owner, version, a, row, err));
        found->bytes += length_of(row->session_state);
        if (found->bytes > READ_MAX_BYTES)
            return run_rows_refuse(err);
    }
    return AGENTOS_OK;
}

/* Counts the runs of the session. Fails with NOT_FOUND if the owner cannot read it. */
static agentos_status count_runs(struct db_conn *conn, const struct owner *owner,
                                 const char *session_id, size_t *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(session_id != NULL && out != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, count_query, &q, err));
    sql_bind_text(q, ":session_id", session_id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    *out = (size_t)sql_int(q, 0);
    return AGENTOS_OK;
}

/* Joins the statuses with spaces around each, such as " COMPLETED ERROR ". Returns NULL for all. */
static const char *join_statuses(const struct run_filter *filter, arena *a)
{
    const char *joined = filter->status_count > 0 ? " " : NULL;

    for (size_t i = 0; i < filter->status_count; i++)
        joined = arena_printf(a, "%s%s ", joined, filter->statuses[i]);
    return joined;
}

/* Binds the filter. The arena must live until the statement is done. */
static void bind_filter(sql *q, const struct run_filter *filter, arena *a)
{
    ensure(filter->session_id != NULL);
    sql_bind_text(q, ":session_id", filter->session_id);
    sql_bind_text(q, ":type", component_name(filter->type));
    sql_bind_text(q, ":component_id", filter->component_id);
    sql_bind_text(q, ":statuses", join_statuses(filter, a));
    sql_bind_int(q, ":after", filter->created_after);
    sql_bind_int(q, ":before", filter->created_before);
}

/* Appends the current row. */
static void add_row(const sql *q, arena *a, struct found *found)
{
    struct run_rows *rows = &found->rows;

    ensure(rows->count < found->room);
    struct run_row *row = &rows->all[rows->count];
    read_run(q, a, row);
    found->versions[rows->count] = NO_VERSION;
    if (found->with_rest) {
        read_rest(q, a, row);
        found->versions[rows->count] = sql_int(q, COLUMN_STATE_VERSION);
    }
    rows->count++;
    found->bytes += row_bytes(row);
}

/* Reads all rows. Fails with TOO_LARGE beyond found->room rows or READ_MAX_BYTES of text. */
static agentos_status read_rows(sql *q, arena *a, struct found *found, agentos_error *err)
{
    bool has_row;

    ensure(found->rows.count == 0 && found->room <= READ_MAX_RUNS);
    for (;;) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            return AGENTOS_OK;
        if (found->rows.count == found->room)
            return refuse_many_runs(err);
        add_row(q, a, found);
        if (found->bytes > READ_MAX_BYTES)
            return run_rows_refuse(err);
    }
}

/* Allocates memory for the runs of the session, at most READ_MAX_RUNS. */
static agentos_status allocate_rows(struct db_conn *conn, const struct owner *owner,
                                    const struct run_filter *filter, arena *a, struct found *found,
                                    agentos_error *err)
{
    size_t count = 0;

    ensure(found->rows.all == NULL);
    TRY(count_runs(conn, owner, filter->session_id, &count, err));
    found->room = count < READ_MAX_RUNS ? count : READ_MAX_RUNS;
    found->rows.all = arena_alloc(a, found->room * sizeof(*found->rows.all));
    found->versions = arena_alloc(a, found->room * sizeof(*found->versions));
    return AGENTOS_OK;
}

/* Lists the matching runs of a session, oldest first. Queries one row more, to detect too many. */
agentos_status run_row_list(struct db_conn *conn, const struct owner *owner,
                            const struct run_filter *filter, arena *a, struct run_rows *out,
                            agentos_error *err)
{
    AUTO(sql) *q = NULL;
    struct found found = { .with_rest = filter->parts != RUN_PARTS_PREVIEW };

    ensure(filter->session_id != NULL && filter->parts < COUNT(list_queries));
    ensure(sql_in_transaction(conn));
    TRY(allocate_rows(conn, owner, filter, a, &found, err));
    TRY(owner_prepare(conn, owner, OWNER_READS, list_queries[filter->parts], &q, err));
    bind_filter(q, filter, a);
    sql_bind_int(q, ":limit", (int64_t)found.room + 1);
    TRY(read_rows(q, a, &found, err));
    TRY(read_states(conn, owner, &found, a, err));
    *out = found.rows;
    return AGENTOS_OK;
}

/* Reads a run with all its texts and the session's state after it. */
agentos_status run_row_get(struct db_conn *conn, const struct owner *owner,
                           const struct run_key *key, arena *a, struct run_row *out,
                           agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(key->session_id != NULL && key->run_id != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, get_query, &q, err));
    sql_bind_text(q, ":session_id", key->session_id);
    sql_bind_text(q, ":run_id", key->run_id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Run not found");
    read_run(q, a, out);
    read_rest(q, a, out);
    out->session_state = sql_text(q, COLUMN_SESSION_STATE, a);
    if (row_bytes(out) + length_of(out->session_state) > READ_MAX_BYTES)
        return run_row_refuse(err);
    return AGENTOS_OK;
}

/* Reads a run by its id alone. */
agentos_status run_row_find(struct db_conn *conn, const struct owner *owner, const char *run_id,
                            arena *a, struct run_row *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(run_id != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, find_query, &q, err));
    sql_bind_text(q, ":run_id", run_id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Run not found");
    read_run(q, a, out);
    return AGENTOS_OK;
}
