/* The environment and .env files: what values are read, what is refused, who wins. */
#include "base/limits.h"
#include "config/env.h"
#include "unit.h"

struct fixture {
    arena *a;
    struct env env;
    int line;
    agentos_error err;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));

    f->a = arena_new();
    *state = f;
    return clearenv();
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    env_clear(&f->env);
    arena_free(f->a);
    test_free(f);
    return 0;
}

static void every_form_of_a_value_is_read(void **state)
{
    static const struct {
        const char *text, *value; /* of A */
    } cases[] = {
        { "A=b", "b" },
        { "A=b\n", "b" },
        { "A=b\r\n", "b" },
        { "  A = b  \n", "b" },
        { "export A=b\n", "b" },
        { "\xEF\xBB\xBF"
          "A=b\n",
          "b" },
        { "# comment\n\nA=b # comment\n", "b" },
        { "A=b#c\n", "b#c" },
        { "A=b=c\n", "b=c" },
        { "A='b # \\n $C'\n", "b # \\n $C" },
        { "A=\"b\\n\\\"c\\\"\\\\\" # comment\n", "b\n\"c\"\\" },
        { "A=\"\\x\"\n", "\\x" },
        { "A=\"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n\"\nB=c\n",
          "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n" },
        { "A='line one\nline two'\n", "line one\nline two" },
        { "A=b\nA=c\n", "c" },
        { "A=$HOME/x\n", "$HOME/x" },
        { "A=\n", NULL },
        { "A=''\n", NULL },
        { "B=c\n", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct env env = { 0 };
        AUTO(arena) *a = arena_new();
        int line;

        assert_int_equal(env_read(&env, str_of(cases[i].text), a, &line, NULL), AGENTOS_OK);
        const char *value = env_get(&env, "A");
        if (cases[i].value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, cases[i].value);
        env_clear(&env);
    }
}

static void what_is_no_assignment_is_refused_with_its_line_and_without_its_text(void **state)
{
    static const struct {
        const char *text, *sentence;
        int line;
    } cases[] = {
        { "A=b\nplanted-secret\n", "must be NAME=VALUE", 2 },
        { "=planted-secret\n", "must be NAME=VALUE", 1 },
        { "1A=planted-secret\n", "must be NAME=VALUE", 1 },
        { "A B=planted-secret\n", "must be NAME=VALUE", 1 },
        { "A='x\ny'\nB=\"planted-secret\nC=d\n", "missing closing quote of 'B'", 3 },
        { "A='planted-secret' x\n", "unexpected text after the closing quote of 'A'", 1 },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(env_read(&f->env, str_of(cases[i].text), f->a, &f->line, &f->err),
                         AGENTOS_INVALID);
        assert_string_equal(f->err.message, cases[i].sentence);
        assert_int_equal(f->line, cases[i].line);
    }
}

static void a_nul_byte_and_an_endless_file_are_refused(void **state)
{
    struct fixture *f = *state;
    str large = { arena_alloc(f->a, CONFIG_MAX_BYTES + 1), CONFIG_MAX_BYTES + 1 };

    assert_int_equal(env_read(&f->env, STR("A=b\0c\n"), f->a, &f->line, &f->err), AGENTOS_INVALID);
    assert_string_equal(f->err.message, "'A' contains a NUL byte");
    assert_int_equal(env_read(&f->env, large, f->a, &f->line, &f->err), AGENTOS_INVALID);
}

static void the_process_wins_over_the_file_and_empty_is_unset(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(env_read(&f->env, STR("A=file\nB=file\n"), f->a, &f->line, &f->err),
                     AGENTOS_OK);
    assert_int_equal(setenv("A", "process", 1), 0);
    assert_int_equal(setenv("B", "", 1), 0);
    assert_int_equal(setenv("C", "", 1), 0);
    assert_string_equal(env_get(&f->env, "A"), "process");
    assert_false(env_is_from_file(&f->env, "A"));
    assert_string_equal(env_get(&f->env, "B"), "file");
    assert_true(env_is_from_file(&f->env, "B"));
    assert_null(env_get(&f->env, "C"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_value_is_read),
        cmocka_unit_test_setup_teardown(
            what_is_no_assignment_is_refused_with_its_line_and_without_its_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_nul_byte_and_an_endless_file_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_process_wins_over_the_file_and_empty_is_unset, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
