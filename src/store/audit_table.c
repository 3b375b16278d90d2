/* Stores the rows of the audit log and the end of its chain. */
#include "store/audit_table.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/page.h"
#include "store/sql.h"

#define COLUMNS "id, created_at, actor, action, target, before, after, mac"

enum {
    COLUMN_ID,
    COLUMN_CREATED_AT,
    COLUMN_ACTOR,
    COLUMN_ACTION,
    COLUMN_TARGET,
    COLUMN_BEFORE,
    COLUMN_AFTER,
    COLUMN_MAC,
};

/* Reads the current row. Texts are copied to the arena. */
static void read_row(const sql *q, arena *a, struct audit_row *out)
{
    ensure(q != NULL && a != NULL && out != NULL);
    *out = (struct audit_row){
        .id = sql_int(q, COLUMN_ID),
        .created_at = sql_int(q, COLUMN_CREATED_AT),
        .actor = sql_text(q, COLUMN_ACTOR, a),
        .action = sql_text(q, COLUMN_ACTION, a),
        .target = sql_text(q, COLUMN_TARGET, a),
        .before = sql_text(q, COLUMN_BEFORE, a),
        .after = sql_text(q, COLUMN_AFTER, a),
        .mac = sql_text(q, COLUMN_MAC, a),
    };
}

/* Reads the end of the chain; `last` is 0 for an empty log. */
agentos_status audit_table_head(struct db_conn *conn, arena *a, struct audit_head *out,
                                agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    ensure(out != NULL);
    TRY(sql_prepare(conn, STR("SELECT last, mac FROM audit_head"), &q, err));
    TRY(sql_next(q, &has_row, err));
    *out = (struct audit_head){ 0, "" };
    if (has_row)
        *out = (struct audit_head){ sql_int(q, 0), sql_text(q, 1, a) };
    return AGENTOS_OK;
}

/* Stores the end of the chain, in the transaction of its last row. */
agentos_status audit_table_set_head(struct db_conn *conn, const struct audit_head *head,
                                    agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(head->last > 0 && head->mac != NULL);
    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn,
                    STR("INSERT INTO audit_head VALUES (1, :last, :mac)"
                        " ON CONFLICT (id) DO UPDATE SET last = :last, mac = :mac"),
                    &q, err));
    sql_bind_int(q, ":last", head->last);
    sql_bind_text(q, ":mac", head->mac);
    return sql_finish(q, err);
}

agentos_status audit_table_append(struct db_conn *conn, const struct audit_row *row,
                                  agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(row->id > 0 && row->action != NULL && row->target != NULL && row->mac != NULL);
    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn,
                    STR("INSERT INTO audit (" COLUMNS ") VALUES (:id, :created_at, :actor, :action,"
                        " :target, :before, :after, :mac)"),
                    &q, err));
    sql_bind_int(q, ":id", row->id);
    sql_bind_int(q, ":created_at", row->created_at);
    sql_bind_text(q, ":actor", row->actor);
    sql_bind_text(q, ":action", row->action);
    sql_bind_text(q, ":target", row->target);
    sql_bind_text(q, ":before", row->before);
    sql_bind_text(q, ":after", row->after);
    sql_bind_text(q, ":mac", row->mac);
    return sql_finish(q, err);
}

/* Reads the first row after this id, if any. */
agentos_status audit_table_next(struct db_conn *conn, int64_t after, arena *a,
                                struct audit_row *out, bool *found, agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(out != NULL && found != NULL);
    TRY(sql_prepare(
        conn, STR("SELECT " COLUMNS " FROM audit WHERE id > :after ORDER BY id LIMIT 1"), &q, err));
    sql_bind_int(q, ":after", after);
    TRY(sql_next(q, found, err));
    if (*found)
        read_row(q, a, out);
    return AGENTOS_OK;
}

agentos_status audit_table_remove(struct db_conn *conn, int64_t through, int64_t *removed,
                                  agentos_error *err)
{
    AUTO(sql) *q = NULL;

    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn, STR("DELETE FROM audit WHERE id BETWEEN 1 AND :through"), &q, err));
    sql_bind_int(q, ":through", through);
    TRY(sql_finish(q, err));
    *removed = sql_changes(conn);
    return AGENTOS_OK;
}

/* ---- a page ---- */

/* $contains, because LIKE has wildcards. */
#define SEARCHED                                                                    \
    " FROM audit WHERE (:search IS NULL OR"                                         \
    " $contains(lower(action || ' ' || target || ' ' || coalesce(actor, '') || ' '" \
    " || coalesce(before, '') || ' ' || coalesce(after, '')), lower(:search)))"

/* Each order, descending and ascending. */
static const char *const orders[][2] = {
    [AUDIT_BY_CREATED] = { "id DESC", "id" },
    [AUDIT_BY_ACTOR] = { "actor DESC, id DESC", "actor, id" },
    [AUDIT_BY_ACTION] = { "action DESC, id DESC", "action, id" },
    [AUDIT_BY_TARGET] = { "target DESC, id DESC", "target, id" },
};

/* Counts the rows that contain the text, or all if it is NULL. */
static agentos_status count_rows(struct db_conn *conn, const char *search, int64_t *total,
                                 agentos_error *err)
{
    AUTO(sql) *q = NULL;
    bool has_row;

    TRY(sql_prepare(conn, STR("SELECT count(*)" SEARCHED), &q, err));
    sql_bind_text(q, ":search", search);
    TRY(sql_next(q, &has_row, err));
    *total = sql_int(q, 0);
    return AGENTOS_OK;
}

/* Prepares the query of a page. */
static agentos_status prepare_page(struct db_conn *conn, const struct audit_filter *filter,
                                   sql **out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SQL_MAX_BYTES);

    ensure(filter->order < COUNT(orders));
    buf_printf(&text, "SELECT " COLUMNS SEARCHED " ORDER BY %s LIMIT :limit OFFSET :offset",
               orders[filter->order][filter->ascending]);
    ensure(buf_ok(&text));
    TRY(sql_prepare(conn, buf_view(&text), out, err));
    sql_bind_text(*out, ":search", filter->search);
    sql_bind_int(*out, ":limit", filter->limit);
    sql_bind_int(*out, ":offset", page_offset(filter->page, filter->limit));
    return AGENTOS_OK;
}

/* Reads a page of rows and counts all matches, in one transaction. */
agentos_status audit_table_list(struct db_conn *conn, const struct audit_filter *filter, arena *a,
                                struct audit_page *out, agentos_error *err)
{
    AUTO(sql) *q = NULL;
    struct audit_page page = { 0 };
    bool has_row;

    ensure(filter->limit >= 0);
    ensure(sql_in_transaction(conn));
    size_t room = (size_t)filter->limit;
    page.all = arena_alloc(a, room * sizeof(*page.all));
    TRY(count_rows(conn, filter->search, &page.total, err));
    TRY(prepare_page(conn, filter, &q, err));
    while (page.count < room) {
        TRY(sql_next(q, &has_row, err));
        if (!has_row)
            break;
        read_row(q, a, &page.all[page.count]);
        page.count++;
    }
    *out = page;
    return AGENTOS_OK;
}
