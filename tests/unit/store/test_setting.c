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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_first_value_of_a_setting_stays) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
