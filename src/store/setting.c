/* Stores the server's internal settings in the database. */
#include "store/setting.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "store/sql.h"

agentos_status setting_get(struct db_conn *conn, const char *name, arena *a, const char **out,
                           agentos_error *err)
{
    AUTO(sql) *get = NULL;
    bool has_row;

    ensure(name != NULL && out != NULL);
    *out = NULL;
    TRY(sql_prepare(conn, STR("SELECT value FROM settings WHERE name = :name"), &get, err));
    sql_bind_text(get, ":name", name);
    TRY(sql_next(get, &has_row, err));
    if (has_row)
        *out = sql_text(get, 0, a);
    return AGENTOS_OK;
}

/* Stores the initial value if there is none, and reads the stored value to *out. Called on the
 * writer's thread, in one transaction, so that two processes that start together get the same
 * value. */
agentos_status setting_get_or_put(struct db_conn *conn, const char *name, const char *initial,
                                  arena *a, const char **out, agentos_error *err)
{
    AUTO(sql) *put = NULL;

    ensure(name != NULL && initial != NULL);
    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn, STR("INSERT INTO settings VALUES (:name, :value) ON CONFLICT DO NOTHING"),
                    &put, err));
    sql_bind_text(put, ":name", name);
    sql_bind_text(put, ":value", initial);
    TRY(sql_finish(put, err));

    TRY(setting_get(conn, name, a, out, err));
    ensure(*out != NULL); /* the row was inserted above, if it did not exist */
    return AGENTOS_OK;
}

agentos_status setting_put(struct db_conn *conn, const char *name, const char *value,
                           agentos_error *err)
{
    AUTO(sql) *put = NULL;

    ensure(value != NULL);
    ensure(sql_in_transaction(conn));
    TRY(sql_prepare(conn,
                    STR("INSERT INTO settings VALUES (:name, :value) "
                        "ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
                    &put, err));
    sql_bind_text(put, ":name", name);
    sql_bind_text(put, ":value", value);
    return sql_finish(put, err);
}

/* Stores the present time in the row that nothing else reads. */
agentos_status setting_touch(struct db_conn *conn, agentos_error *err)
{
    char now[CLOCK_TEXT_SIZE];

    return setting_put(conn, "written_at", clock_iso8601_us(clock_now_us(), now), err);
}
