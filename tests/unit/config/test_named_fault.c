/* An error about a key becomes a fault at that key's line and column, or one of the variable that
 * the value came from. */
#include "config/option_rows.h"
#include "config/reading.h"
#include "unit.h"

struct outer {
    const char *first, *name, *secret, *list;
};

static void read_anything(struct config_reading *r, const struct option_row *row, struct place at,
                          void *target)
{
    (void)r, (void)row, (void)at, (void)target; /* only the places count here */
}

static const struct option_row rows[] = {
    { "name", TEXT(struct outer, name) },
    { "secret", TEXT(struct outer, secret), .variables = "TEST_SECRET TEST_OTHER" },
    { "roles", OWN(read_anything, "scopes", "map of lists") },
    { "agents", OWN(read_anything, NULL, "list") },
};
static const struct option_section section = SECTION_OF(rows);

static const char text[] = "name: x\n"
                           "secret: y\n"
                           "roles:\n"
                           "  ops: [a]\n"
                           "  ops.eu: [b]\n"
                           "agents:\n"
                           "- {id: p}\n"
                           "- {id: q}\n";

struct expected {
    const char *key; /* NULL: the error is about none */
    const char *file;
    int line, column;
    const char *shown; /* as the key of the fault */
};

static void add_fault(struct config_reading *r, const char *key, bool is_warning)
{
    agentos_error err = { .status = AGENTOS_INVALID, .message = "is wrong" };

    if (key != NULL)
        assert_int_equal(fail_about(&err, AGENTOS_INVALID, "%s", "is wrong", key), AGENTOS_INVALID);
    if (is_warning)
        named_fault_warn(r, key, "is wrong");
    else
        named_fault_add(r, &err);
}

static void check(const struct expected *expected, bool is_warning)
{
    AUTO(arena) *a = arena_new();
    struct config_faults faults = { .count = 0 };
    struct outer outer = { NULL, NULL, NULL, NULL };
    struct config_reading r = { .a = a, .faults = { .a = a, .out = &faults }, .rows = &section };
    agentos_error err;

    reading_open(&r, &(struct config_source){ .path = "a.yaml", .usual = "b.yaml", .text = text });
    assert_true(reading_fill(&r, &outer));
    add_fault(&r, expected->key, is_warning);
    assert_int_equal(reading_close(&r, &err), is_warning ? AGENTOS_OK : AGENTOS_INVALID);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.all[0].is_warning, is_warning);
    assert_string_equal(faults.all[0].file, expected->file);
    assert_int_equal(faults.all[0].line, expected->line);
    assert_int_equal(faults.all[0].column, expected->column);
    assert_string_equal(faults.all[0].sentence, "is wrong");
    if (expected->shown == NULL)
        assert_null(faults.all[0].key);
    else
        assert_string_equal(faults.all[0].key, expected->shown);
}

static void a_key_is_found_where_the_file_has_it(void **state)
{
    static const struct expected cases[] = {
        { "name", "a.yaml", 1, 7, "name" },
        { "roles.ops", "a.yaml", 4, 8, "roles.ops" },
        { "agents[1].id", "a.yaml", 8, 8, "agents[1].id" },
    };

    (void)state; /* there is none */
    for (size_t i = 0; i < COUNT(cases); i++) {
        check(&cases[i], false);
        check(&cases[i], true);
    }
}

/* Keys may hold dots: the longest name that fits is meant. */
static void of_two_names_the_longer_is_meant(void **state)
{
    (void)state; /* there is none */
    check(&(struct expected){ "roles.ops.eu", "a.yaml", 5, 11, "roles.ops.eu" }, false);
}

static void what_the_file_lacks_is_at_the_nearest_key(void **state)
{
    (void)state; /* there is none */
    check(&(struct expected){ "roles.dev", "a.yaml", 4, 3, "roles.dev" }, false);
    check(&(struct expected){ "other", "a.yaml", 0, 0, "other" }, false);
}

static void an_error_about_no_key_is_about_the_file(void **state)
{
    (void)state; /* there is none */
    check(&(struct expected){ NULL, "a.yaml", 0, 0, NULL }, false);
}

static void a_variable_takes_precedence_over_its_key(void **state)
{
    static const struct expected of_file = { "secret", "a.yaml", 2, 9, "secret" };
    static const struct expected of_variable = { "secret", "environment", 0, 0, "TEST_SECRET" };
    static const struct expected set = { "TEST_SECRET", "environment", 0, 0, "TEST_SECRET" };
    static const struct expected not_set = { "TEST_SECRET", "a.yaml", 0, 0, "TEST_SECRET" };

    (void)state; /* there is none */
    check(&of_file, false);
    assert_int_equal(setenv("TEST_SECRET", "z", 1), 0);
    check(&of_variable, false);
    check(&set, false);
    assert_int_equal(unsetenv("TEST_SECRET"), 0);
    check(&not_set, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_found_where_the_file_has_it),
        cmocka_unit_test(of_two_names_the_longer_is_meant),
        cmocka_unit_test(what_the_file_lacks_is_at_the_nearest_key),
        cmocka_unit_test(an_error_about_no_key_is_about_the_file),
        cmocka_unit_test(a_variable_takes_precedence_over_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
