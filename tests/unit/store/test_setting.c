/* A setting is made once and stays. */
#include "store/setting.h"

#include "store.h"

static void the_first_value_of_a_setting_stays(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const char *value;

    (void)state;
    assert_int_equal(setting_get_or_put(conn, "os_id", "one", a, &value, NULL), AGENTOS_OK);
    assert_string_equal(value, "one");
    assert_int_equal(setting_get_or_put(conn, "os_id", "two", a, &value, NULL), AGENTOS_OK);
    assert_string_equal(value, "one");
    assert_int_equal(
        setting_get_or_put(conn, "other", "'; DROP TABLE settings; --", a, &value, NULL),
        AGENTOS_OK);
    assert_string_equal(value, "'; DROP TABLE settings; --");
    sql_disconnect(conn);
}

static void a_touch_writes_and_leaves_the_settings_as_they_are(void **state)
{
    struct db_conn *conn = conn_new();
    AUTO(arena) *a = arena_new();
    const char *value;

    (void)state;
    assert_int_equal(setting_get_or_put(conn, "os_id", "one", a, &value, NULL), AGENTOS_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(setting_touch(conn, NULL), AGENTOS_OK);
    assert_int_equal(setting_get_or_put(conn, "os_id", "two", a, &value, NULL), AGENTOS_OK);
    assert_string_equal(value, "one");
    assert_int_equal(sql_script(conn, "DROP TABLE settings", NULL), AGENTOS_OK);
    assert_int_not_equal(setting_touch(conn, NULL), AGENTOS_OK);
    sql_disconnect(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_value_of_a_setting_stays),
        cmocka_unit_test(a_touch_writes_and_leaves_the_settings_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
