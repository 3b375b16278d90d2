/* Follows the accounts that have made an account to whoever made the first of them, so that nobody
 * takes more places through accounts of their own. */
#include "base/ensure.h"
#include "base/limits.h"
#include "store/service_account.h"
#include "store/sql.h"

static const struct owner server = { .everyone = true };

/* The id of the account that made the row A, or null: the last one of that name before it. */
#define MAKER_OF(A)                                                          \
    "(SELECT max(m.id) FROM service_accounts AS m WHERE m.name = substr(" #A \
    ".user_id, 4) AND 'sa:' || m.name = " #A ".user_id AND m.id < " #A ".id)"

/* From each active account up to the first that no account has made. Ids decrease on the way. */
static const str root_query =
    STR_INIT("WITH RECURSIVE up (account, issuer, user_id, maker, depth) AS ("
             " SELECT s.account_id, s.issuer, s.user_id, " MAKER_OF(
                 s) ", 0 FROM service_accounts AS s"
                    " WHERE s.revoked_at IS NULL AND $owned(s)"
                    " UNION ALL SELECT u.account, p.issuer, p.user_id, " MAKER_OF(
                        p) ", u.depth + 1 FROM up AS u"
                           " JOIN service_accounts AS p ON p.id = u.maker WHERE u.depth <= :most),"
                           " roots AS (SELECT u.account, u.issuer, coalesce(u.user_id, '') AS "
                           "user_id, u.depth"
                           " FROM up AS u WHERE u.maker IS NULL OR u.depth > :most)"
                           " SELECT r.depth, (SELECT count(*) FROM roots AS o"
                           " WHERE o.issuer = r.issuer AND o.user_id = r.user_id)"
                           " FROM roots AS r WHERE r.account = :id");

agentos_status service_account_find_root(struct db_conn *conn, const char *id,
                                         struct service_account_root *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(id != NULL && sql_in_transaction(conn));
    *out = (struct service_account_root){ 0 };
    TRY(owner_prepare(conn, &server, OWNER_READS, root_query, &q, err));
    sql_bind_text(q, ":id", id);
    sql_bind_int(q, ":most", SERVICE_ACCOUNT_CHAIN_MAX);
    TRY(sql_next(q, &has_row, err));
    if (has_row)
        *out = (struct service_account_root){ .depth = sql_int(q, 0), .active = sql_int(q, 1) };
    return AGENTOS_OK;
}
