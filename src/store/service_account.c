/* Stores service accounts, each owned by its creator. */
#include "store/service_account.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/page.h"
#include "store/sql.h"

#define COLUMNS                                                                          \
    "s.account_id, s.name, s.issuer, s.user_id, s.token_hash, s.token_prefix, s.scopes," \
    " s.created_at, s.expires_at, s.last_used_at, s.revoked_at"

/* The server itself may access every account. */
static const struct owner server = { .everyone = true };

enum {
    COLUMN_ID,
    COLUMN_NAME,
    COLUMN_ISSUER,
    COLUMN_USER_ID,
    COLUMN_TOKEN_HASH,
    COLUMN_TOKEN_PREFIX,
    COLUMN_SCOPES,
    COLUMN_CREATED_AT,
    COLUMN_EXPIRES_AT,
    COLUMN_LAST_USED_AT,
    COLUMN_REVOKED_AT,
};

/* Reads the current row. Texts are copied to the arena. */
static void read_account(const sql *q, arena *a, struct service_account *out)
{
    ensure(q != NULL && out != NULL);
    *out = (struct service_account){
        .id = sql_text(q, COLUMN_ID, a),
        .name = sql_text(q, COLUMN_NAME, a),
        .issuer = sql_text(q, COLUMN_ISSUER, a),
        .user_id = sql_text(q, COLUMN_USER_ID, a),
        .token_hash = sql_text(q, COLUMN_TOKEN_HASH, a),
        .token_prefix = sql_text(q, COLUMN_TOKEN_PREFIX, a),
        .scopes = sql_text(q, COLUMN_SCOPES, a),
        .created_at = sql_int(q, COLUMN_CREATED_AT),
        .expires_at = sql_int(q, COLUMN_EXPIRES_AT),
        .last_used_at = sql_int(q, COLUMN_LAST_USED_AT),
        .revoked_at = sql_int(q, COLUMN_REVOKED_AT),
    };
}

/* Reads up to `max` rows into a list in the arena. */
static agentos_status read_accounts(sql *q, size_t max, arena *a, struct service_account **out,
                                    size_t *count, agentos_error *err)
{
    bool has_row = true;

    ensure(out != NULL && count != NULL);
    *out = arena_array(a, max, sizeof(**out));
    *count = 0;
    while (*count < max) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            break;
        read_account(q, a, &(*out)[*count]);
        ++*count;
    }
    return AGENTOS_OK;
}

/* ---- creating ---- */

/* Returns CONFLICT if an earlier account of this name had another creator and still owns a session
 * or an active account, which the new one would inherit. Called after the insert, which the job's
 * savepoint then undoes. */
static agentos_status check_name_owner(struct db_conn *conn, const struct owner *owner,
                                       const char *name, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(name != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS,
                      STR("SELECT count(*) FROM service_accounts AS s"
                          " WHERE s.name = :name AND NOT coalesce($owned(s), FALSE)"
                          " AND (EXISTS (SELECT 1 FROM sessions AS t"
                          " WHERE t.user_id = 'sa:' || :name AND t.deleted_at IS NULL)"
                          " OR EXISTS (SELECT 1 FROM service_accounts AS m"
                          " WHERE m.user_id = 'sa:' || :name AND m.revoked_at IS NULL))"),
                      &q, err));
    sql_bind_text(q, ":name", name);
    TRY(sql_next(q, &has_row, err));
    if (sql_int(q, 0) == 0)
        return AGENTOS_OK;
    return fail(err, AGENTOS_CONFLICT,
                "The service account name " QUOTED
                " has been another user's; what it owns comes with it, so choose another",
                QUOTE(str_of(name)));
}

/* The owner condition applies to the new row. */
static const str create_query = STR_INIT(
    "INSERT INTO service_accounts (account_id, name, issuer, user_id, token_hash, token_prefix,"
    " scopes, created_at, expires_at)"
    " SELECT :id, :name, s.issuer, s.user_id, :hash, :prefix, :scopes, :created_at,"
    " nullif(:expires_at, 0)"
    " FROM (SELECT :issuer AS issuer, :user_id AS user_id) AS s WHERE $owned(s)");

/* Inserts the row if the owner may create it, otherwise no row. */
static agentos_status insert_account(struct db_conn *conn, const struct owner *owner,
                                     const struct service_account *account, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(account->id != NULL && account->token_hash != NULL);
    TRY(owner_prepare(conn, owner, OWNER_READS, create_query, &q, err));
    sql_bind_text(q, ":id", account->id);
    sql_bind_text(q, ":name", account->name);
    sql_bind_text(q, ":issuer", account->issuer);
    sql_bind_text(q, ":user_id", account->user_id);
    sql_bind_text(q, ":hash", account->token_hash);
    sql_bind_text(q, ":prefix", account->token_prefix);
    sql_bind_text(q, ":scopes", account->scopes);
    sql_bind_int(q, ":created_at", account->created_at);
    sql_bind_int(q, ":expires_at", account->expires_at);
    return sql_finish(q, err);
}

/* Creates the account. Fails with CONFLICT if the name is taken. */
agentos_status service_account_create(struct db_conn *conn, const struct owner *owner,
                                      const struct service_account *account, agentos_error *err)
{
    ensure(account->name != NULL && sql_in_transaction(conn));
    agentos_status status = insert_account(conn, owner, account, err);
    if (status == AGENTOS_CONFLICT)
        return fail(err, status,
                    "An active service account named " QUOTED
                    " already exists. Revoke it first to rotate.",
                    QUOTE(str_of(account->name)));
    TRY(status);
    if (sql_changes(conn) == 0)
        return fail(err, AGENTOS_INTERNAL, "A service account is made in another user's name");
    return check_name_owner(conn, owner, account->name, err);
}

/* ---- one account ---- */

/* Reads an account of any user. */
agentos_status service_account_get(struct db_conn *conn, const char *id, arena *a,
                                   struct service_account *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(id != NULL && out != NULL);
    TRY(owner_prepare(conn, &server, OWNER_READS,
                      STR("SELECT " COLUMNS " FROM service_accounts AS s"
                          " WHERE s.account_id = :id AND $owned(s)"),
                      &q, err));
    sql_bind_text(q, ":id", id);
    TRY(sql_next(q, &has_row, err));
    if (!has_row)
        return fail(err, AGENTOS_NOT_FOUND, "Service account " QUOTED " not found",
                    QUOTE(str_of(id)));
    read_account(q, a, out);
    return AGENTOS_OK;
}

/* Revokes the account if it is active and the owner may access it. */
agentos_status service_account_revoke(struct db_conn *conn, const struct owner *owner,
                                      const char *id, int64_t revoked_at, int64_t last_used_at,
                                      agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(id != NULL && revoked_at > 0);
    ensure(sql_in_transaction(conn));
    TRY(owner_prepare(
        conn, owner, OWNER_READS,
        STR("UPDATE service_accounts AS s SET revoked_at = :revoked_at,"
            " last_used_at = nullif($greatest(coalesce(s.last_used_at, 0), :last_used_at), 0)"
            " WHERE s.account_id = :id AND s.revoked_at IS NULL AND $owned(s)"),
        &q, err));
    sql_bind_text(q, ":id", id);
    sql_bind_int(q, ":revoked_at", revoked_at);
    sql_bind_int(q, ":last_used_at", last_used_at);
    return sql_finish(q, err);
}

/* Stores the time of the last use, which never decreases. */
agentos_status service_account_touch(struct db_conn *conn, const char *token_hash,
                                     int64_t last_used_at, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(token_hash != NULL);
    ensure(sql_in_transaction(conn));
    TRY(owner_prepare(conn, &server, OWNER_READS,
                      STR("UPDATE service_accounts AS s SET last_used_at ="
                          " $greatest(coalesce(s.last_used_at, 0), :last_used_at)"
                          " WHERE s.token_hash = :hash AND $owned(s)"),
                      &q, err));
    sql_bind_text(q, ":hash", token_hash);
    sql_bind_int(q, ":last_used_at", last_used_at);
    return sql_finish(q, err);
}

/* ---- lists ---- */

#define LISTED " FROM service_accounts AS s WHERE $owned(s) AND (:all = 1 OR s.revoked_at IS NULL)"

/* Each order, descending and ascending. */
static const char *const orders[][2] = {
    [ACCOUNTS_BY_CREATED] = { "s.created_at DESC, s.id DESC", "s.created_at, s.id" },
    [ACCOUNTS_BY_NAME] = { "s.name DESC, s.id DESC", "s.name, s.id" },
    [ACCOUNTS_BY_USE] = { "s.last_used_at DESC, s.id DESC", "s.last_used_at, s.id" },
    [ACCOUNTS_BY_EXPIRY] = { "s.expires_at DESC, s.id DESC", "s.expires_at, s.id" },
};

/* Counts the accounts that the owner may read. */
static agentos_status count_listed(struct db_conn *conn, const struct owner *owner,
                                   bool active_only, int64_t *total, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(owner_prepare(conn, owner, OWNER_READS, STR("SELECT count(*)" LISTED), &q, err));
    sql_bind_int(q, ":all", !active_only);
    TRY(sql_next(q, &has_row, err));
    *total = sql_int(q, 0);
    return AGENTOS_OK;
}

/* Prepares the query of a page. */
static agentos_status prepare_page(struct db_conn *conn, const struct owner *owner,
                                   const struct service_account_filter *filter, sql **out,
                                   agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SQL_MAX_BYTES);

    ensure(filter->order < COUNT(orders));
    buf_printf(&text, "SELECT " COLUMNS LISTED " ORDER BY %s LIMIT :limit OFFSET :offset",
               orders[filter->order][filter->ascending]);
    ensure(buf_ok(&text));
    TRY(owner_prepare(conn, owner, OWNER_READS, buf_view(&text), out, err));
    sql_bind_int(*out, ":all", !filter->active_only);
    sql_bind_int(*out, ":limit", filter->limit);
    sql_bind_int(*out, ":offset", page_offset(filter->page, filter->limit));
    return AGENTOS_OK;
}

/* Reads a page of accounts and counts all matches. */
agentos_status service_account_list(struct db_conn *conn, const struct owner *owner,
                                    const struct service_account_filter *filter, arena *a,
                                    struct service_account_page *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(filter->limit >= 0);
    ensure(sql_in_transaction(conn));
    TRY(count_listed(conn, owner, filter->active_only, &out->total, err));
    TRY(prepare_page(conn, owner, filter, &q, err));
    return read_accounts(q, (size_t)filter->limit, a, &out->all, &out->count, err);
}

/* Reads up to `max` active accounts of all users, oldest first. */
agentos_status service_account_list_active(struct db_conn *conn, size_t max, arena *a,
                                           struct service_account **out, size_t *count,
                                           agentos_error *err)
{
    AUTO(sql) *q = NULL;

    TRY(owner_prepare(conn, &server, OWNER_READS,
                      STR("SELECT " COLUMNS " FROM service_accounts AS s"
                          " WHERE s.revoked_at IS NULL AND $owned(s) ORDER BY s.id"),
                      &q, err));
    return read_accounts(q, max, a, out, count, err);
}

agentos_status service_account_count_active(struct db_conn *conn, int64_t *out, agentos_error *err)
{
    return count_listed(conn, &server, true, out, err);
}
