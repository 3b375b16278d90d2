/* Which key somebody meant: typos find it, other words do not. */
#include "config/nearest.h"
#include "unit.h"

static const char *const names[] = { "authorization", "agents", "listen", "log", "id" };

static void a_typo_finds_the_key_that_was_meant(void **state)
{
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        { "authorisation", "authorization" },
        { "Authorization", "authorization" },
        { "agent", "agents" },
        { "agnets", "agents" },
        { "listne", "listen" },
        { "lgo", "log" },
        { "authoriztion", "authorization" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(nearest_name(str_of(cases[i].typed), names, COUNT(names)),
                            cases[i].meant);
}

static void a_word_far_from_all_keys_finds_none(void **state)
{
    static const char *const far[] = {
        "",        "x",    "banana",
        "authors", "list", "a_name_that_is_much_longer_than_any_key_of_the_file_could_be"
    };

    (void)state;
    for (size_t i = 0; i < COUNT(far); i++)
        assert_null(nearest_name(str_of(far[i]), names, COUNT(names)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typo_finds_the_key_that_was_meant),
        cmocka_unit_test(a_word_far_from_all_keys_finds_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
