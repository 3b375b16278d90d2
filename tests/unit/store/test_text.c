/* Macros in query texts: what each becomes, and what is refused. */
#include "store/text.h"

#include "store.h"

static const str own = STR_INIT("(@.user_id = :u AND @.issuer = :i)");

static void every_macro_becomes_sqlites_words(void **state)
{
    static const struct {
        const char *text, *expanded;
    } cases[] = {
        { "SELECT 1", "SELECT 1" },
        { "", "" },
        { "$greatest(a, b)", "max(a, b)" },
        { "x = $greatest(coalesce(a, 0), :b) + 1", "x = max(coalesce(a, 0), :b) + 1" },
        { "$greatest($greatest(a, b), c)", "max(max(a, b), c)" },
        { "$contains(hay, ' (,) ' || x)", "(instr(hay, ' (,) ' || x) > 0)" },
        { "$contains(lower(hay), lower(:x)) AND y", "(instr(lower(hay), lower(:x)) > 0) AND y" },
        { "CREATE TABLE t (id $id, n $int) $strict",
          "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER) STRICT" },
        { "WHERE $owned(s)", "WHERE (s.user_id = :u AND s.issuer = :i)" },
        { "$greatest($owned(s), $owned(t))",
          "max((s.user_id = :u AND s.issuer = :i), (t.user_id = :u AND t.issuer = :i))" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF out = buf_with_limit(KiB);
        size_t owned_count;
        assert_int_equal(
            text_expand(str_of(cases[i].text), DIALECT_SQLITE, own, &out, &owned_count, NULL),
            AGENTOS_OK);
        buf_append_char(&out, '\0');
        assert_string_equal(out.ptr, cases[i].expanded);
    }
}

static void what_is_no_macro_is_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        { "SELECT $nothing(a)", "A query has the unknown macro 'nothing'" },
        { "SELECT $", "A query has the unknown macro ''" },
        { "$greatest", "A query's macro lacks its arguments" },
        { "$greatest a, b", "A query's macro lacks its arguments" },
        { "$greatest(a)", "A query's macro has a wrong number of arguments" },
        { "$greatest(a, b, c)", "A query's macro has a wrong number of arguments" },
        { "$greatest(a, b", "A query's macro has a wrong number of arguments" },
        { "$greatest(a, ')", "A query's macro has a wrong number of arguments" },
        { "$owned(s", "A query's macro has a wrong number of arguments" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO_BUF out = buf_with_limit(KiB);
        size_t owned_count;
        agentos_error err;
        assert_int_equal(
            text_expand(str_of(cases[i].text), DIALECT_SQLITE, own, &out, &owned_count, &err),
            AGENTOS_INTERNAL);
        assert_string_equal(err.message, cases[i].sentence);
    }
}

static void an_owner_condition_needs_an_owner_and_is_counted(void **state)
{
    AUTO_BUF out = buf_with_limit(KiB);
    size_t owned_count = 9;
    agentos_error err;

    (void)state;
    assert_int_equal(text_expand(STR("SELECT 1"), DIALECT_SQLITE, own, &out, &owned_count, NULL),
                     AGENTOS_OK);
    assert_int_equal(owned_count, 0);
    assert_int_equal(text_expand(STR("$contains($owned(a), $owned(b))"), DIALECT_SQLITE, own, &out,
                                 &owned_count, NULL),
                     AGENTOS_OK);
    assert_int_equal(owned_count, 2);
    assert_int_equal(
        text_expand(STR("$owned(a)"), DIALECT_SQLITE, (str){ 0 }, &out, &owned_count, &err),
        AGENTOS_INTERNAL);
    assert_string_equal(err.message, "A query has an owner condition but no owner");
}

static void a_text_beyond_its_limit_is_refused(void **state)
{
    AUTO_BUF out = buf_with_limit(8);
    size_t owned_count;

    (void)state;
    assert_int_equal(
        text_expand(STR("SELECT 1 + 1"), DIALECT_SQLITE, own, &out, &owned_count, NULL),
        AGENTOS_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_macro_becomes_sqlites_words),
        cmocka_unit_test(what_is_no_macro_is_refused),
        cmocka_unit_test(an_owner_condition_needs_an_owner_and_is_counted),
        cmocka_unit_test(a_text_beyond_its_limit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
