/* Saves a run with its session and token counts, under one savepoint. */
#include "base/ensure.h"
#include "store/run_row.h"
#include "store/session_state.h"
#include "store/sql.h"

/* Inserts the session, or updates it if the owner may; else changes nothing. */
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
    " state_version = CASE WHEN excluded.session_state IS NULL"
    " OR excluded.session_state IS NOT DISTINCT FROM s.session_state"
    " THEN s.state_version ELSE s.state_version + 1 END,"
    " session_state = coalesce(excluded.session_state, s.session_state)"
    " WHERE $owned(s)");

static const str run_query = STR_INIT(
    "INSERT INTO runs (run_id, session_key, parent_run_id, type, component_id, component_name,"
    " issuer, user_id, status, created_at, model_id, model_provider, input_tokens, output_tokens,"
    " total_tokens, state_version, stage, error_type, shown_content, metrics, events, metadata, "
    "input,"
    " content, messages)"
    " SELECT :run_id, s.id, :parent_run_id, :type, :component_id, :component_name, :issuer,"
    " :user_id, :status, :created_at, :model_id, :model_provider, :input_tokens, :output_tokens,"
    " :total_tokens, CASE WHEN s.session_state IS NOT NULL THEN s.state_version END, :stage,"
    " :error_type, :shown_content, :metrics, :events, :metadata, :input, :content, :messages"
    " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)");

static const str sums_query = STR_INIT(
    "INSERT INTO session_models AS m (session_key, model_id, provider, input_tokens, output_tokens,"
    " total_tokens)"
    " SELECT s.id, coalesce(:model_id, ''), coalesce(:model_provider, ''), :input_tokens,"
    " :output_tokens, :total_tokens"
    " FROM sessions AS s WHERE s.session_id = :session_id AND $owned(s)"
    " ON CONFLICT (session_key, model_id, provider) DO UPDATE SET"
    " input_tokens = m.input_tokens + excluded.input_tokens,"
    " output_tokens = m.output_tokens + excluded.output_tokens,"
    " total_tokens = m.total_tokens + excluded.total_tokens");

/* Binds the session id and the token counts. */
static void bind_tokens(sql *q, const struct run_row *row)
{
    ensure(row->input_tokens >= 0 && row->output_tokens >= 0 && row->total_tokens >= 0);
    sql_bind_text(q, ":session_id", row->session_id);
    sql_bind_int(q, ":input_tokens", row->input_tokens);
    sql_bind_int(q, ":output_tokens", row->output_tokens);
    sql_bind_int(q, ":total_tokens", row->total_tokens);
}

/* Binds the parameters common to session and run. Without a user there is no issuer. */
static void bind_common(sql *q, const struct run_row *row)
{
    bool has_issuer = row->user_id != NULL && row->issuer != NULL;

    ensure(row->type != COMPONENT_NONE && row->component_id != NULL);
    bind_tokens(q, row);
    sql_bind_text(q, ":type", component_name(row->type));
    sql_bind_text(q, ":component_id", row->component_id);
    sql_bind_text(q, ":issuer", has_issuer ? row->issuer : "");
    sql_bind_text(q, ":user_id", row->user_id);
    sql_bind_int(q, ":created_at", row->created_at);
    sql_bind_text(q, ":input", row->input);
}

/* Creates or updates the session. Fails with NOT_FOUND if it is another user's. */
static agentos_status save_session(struct db_conn *conn, const struct owner *owner,
                                   const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, session_query, &q, err));
    bind_common(q, row);
    sql_bind_text(q, ":session_state", row->session_state);
    sql_bind_text(q, ":component_data", row->component_data);
    sql_bind_text(q, ":metadata", row->session_metadata);
    TRY(sql_finish(q, err));
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    return AGENTOS_OK;
}

/* Binds the columns of the run that bind_common does not. */
static void bind_run(sql *q, const struct run_row *row)
{
    ensure(row->run_id != NULL);
    sql_bind_text(q, ":run_id", row->run_id);
    sql_bind_text(q, ":parent_run_id", row->parent_run_id);
    sql_bind_text(q, ":status", row->status);
    sql_bind_text(q, ":model_id", row->model_id);
    sql_bind_text(q, ":model_provider", row->model_provider);
    sql_bind_text(q, ":component_name", row->component_name);
    sql_bind_text(q, ":error_type", row->error_type);
    sql_bind_text(q, ":shown_content", row->shown_content);
    sql_bind_text(q, ":stage", row->stage);
    sql_bind_text(q, ":metrics", row->metrics);
    sql_bind_text(q, ":events", row->events);
    sql_bind_text(q, ":metadata", row->metadata);
    sql_bind_text(q, ":content", row->content);
    sql_bind_text(q, ":messages", row->messages);
}

/* Inserts the run, after save_session has updated the state version that it copies. */
static agentos_status save_run(struct db_conn *conn, const struct owner *owner,
                               const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, owner, OWNER_RUNS, run_query, &q, err));
    bind_common(q, row);
    bind_run(q, row);
    agentos_status status = sql_finish(q, err);
    if (status == AGENTOS_CONFLICT)
        return fail(err, status, "The run exists already");
    return status;
}

/* Adds the run's token counts to the sums of its session and model. */
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

static const str claim_query =
    STR_INIT("INSERT INTO sessions AS s (session_id, type, component_id, issuer, user_id,"
             " created_at, updated_at)"
             " VALUES (:session_id, :type, :component_id, :issuer, :user_id, :created_at,"
             " :created_at)"
             " ON CONFLICT (session_id) DO UPDATE SET"
             " issuer = CASE WHEN s.user_id IS NULL THEN excluded.issuer ELSE s.issuer END,"
             " user_id = coalesce(s.user_id, excluded.user_id)"
             " WHERE $owned(s)");

/* Creates the session for its user before the run starts. */
agentos_status run_row_claim(struct db_conn *conn, const struct owner *owner,
                             const struct run_row *row, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(row->session_id != NULL && row->user_id != NULL);
    ensure(row->type != COMPONENT_NONE && row->component_id != NULL);
    if (!owner->everyone && !owner_is(owner, row->issuer, row->user_id))
        return fail(err, AGENTOS_INTERNAL, "A session is made in another user's name");
    TRY(owner_prepare(conn, owner, OWNER_RUNS, claim_query, &q, err));
    sql_bind_text(q, ":session_id", row->session_id);
    sql_bind_text(q, ":type", component_name(row->type));
    sql_bind_text(q, ":component_id", row->component_id);
    sql_bind_text(q, ":issuer", row->issuer != NULL ? row->issuer : "");
    sql_bind_text(q, ":user_id", row->user_id);
    sql_bind_int(q, ":created_at", row->created_at);
    TRY(sql_finish(q, err));
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_NOT_FOUND, "Session not found");
    return AGENTOS_OK;
}

/* Saves the run and its session. The job's savepoint undoes a failure. */
agentos_status run_row_save(struct db_conn *conn, const struct owner *owner,
                            const struct run_row *row, agentos_error *err)
{
    ensure(row->run_id != NULL && row->session_id != NULL && row->status != NULL);
    ensure(sql_in_transaction(conn));
    if (!owner->everyone && !owner_is(owner, row->issuer, row->user_id))
        return fail(err, AGENTOS_INTERNAL, "A run is saved in another user's name");
    TRY(state_keep(conn, owner, OWNER_RUNS, row->session_id, row->session_state, err));
    TRY(save_session(conn, owner, row, err));
    TRY(save_run(conn, owner, row, err));
    return save_sums(conn, owner, row, err);
}
