/* The Cookie header. */
#include "base/limits.h"
#include "http/form.h"
#include "unit.h"

static void the_first_cookie_of_a_name_is_found(void **state)
{
    static const struct {
        str header, value;
    } cases[] = {
        { STR_INIT("token=abc"), STR_INIT("abc") },
        { STR_INIT("a=1; token=abc; b=2"), STR_INIT("abc") },
        { STR_INIT("token=1; token=2"), STR_INIT("1") },
        { STR_INIT("a=1;token=abc"), STR_INIT("abc") },
        { STR_INIT("token=\"a b\""), STR_INIT("a b") },
        { STR_INIT("token=a=b=="), STR_INIT("a=b==") },
        { STR_INIT("token="), STR_INIT("") },
        { STR_INIT("token"), STR_INIT("") },
        { STR_INIT("token=\""), STR_INIT("\"") },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header header = { STR("Cookie"), cases[i].header };
        struct headers headers = { &header, 1 };
        str value;

        assert_true(cookie_find(&headers, STR("token"), &value));
        assert_text(value, cases[i].value);
    }
}

static void other_names_are_not_mistaken_for_it(void **state)
{
    static const str cases[] = { STR_INIT(""),          STR_INIT("tokens=1"), STR_INIT("Token=1"),
                                 STR_INIT("a=token=1"), STR_INIT(";;;"),      STR_INIT("=token") };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct header header = { STR("cookie"), cases[i] };
        struct headers headers = { &header, 1 };
        str value;

        assert_false(cookie_find(&headers, STR("token"), &value));
    }
}

static void several_cookie_headers_are_read_in_order(void **state)
{
    struct header all[] = { { STR("cookie"), STR("a=1") },
                            { STR("x"), STR("token=no") },
                            { STR("COOKIE"), STR("token=yes") } };
    struct headers headers = { all, COUNT(all) };
    str value;

    (void)state;
    assert_true(cookie_find(&headers, STR("token"), &value));
    assert_text(value, STR("yes"));
}

static void cookies_beyond_the_limit_are_not_seen(void **state)
{
    char text[8 * COOKIES_MAX] = "";
    size_t len = 0;

    (void)state;
    for (int i = 0; i < COOKIES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "a=%d;", i);
    (void)snprintf(text + len, sizeof(text) - len, "token=1");

    struct header header = { STR("cookie"), str_of(text) };
    struct headers headers = { &header, 1 };
    str value;
    assert_false(cookie_find(&headers, STR("token"), &value));
    header.value = str_from(header.value, 4); /* one cookie less */
    assert_true(cookie_find(&headers, STR("token"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_cookie_of_a_name_is_found),
        cmocka_unit_test(other_names_are_not_mistaken_for_it),
        cmocka_unit_test(several_cookie_headers_are_read_in_order),
        cmocka_unit_test(cookies_beyond_the_limit_are_not_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
