/* Stores the server's internal settings in the database. A setting is written once and never
 * changes afterwards, except for the one by which setting_touch tests the database. */
#include "store/setting.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sql.h"

/* Stores the initial value if there is none, and reads the stored value to *out. Called on the
 * writer's thread, in one transaction, so that two processes that start together get the same
 * value. */
agentos_status setting_get_or_put(struct db_conn *conn, const char *name, const char *initial,
                                  arena *a, const char **out, agentos_error *err)
{
    AUTO(sql) *put = NULL;
    AUTO(sql) *get = NULL;
    bool has_row;

    ensure(name != NULL && initial != NULL);
    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn, STR("INSERT INTO settings VALUES (:name, :value) ON CONFLICT DO NOTHING"),
                    &put, err));
    sql_bind_text(put, ":name", name);
    sql_bind_text(put, ":value", initial);
    TRY(sql_finish(put, err));

    TRY(sql_prepare(conn, STR("SELECT value FROM settings WHERE name = :name"), &get, err));
    sql_bind_text(get, ":name", name);
    TRY(sql_next(get, &has_row, err));
    ensure(has_row); /* the row was inserted above, if it did not exist */
    *out = sql_text(get, 0, a);
    return AGENTOS_OK;
}

/* Stores the present time in the row that nothing else reads. */
agentos_status setting_touch(struct db_conn *conn, agentos_error *err)
{
    AUTO(sql) *put = NULL;
    char now[CLOCK_TEXT_SIZE];

    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn,
                    STR("INSERT INTO settings VALUES ('written_at', :now) "
                        "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
                    &put, err));
    sql_bind_text(put, ":now", clock_iso8601_us(clock_now_us(), now));
    return sql_finish(put, err);
}
