/* Reads sessions. */
#include "store/session.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/page.h"
#include "store/sql.h"
#include "json/writer.h"

static const char *const component_names[] = {
    [COMPONENT_NONE] = NULL,
    [COMPONENT_AGENT] = "agent",
    [COMPONENT_TEAM] = "team",
    [COMPONENT_WORKFLOW] = "workflow",
};

/* Returns the stored name, or NULL for COMPONENT_NONE. */
const char *component_name(enum component component)
{
    ensure(component <= COMPONENT_WORKFLOW);
    return component_names[component];
}

/* Returns the component with this stored name, or COMPONENT_NONE. */
enum component component_of(const char *name)
{
    ensure(name != NULL);
    for (enum component c = COMPONENT_AGENT; c <= COMPONENT_WORKFLOW; c++)
        if (strcmp(component_names[c], name) == 0)
            return c;
    return COMPONENT_NONE;
}

/* Read by read_session. */
#define SESSION_COLUMNS                                                    \
    HEAD_COLUMNS " s.first_input, s.session_state, s.metadata, s.summary," \
                 " s.component_data," TAIL_COLUMNS
#define HEAD_COLUMNS \
    "s.session_id, s.type, nullif(s.component_id, ''), s.issuer, s.user_id, s.session_name,"
#define TAIL_COLUMNS                                                               \
    " s.run_count, s.input_tokens, s.output_tokens, s.total_tokens, s.created_at," \
    " s.updated_at, s.session_state IS NOT NULL"
/* SESSION_COLUMNS for listings. */
#define LISTED_COLUMNS                                                            \
    HEAD_COLUMNS                                                                  \
    " CASE WHEN s.session_name IS NULL THEN s.first_input END,"                   \
    " CASE WHEN $octets(s.session_state) <= :state_max THEN s.session_state END," \
    " CASE WHEN $octets(s.metadata) <= :metadata_max THEN s.metadata END,"        \
    " CASE WHEN $octets(s.summary) <= :summary_max THEN s.summary END, NULL," TAIL_COLUMNS

/* The columns of SESSION_COLUMNS and LISTED_COLUMNS. */
enum {
    COLUMN_SESSION_ID,
    COLUMN_TYPE,
    COLUMN_COMPONENT_ID,
    COLUMN_ISSUER,
    COLUMN_USER_ID,
    COLUMN_SESSION_NAME,
    COLUMN_FIRST_INPUT,
    COLUMN_SESSION_STATE,
    COLUMN_METADATA,
    COLUMN_SUMMARY,
    COLUMN_COMPONENT_DATA,
    COLUMN_RUN_COUNT,
    COLUMN_INPUT_TOKENS,
    COLUMN_OUTPUT_TOKENS,
    COLUMN_TOTAL_TOKENS,
    COLUMN_CREATED_AT,
    COLUMN_UPDATED_AT,
    COLUMN_HAS_STATE,
};

/* Reads the current row, except the metrics. */
static void read_session(const sql *q, arena *a, struct session *out)
{
    ensure(q != NULL && out != NULL);
    *out = (struct session){
        .session_id = sql_text(q, COLUMN_SESSION_ID, a),
        .type = component_of(sql_text(q, COLUMN_TYPE, a)),
        .component_id = sql_text(q, COLUMN_COMPONENT_ID, a),
        .issuer = sql_text(q, COLUMN_ISSUER, a),
        .user_id = sql_text(q, COLUMN_USER_ID, a),
        .session_name = sql_text(q, COLUMN_SESSION_NAME, a),
        .first_input = sql_text(q, COLUMN_FIRST_INPUT, a),
        .session_state = sql_text(q, COLUMN_SESSION_STATE, a),
        .metadata = sql_text(q, COLUMN_METADATA, a),
        .summary = sql_text(q, COLUMN_SUMMARY, a),
        .component_data = sql_text(q, COLUMN_COMPONENT_DATA, a),
        .run_count = sql_int(q, COLUMN_RUN_COUNT),
        .input_tokens = sql_int(q, COLUMN_INPUT_TOKENS),
        .output_tokens = sql_int(q, COLUMN_OUTPUT_TOKENS),
        .total_tokens = sql_int(q, COLUMN_TOTAL_TOKENS),
        .created_at = sql_int(q, COLUMN_CREATED_AT),
        .updated_at = sql_int(q, COLUMN_UPDATED_AT),
        .has_state = sql_int(q, COLUMN_HAS_STATE) != 0,
    };
}

/* ---- metrics ---- */

static const str models_query =
    STR_INIT("SELECT m.model_id, m.provider, m.input_tokens, m.output_tokens, m.total_tokens"
             " FROM session_models AS m JOIN sessions AS s ON s.id = m.session_key"
             " WHERE s.session_id = :session_id AND $owned(s) ORDER BY m.id");

enum {
    MODEL_ID,
    MODEL_PROVIDER,
    MODEL_INPUT_TOKENS,
    MODEL_OUTPUT_TOKENS,
    MODEL_TOTAL_TOKENS,
};

/* The tokens of a session or of one model. 0 if unknown. */
struct token_sums {
    int64_t input_tokens, output_tokens, total_tokens;
    str id, provider; /* of a model */
    str models;       /* of a session: a JSON list of the sums by model */
};

// clang-format off
static const struct member token_members[] = {
    SHOW(struct token_sums, input_tokens, OR_LEFT_OUT, .is_positive = true),
    SHOW(struct token_sums, output_tokens, OR_LEFT_OUT, .is_positive = true),
    SHOW(struct token_sums, total_tokens, OR_LEFT_OUT, .is_positive = true),
    MEMBERS_END,
};

static const struct member model_members[] = {
    SHOW(struct token_sums, id, ALWAYS_THERE),
    SHOW(struct token_sums, provider, ALWAYS_THERE),
    MEMBERS_END,
};
static const struct shape model_sums_shape = { .name = "ModelMetrics", .parts = { token_members, model_members } };

static const struct member details_members[] = {
    SHOW_TYPED(VALUE_OBJECT, "model", struct token_sums, models, ALWAYS_THERE, .is_list = true, .shape = &model_sums_shape),
    MEMBERS_END,
};
static const struct shape details_shape = { .name = "SessionMetricsDetails", .parts = { details_members } };

static bool has_models(const void *record)
{
    return ((const struct token_sums *)record)->models.len > 0;
}

static const struct member metrics_members[] = {
    SHOW_OBJECT("details", &details_shape, OR_LEFT_OUT, .has_value = has_models),
    MEMBERS_END,
};
// clang-format on
const struct shape session_metrics_shape = { .name = "SessionMetrics",
                                             .parts = { token_members, metrics_members } };

/* Writes the token sums of one model. */
static void write_model(const sql *q, writer *w)
{
    const struct token_sums sums = {
        .input_tokens = sql_int(q, MODEL_INPUT_TOKENS),
        .output_tokens = sql_int(q, MODEL_OUTPUT_TOKENS),
        .total_tokens = sql_int(q, MODEL_TOTAL_TOKENS),
        .id = sql_view(q, MODEL_ID),
        .provider = sql_view(q, MODEL_PROVIDER),
    };

    shape_write(&model_sums_shape, &sums, ABSENT_LEFT_OUT, w);
}

/* Writes the session's token sums by model, in the order of first use. */
static agentos_status write_models(struct db_conn *conn, const struct owner *owner,
                                   const struct session *session, writer *w, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(session->session_id != NULL && w != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, models_query, &q, err));
    sql_bind_text(q, ":session_id", session->session_id);
    write_array(w);
    TRY(sql_next(q, &has_row, err));
    while (has_row) {
        write_model(q, w);
        TRY(sql_next(q, &has_row, err));
    }
    write_end(w);
    return AGENTOS_OK;
}

/* Returns whether the session has used tokens. Adding the counts could overflow. */
static bool has_tokens(const struct session *session)
{
    return session->input_tokens != 0 || session->output_tokens != 0 || session->total_tokens != 0;
}

/* Writes the session's metrics, or {} if it has used no tokens. Returns TOO_LARGE if they exceed
 * SESSION_METRICS_MAX_BYTES. */
static agentos_status write_metrics(struct db_conn *conn, const struct owner *owner,
                                    const struct session *session, buf *out, agentos_error *err)
{
    AUTO_BUF models = buf_with_limit(SESSION_METRICS_MAX_BYTES);
    struct token_sums sums = {
        .input_tokens = session->input_tokens,
        .output_tokens = session->output_tokens,
        .total_tokens = session->total_tokens,
    };

    if (has_tokens(session))
        TRY(write_models(conn, owner, session, &(writer){ .out = &models }, err));
    sums.models = buf_view(&models);
    shape_write(&session_metrics_shape, &sums, ABSENT_LEFT_OUT, &(writer){ .out = out });
    if (!buf_ok(&models) || !buf_ok(out))
        return fail(err, AGENTOS_TOO_LARGE, "The session's metrics are too large");
    return AGENTOS_OK;
}

/* Sets session->metrics, unless the session has no run, no name and no state. */
static agentos_status read_metrics(struct db_conn *conn, const struct owner *owner, arena *a,
                                   struct session *session, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SESSION_METRICS_MAX_BYTES);

    ensure(session->metrics == NULL);
    if (session->run_count == 0 && session->session_name == NULL && !session->has_state)
        return AGENTOS_OK;
    TRY(write_metrics(conn, owner, session, &text, err));
    session->metrics = arena_copy(a, buf_view(&text));
    return AGENTOS_OK;
}

/* ---- one session ---- */

static const str get_query =
    STR_INIT("SELECT " SESSION_COLUMNS " FROM sessions AS s WHERE s.session_id = :session_id"
             " AND $owned(s)");

/* Reads a session with its metrics. */
agentos_status session_get(struct db_conn *conn, const struct owner *owner, const char *session_id,
                           arena *a, struct session *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(session_id != NULL && out != NULL);
    ensure(sql_in_transaction(conn));
    TRY(owner_prepare(conn, owner, OWNER_READS, get_query, &q, err));
    sql_bind_text(q, ":session_id", session_id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    read_session(q, a, out);
    return read_metrics(conn, owner, a, out, err);
}

/* An optional condition. Unused ones are omitted, so that SQLite can use its indexes. */
enum { FILTERS = 4 };
struct filter_value {
    const char *name, *value, *condition;
};

/* The parts of a query for sessions. */
struct list_query {
    const struct session_filter *filter;
    const char *columns, *source, *ending;
};

/* A constant, not a parameter, so that SQLite uses the partial indexes. */
static const char *const type_conditions[] = {
    [COMPONENT_NONE] = NULL,
    [COMPONENT_AGENT] = " AND s.type = 'agent'",
    [COMPONENT_TEAM] = " AND s.type = 'team'",
    [COMPONENT_WORKFLOW] = " AND s.type = 'workflow'",
};

/* Lists the conditions. The value of an unused one is NULL. */
static void list_filters(const struct session_filter *filter, struct filter_value out[FILTERS])
{
    ensure(filter->type < COUNT(type_conditions));
    out[0] =
        (struct filter_value){ NULL, component_name(filter->type), type_conditions[filter->type] };
    out[1] = (struct filter_value){ ":component_id", filter->component_id,
                                    " AND s.component_id = :component_id" };
    out[2] = (struct filter_value){ ":user_id", filter->user_id, " AND s.user_id = :user_id" };
    out[3] = (struct filter_value){ ":session_name", filter->session_name,
                                    " AND s.session_name IS NOT NULL"
                                    " AND $contains(lower(s.session_name), lower(:session_name))" };
}

/* Prepares the query with the conditions in use and binds their values. */
static agentos_status prepare_list(struct db_conn *conn, const struct owner *owner,
                                   const struct list_query *query, sql **out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SQL_MAX_BYTES);
    struct filter_value filters[FILTERS];

    ensure(query->columns != NULL && query->source != NULL && query->ending != NULL);
    list_filters(query->filter, filters);
    buf_printf(&text, "SELECT %s FROM %s WHERE $owned(s)", query->columns, query->source);
    for (size_t i = 0; i < FILTERS; i++)
        if (filters[i].value != NULL)
            buf_append(&text, str_of(filters[i].condition));
    buf_append(&text, str_of(query->ending));
    ensure(buf_ok(&text));
    TRY(owner_prepare(conn, owner, OWNER_READS, buf_view(&text), out, err));
    for (size_t i = 0; i < FILTERS; i++)
        if (filters[i].name != NULL && filters[i].value != NULL)
            sql_bind_text(*out, filters[i].name, filters[i].value);
    return AGENTOS_OK;
}

/* Returns whether the listing has the sessions of one user. */
static bool is_of_one_user(const struct owner *owner, const struct session_filter *filter)
{
    if (filter->user_id != NULL)
        return true;
    return !owner->everyone && !owner->unowned_too && owner->user_id != NULL;
}

/* Returns the sessions table with the index to use, which SQLite cannot choose by itself. */
static const char *listed_source(const struct owner *owner, const struct session_filter *filter)
{
    bool by_updated = filter->sort_by_updated;

    if (is_of_one_user(owner, filter))
        return by_updated ? "sessions AS s $indexed(sessions_of_user_by_updated)"
                          : "sessions AS s $indexed(sessions_of_user_by_created)";
    if (filter->session_name != NULL)
        return by_updated ? "sessions AS s $indexed(sessions_named_by_updated)"
                          : "sessions AS s $indexed(sessions_named_by_created)";
    if (filter->component_id != NULL)
        return by_updated ? "sessions AS s $indexed(sessions_of_component_by_updated)"
                          : "sessions AS s $indexed(sessions_of_component_by_created)";
    return "sessions AS s";
}

/* Returns the table that has the number of matches, or NULL if the sessions must be counted. */
static const char *counted_source(const struct owner *owner, const struct session_filter *filter)
{
    if (filter->session_name != NULL)
        return NULL;
    if (owner->everyone && filter->user_id == NULL)
        return "session_totals AS s";
    if (filter->type != COMPONENT_NONE || filter->component_id != NULL)
        return NULL;
    return is_of_one_user(owner, filter) ? "user_totals AS s" : NULL;
}

/* Excludes sessions that are being deleted. */
#define NOT_DELETED " AND s.deleted_at IS NULL"

/* Counts the matching sessions. */
static agentos_status count_sessions(struct db_conn *conn, const struct owner *owner,
                                     const struct session_filter *filter, int64_t *total,
                                     agentos_error *err)
{
    const char *totals = counted_source(owner, filter);
    struct list_query query = { .filter = filter, .source = totals, .ending = "" };
    AUTO(sql) *q = NULL;
    bool has_row;

    query.columns = totals != NULL ? "coalesce(sum(s.sessions), 0)" : "count(*)";
    if (totals == NULL) {
        query.source = listed_source(owner, filter);
        query.ending = NOT_DELETED;
    }
    TRY(prepare_list(conn, owner, &query, &q, err));
    TRY(sql_next(q, &has_row, err));
    *total = sql_int(q, 0);
    return AGENTOS_OK;
}

/* The end of the query, by sort_by_updated and ascending. */
static const char *const endings[2][2] = {
    { NOT_DELETED " ORDER BY s.created_at DESC, s.id DESC LIMIT :limit OFFSET :offset",
      NOT_DELETED " ORDER BY s.created_at, s.id LIMIT :limit OFFSET :offset" },
    { NOT_DELETED " ORDER BY s.updated_at DESC, s.id DESC LIMIT :limit OFFSET :offset",
      NOT_DELETED " ORDER BY s.updated_at, s.id LIMIT :limit OFFSET :offset" },
};

/* Like strlen, but returns 0 for NULL. */
static size_t length_of(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* Returns the size of the session's long texts. */
static size_t listed_bytes(const struct session *session)
{
    return length_of(session->first_input) + length_of(session->session_state) +
           length_of(session->metadata) + length_of(session->summary) +
           length_of(session->session_name) + length_of(session->metrics);
}

/* Returns TOO_LARGE with advice to request fewer sessions. */
agentos_status session_page_refuse(agentos_error *err)
{
    return fail(err, AGENTOS_TOO_LARGE,
                "These sessions are longer than %d bytes together. Ask for fewer by limit.",
                LISTING_MAX_BYTES);
}

/* The context of reading a page. The metrics need a query per session. */
struct page_reader {
    struct db_conn *conn;
    const struct owner *owner;
    arena *arena;
};

/* Reads up to `room` sessions. Fails beyond LISTING_MAX_BYTES: a short page would skip some. */
static agentos_status read_page(const struct page_reader *reader, sql *q, size_t room,
                                struct session_page *page, agentos_error *err)
{
    bool has_row;
    size_t bytes = 0;

    ensure(page->count == 0);
    page->all = arena_alloc(reader->arena, room * sizeof(*page->all));
    while (page->count < room) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            break;
        struct session *session = &page->all[page->count++];
        read_session(q, reader->arena, session);
        TRY(read_metrics(reader->conn, reader->owner, reader->arena, session, err));
        bytes += listed_bytes(session);
        if (bytes > LISTING_MAX_BYTES)
            return session_page_refuse(err);
    }
    return AGENTOS_OK;
}

/* Binds the rows to list, and the limits of their texts. */
static void bind_page(sql *q, int64_t offset, int64_t room)
{
    sql_bind_int(q, ":limit", room);
    sql_bind_int(q, ":offset", offset);
    sql_bind_int(q, ":state_max", LISTED_STATE_MAX_BYTES);
    sql_bind_int(q, ":metadata_max", METADATA_MAX_BYTES);
    sql_bind_int(q, ":summary_max", SUMMARY_MAX_BYTES);
}

/* Reads a page of matching sessions and counts all of them. */
agentos_status session_list(struct db_conn *conn, const struct owner *owner,
                            const struct session_filter *filter, arena *a, struct session_page *out,
                            agentos_error *err)
{
    AUTO(sql) *q = NULL;
    const struct page_reader reader = { .conn = conn, .owner = owner, .arena = a };
    const struct list_query query = {
        .filter = filter,
        .columns = LISTED_COLUMNS,
        .source = listed_source(owner, filter),
        .ending = endings[filter->sort_by_updated][filter->ascending],
    };
    struct session_page page = { 0 };

    ensure(sql_in_transaction(conn));
    TRY(count_sessions(conn, owner, filter, &page.total, err));
    int64_t offset = page_offset(filter->page, filter->limit);
    int64_t room = page_room(filter->limit, page.total, offset);
    TRY(prepare_list(conn, owner, &query, &q, err));
    bind_page(q, offset, room);
    TRY(read_page(&reader, q, (size_t)room, &page, err));
    *out = page;
    return AGENTOS_OK;
}
