/* HOST[:PORT], as URLs and Host headers have it. */
#include "base/host_port.h"

#include "unit.h"

static void hosts_with_and_without_a_port_are_valid(void **state)
{
    static const char *const texts[] = {
        "localhost",           "example.com",   "example.com:443",
        "example.com:",        "10.0.0.1:8080", "[::1]",
        "[::1]:8080",          "[::1]:",        "[2001:db8::1]",
        "[::ffff:10.0.0.1]:1", "[fe80::1%25]",  "[fe80::1%25eth0]",
        "under_score:0",       "x:65535",       "x:00080",
    };

    (void)state;
    for (EACH(texts, text))
        if (!host_port_is_valid(str_of(*text)))
            fail_msg("%s", *text);
}

static void what_is_no_host_or_no_port_is_not(void **state)
{
    static const char *const texts[] = {
        "",       ":",       ":80",     "x:y",  "x:80:81",     "x:-1",
        "x:+1",   "x: 1",    "x:65536", "[::1", "::1]",        "[]",
        "[:80",   "[::1]x",  "[::1]:x", "::1",  "x]",          "a[b]",
        "[::1]]", "[[::1]]", "[x::1]",  "[1]",  "[::1]:65536", "x:99999999999999999999",
        "x:0x50",
    };

    (void)state;
    for (EACH(texts, text))
        if (host_port_is_valid(str_of(*text)))
            fail_msg("%s", *text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_with_and_without_a_port_are_valid),
        cmocka_unit_test(what_is_no_host_or_no_port_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
