/* The certificates that servers are verified by: libcurl's file where it exists, else the system's.
 */
#include "http/certificates.h"

#include "unit.h"

static void the_first_file_that_can_be_read_is_taken(void **state)
{
    static const char *const absent_first[] = { "/nowhere/a.pem", "/proc/self/status",
                                                "/etc/passwd" };
    static const char *const absent[] = { "/nowhere/a.pem", "/nowhere/b.pem" };

    (void)state;
    assert_string_equal(certificates_find_in("/nowhere/own.pem", absent_first, 3),
                        "/proc/self/status");
    assert_string_equal(certificates_find_in(NULL, absent_first, 3), "/proc/self/status");
    assert_null(certificates_find_in("/nowhere/own.pem", absent, 2));
    assert_null(certificates_find_in("/nowhere/own.pem", NULL, 0));
}

static void the_setting_of_libcurl_stays_where_its_file_is_there(void **state)
{
    static const char *const names[] = { "/proc/self/status" };

    (void)state;
    assert_null(certificates_find_in("/etc/passwd", names, 1));
    assert_null(certificates_find("/etc/passwd"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_file_that_can_be_read_is_taken),
        cmocka_unit_test(the_setting_of_libcurl_stays_where_its_file_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
