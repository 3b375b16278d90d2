/* Stores the server's internal settings. */
#include "store/setting.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sql.h"

/* Reads a setting, after storing `initial` if it has no value. */
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
    ensure(has_row); /* inserted above if absent */
    *out = sql_text(get, 0, a);
    return AGENTOS_OK;
}

/* Writes the current time to a row that nothing reads. */
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
