/* Runs: what one needs before it starts, saving it with its session, and reading runs back. A run's
 * owner condition is that of its session: whoever sees the session sees its runs. */
#include "store/run.h"

#include "base/limits.h"
#include "store/sql.h"

/* Preparing */

/* A foreign session must be told from an absent one, but nothing of it is read. */
static const str look_query =
    STR_INIT("SELECT $owned(s), CASE WHEN $owned(s) THEN s.session_state END"
             " FROM sessions AS s WHERE s.session_id = :session_id");

static agentos_status look_at_session(struct db_conn *conn, const struct owner *owner,
                                      const struct run_plan *plan, arena *a,
                                      struct run_context *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, look_query, &q, err));
    sql_bind_text(q, ":session_id", plan->session_id);
    TRY(sql_next(q, &out->session_exists, err));
    if (!out->session_exists)
        return AGENTOS_OK;
    if (sql_int(q, 0) == 0)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    out->session_state = sql_text(q, 1, a);
    return AGENTOS_OK;
}

/* Only what the session's owner said himself goes into a model's context: not an admin's runs in
 * his session, not what nobody in particular said before it was his. */
static const str history_query =
    STR_INIT("SELECT r.object FROM sessions AS s JOIN runs AS r ON r.session_id = s.session_id"
             " WHERE s.session_id = :session_id AND $owned(s)"
             " AND r.user_id IS NOT DISTINCT FROM s.user_id AND r.issuer = s.issuer"
             " AND r.type = :type AND r.component_id = :component_id AND r.status = 'COMPLETED'"
             " ORDER BY r.id DESC LIMIT :limit");

static void reverse(const char **texts, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const char *text = texts[i];
        texts[i] = texts[count - 1 - i];
        texts[count - 1 - i] = text;
    }
}

static agentos_status read_history(struct db_conn *conn, const struct owner *owner,
                                   const struct run_plan *plan, arena *a, struct run_context *out,
                                   agentos_error *err)
{
    AUTO(sql) *q = NULL;
    size_t num_runs = plan->num_runs < HISTORY_RUNS_MAX ? plan->num_runs : HISTORY_RUNS_MAX;
    bool has_row = true;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, history_query, &q, err));
    sql_bind_text(q, ":session_id", plan->session_id);
    sql_bind_text(q, ":type", component_name(plan->type));
    sql_bind_text(q, ":component_id", plan->component_id);
    sql_bind_int(q, ":limit", (int64_t)num_runs);
    out->history = arena_alloc(a, num_runs * sizeof(*out->history));
    while (out->history_count < num_runs) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            break;
        out->history[out->history_count++] = sql_text(q, 0, a);
    }
    reverse(out->history, out->history_count);
    return AGENTOS_OK;
}

agentos_status run_prepare(struct db_conn *conn, const struct owner *owner,
                           const struct run_plan *plan, arena *a, struct run_context *out,
                           agentos_error *err)
{
    struct run_context context = { 0 };

    TRY(look_at_session(conn, owner, plan, a, &context, err));
    if (context.session_exists && plan->num_runs > 0)
        TRY(read_history(conn, owner, plan, a, &context, err));
    *out = context;
    return AGENTOS_OK;
}

/* Saving */

/* Makes the session, or brings it up to date when it is within reach; else writes no row. */
static const str session_query = STR_INIT(
    "INSERT INTO sessions AS s (session_id, type, component_id, issuer, user_id, created_at, "
    "updated_at,"
    " run_count, input_tokens, output_tokens, total_tokens, first_input, component_data, metadata,"
    " session_state)"
    " VALUES (:session_id, :type, :component_id, :issuer, :user_id, :created_at, :created_at, 1,"
    " :input_tokens, :output_tokens, :total_tokens, :input, :component_data, :metadata, "
    ":session_state)"
    " ON CONFLICT (session_id) DO UPDATE SET"
    " component_data = CASE WHEN s.type = excluded.type AND s.component_id IN ('', "
    "excluded.component_id)"
    " THEN coalesce(s.component_data, excluded.component_data) ELSE s.component_data END,"
    " component_id = CASE WHEN s.type = excluded.type"
    " THEN coalesce(nullif(s.component_id, ''), excluded.component_id) ELSE s.component_id END,"
    " issuer = CASE WHEN s.user_id IS NULL THEN excluded.issuer ELSE s.issuer END,"
    " user_id = coalesce(s.user_id, excluded.user_id),"
    " updated_at = $greatest(s.updated_at, excluded.updated_at),"
    " run_count = s.run_count + 1,"
    " input_tokens = s.input_tokens + excluded.input_tokens,"
    " output_tokens = s.output_tokens + excluded.output_tokens,"
    " total_tokens = s.total_tokens + excluded.total_tokens,"
    " first_input = coalesce(s.first_input, excluded.first_input),"
    " session_state = coalesce(excluded.session_state, s.session_state)"
    " WHERE $owned(s)");

static const str run_query =
    STR_INIT("INSERT INTO runs (run_id, session_id, parent_run_id, type, component_id, issuer, "
             "user_id, status,"
             " created_at, model_id, model_provider, input_tokens, output_tokens, total_tokens, "
             "input, content,"
             " session_state, object)"
             " SELECT :run_id, s.session_id, :parent_run_id, :type, :component_id, :issuer, "
             ":user_id, :status,"
             " :created_at, :model_id, :model_provider, :input_tokens, :output_tokens, "
             ":total_tokens, :input,"
             " :content, :session_state, :object"
             " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)");

static const str sums_query = STR_INIT(
    "INSERT INTO session_models AS m (session_id, model_id, provider, input_tokens, output_tokens,"
    " total_tokens)"
    " SELECT s.session_id, coalesce(:model_id, ''), coalesce(:model_provider, ''), :input_tokens,"
    " :output_tokens, :total_tokens"
    " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)"
    " ON CONFLICT (session_id, model_id, provider) DO UPDATE SET"
    " input_tokens = m.input_tokens + excluded.input_tokens,"
    " output_tokens = m.output_tokens + excluded.output_tokens,"
    " total_tokens = m.total_tokens + excluded.total_tokens");

static void bind_tokens(sql *q, const struct run_row *row)
{
    sql_bind_text(q, ":session_id", row->session_id);
    sql_bind_int(q, ":input_tokens", row->input_tokens);
    sql_bind_int(q, ":output_tokens", row->output_tokens);
    sql_bind_int(q, ":total_tokens", row->total_tokens);
}

/* What the session and the run have in common. */
static void bind_common(sql *q, const struct run_row *row)
{
    bind_tokens(q, row);
    sql_bind_text(q, ":type", component_name(row->type));
    sql_bind_text(q, ":component_id", row->component_id);
    sql_bind_text(q, ":issuer", row->user_id != NULL && row->issuer != NULL ? row->issuer : "");
    sql_bind_text(q, ":user_id", row->user_id);
    sql_bind_int(q, ":created_at", row->created_at);
    sql_bind_text(q, ":input", row->input);
    sql_bind_text(q, ":session_state", row->session_state);
}

static agentos_status save_session(struct db_conn *conn, const struct owner *owner,
                                   const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, session_query, &q, err));
    bind_common(q, row);
    sql_bind_text(q, ":component_data", row->component_data);
    sql_bind_text(q, ":metadata", row->session_metadata);
    TRY(sql_finish(q, err));
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    return AGENTOS_OK;
}

static agentos_status save_run(struct db_conn *conn, const struct owner *owner,
                               const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, run_query, &q, err));
    bind_common(q, row);
    sql_bind_text(q, ":run_id", row->run_id);
    sql_bind_text(q, ":parent_run_id", row->parent_run_id);
    sql_bind_text(q, ":status", row->status);
    sql_bind_text(q, ":model_id", row->model_id);
    sql_bind_text(q, ":model_provider", row->model_provider);
    sql_bind_text(q, ":content", row->content);
    sql_bind_text(q, ":object", row->object);
    agentos_status status = sql_finish(q, err);
    return status == AGENTOS_CONFLICT ? fail(err, status, "The run exists already") : status;
}

static agentos_status save_sums(struct db_conn *conn, const struct owner *owner,
                                const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    if (row->input_tokens == 0 && row->output_tokens == 0 && row->total_tokens == 0)
        return AGENTOS_OK;
    TRY(owner_prepare(conn, owner, OWNER_RUNS, sums_query, &q, err));
    bind_tokens(q, row);
    sql_bind_text(q, ":model_id", row->model_id);
    sql_bind_text(q, ":model_provider", row->model_provider);
    return sql_finish(q, err);
}

agentos_status run_save(struct db_conn *conn, const struct owner *owner, const struct run_row *row,
                        agentos_error *err)
{
    if (!owner->everyone && !owner_is(owner, row->issuer, row->user_id))
        return fail(err, AGENTOS_INTERNAL, "A run is saved in another user's name");
    TRY(save_session(conn, owner, row, err));
    TRY(save_run(conn, owner, row, err));
    return save_sums(conn, owner, row, err);
}

/* Reading */

/* In the order of read_run; the object comes last, or not at all. */
#define RUN_COLUMNS                                                                         \
    "r.run_id, r.session_id, r.parent_run_id, r.type, r.component_id, r.issuer, r.user_id," \
    " r.status, r.input, r.content, r.session_state, r.model_id, r.model_provider,"         \
    " r.input_tokens, r.output_tokens, r.total_tokens, r.created_at, "
#define OF_SESSION                                                      \
    " FROM sessions AS s JOIN runs AS r ON r.session_id = s.session_id" \
    " WHERE s.session_id = :session_id AND $owned(s)"
#define MATCHING                                                                          \
    OF_SESSION " AND (:type IS NULL OR r.type = :type)"                                   \
               " AND (:component_id IS NULL OR r.component_id = :component_id)"           \
               " AND (:statuses IS NULL OR $contains(:statuses, ' ' || r.status || ' '))" \
               " AND (:after = 0 OR r.created_at >= :after)"                              \
               " AND (:before = 0 OR r.created_at <= :before) ORDER BY r.id"

static const str exists_query = STR_INIT(
    "SELECT s.run_count FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)");
static const str list_query = STR_INIT("SELECT " RUN_COLUMNS "r.object" MATCHING);
static const str preview_query = STR_INIT("SELECT " RUN_COLUMNS "NULL" MATCHING);
static const str get_query =
    STR_INIT("SELECT " RUN_COLUMNS "r.object" OF_SESSION " AND r.run_id = :run_id");
static const str find_query =
    STR_INIT("SELECT " RUN_COLUMNS "NULL FROM runs AS r JOIN sessions AS s USING (session_id)"
             " WHERE r.run_id = :run_id AND $owned(s)");

static void read_run(const sql *q, arena *a, struct run_row *out)
{
    *out = (struct run_row){
        .run_id = sql_text(q, 0, a),
        .session_id = sql_text(q, 1, a),
        .parent_run_id = sql_text(q, 2, a),
        .type = component_of(sql_text(q, 3, a)),
        .component_id = sql_text(q, 4, a),
        .issuer = sql_text(q, 5, a),
        .user_id = sql_text(q, 6, a),
        .status = sql_text(q, 7, a),
        .input = sql_text(q, 8, a),
        .content = sql_text(q, 9, a),
        .session_state = sql_text(q, 10, a),
        .model_id = sql_text(q, 11, a),
        .model_provider = sql_text(q, 12, a),
        .input_tokens = sql_int(q, 13),
        .output_tokens = sql_int(q, 14),
        .total_tokens = sql_int(q, 15),
        .created_at = sql_int(q, 16),
        .object = sql_text(q, 17, a),
    };
}

/* An upper bound of what run_list finds; NOT_FOUND as there. */
static agentos_status count_runs(struct db_conn *conn, const struct owner *owner,
                                 const char *session_id, size_t *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(owner_prepare(conn, owner, OWNER_READS, exists_query, &q, err));
    sql_bind_text(q, ":session_id", session_id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    *out = (size_t)sql_int(q, 0);
    return AGENTOS_OK;
}

/* " COMPLETED ERROR ", or NULL for all. */
static const char *join_statuses(const struct run_filter *filter, arena *a)
{
    const char *joined = filter->status_count > 0 ? " " : NULL;

    for (size_t i = 0; i < filter->status_count; i++)
        joined = arena_printf(a, "%s%s ", joined, filter->statuses[i]);
    return joined;
}

static void bind_filter(sql *q, const struct run_filter *filter, arena *a)
{
    sql_bind_text(q, ":session_id", filter->session_id);
    sql_bind_text(q, ":type", component_name(filter->type));
    sql_bind_text(q, ":component_id", filter->component_id);
    sql_bind_text(q, ":statuses", join_statuses(filter, a));
    sql_bind_int(q, ":after", filter->created_after);
    sql_bind_int(q, ":before", filter->created_before);
}

agentos_status run_list(struct db_conn *conn, const struct owner *owner,
                        const struct run_filter *filter, arena *a, struct run_rows *out,
                        agentos_error *err)
{
    AUTO(sql) *q = NULL;
    struct run_rows rows = { 0 };
    size_t room = 0;
    bool has_row;

    TRY(count_runs(conn, owner, filter->session_id, &room, err));
    TRY(owner_prepare(conn, owner, OWNER_READS, filter->without_object ? preview_query : list_query,
                      &q, err));
    bind_filter(q, filter, a);
    rows.all = arena_alloc(a, room * sizeof(*rows.all));
    while (rows.count < room) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            break;
        read_run(q, a, &rows.all[rows.count++]);
    }
    *out = rows;
    return AGENTOS_OK;
}

/* The one run of a prepared query. */
static agentos_status read_only_run(sql *q, arena *a, struct run_row *out, agentos_error *err)
{
    bool has_row;

    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Run not found");
    read_run(q, a, out);
    return AGENTOS_OK;
}

agentos_status run_get(struct db_conn *conn, const struct owner *owner, const struct run_key *key,
                       arena *a, struct run_row *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_READS, get_query, &q, err));
    sql_bind_text(q, ":session_id", key->session_id);
    sql_bind_text(q, ":run_id", key->run_id);
    return read_only_run(q, a, out, err);
}

agentos_status run_find(struct db_conn *conn, const struct owner *owner, const char *run_id,
                        arena *a, struct run_row *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_READS, find_query, &q, err));
    sql_bind_text(q, ":run_id", run_id);
    return read_only_run(q, a, out, err);
}
