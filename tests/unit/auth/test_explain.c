/* Steps are kept in order, within a bound, and only where somebody asked. */
#include "auth/explain/explain.h"
#include "auth/explain/refusal_notes.h"
#include "unit.h"

static void steps_are_kept_in_order(void **state)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };

    (void)state;
    explain(&why, "token", true, "found in %s", "the header");
    explain(&why, "scope", false, "needs %d", 2);
    explain_advice(&why, "get %s", "it");
    assert_int_equal(why.count, 2);
    assert_string_equal(why.steps[0].name, "token");
    assert_true(why.steps[0].passed);
    assert_string_equal(why.steps[0].detail, "found in the header");
    assert_false(why.steps[1].passed);
    assert_string_equal(why.steps[1].detail, "needs 2");
    assert_string_equal(why.advice, "get it");
}

static void nobody_asking_is_fine(void **state)
{
    (void)state;
    explain(NULL, "token", true, "x");
    explain_advice(NULL, "x");
    advise(NULL, NULL, REFUSAL_EXPIRED);
}

static void steps_beyond_the_bound_and_long_sentences_are_cut(void **state)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };
    char text[4096];

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < EXPLAIN_STEPS_MAX + 5; i++)
        explain(&why, "step", true, "%s", text);
    assert_int_equal(why.count, EXPLAIN_STEPS_MAX);
    assert_int_equal(strlen(why.steps[0].detail), 1023);
}

/* A token may have hundreds of scopes; what was decided is told all the same. */
static void many_scopes_leave_room_for_the_decision(void **state)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };

    (void)state;
    explain_left_out(&why);
    assert_int_equal(why.count, 0);
    for (int i = 0; i < EXPLAIN_STEPS_MAX; i++)
        explain_each(&why, "held", true, "scope %d", i);
    explain_left_out(&why);
    explain(&why, "access", false, "no");
    assert_int_equal(why.count, EXPLAIN_STEPS_MAX - EXPLAIN_RESERVE + 2);
    assert_string_equal(why.steps[why.count - 2].detail, "48 more scopes and roles");
    assert_string_equal(why.steps[why.count - 1].name, "access");
    explain_each(NULL, "held", true, "x");
    explain_left_out(NULL);
}

static void control_characters_do_not_reach_a_terminal(void **state)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };

    (void)state;
    explain(&why, "format", true, "kid '%s'", "\x1b[2J\n");
    assert_string_equal(why.steps[0].detail, "kid '?[2J?'");
}

static void known_refusals_have_advice_and_others_have_none(void **state)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };

    (void)state;
    advise(&why, NULL, REFUSAL_NONE);
    assert_null(why.advice);
    advise(&why, NULL, REFUSAL_EXPIRED);
    assert_non_null(why.advice);
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_HEADER_MISSING);
    assert_non_null(strstr(why.advice, "token_header"));
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_HEADER_NOT_BASE64);
    assert_non_null(strstr(why.advice, "plain signed JWT"));
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_SESSION_INVALID);
    assert_non_null(strstr(why.advice, "session_id"));
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_KEY_UNKNOWN);
    assert_non_null(strstr(why.advice, "publish"));
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_CLAIM_WRONG);
    assert_non_null(strstr(why.advice, "access token"));
    why.advice = NULL;
    advise(&why, NULL, REFUSAL_KEY_BOUND);
    assert_non_null(strstr(why.advice, "bearer"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_kept_in_order),
        cmocka_unit_test(nobody_asking_is_fine),
        cmocka_unit_test(steps_beyond_the_bound_and_long_sentences_are_cut),
        cmocka_unit_test(many_scopes_leave_room_for_the_decision),
        cmocka_unit_test(control_characters_do_not_reach_a_terminal),
        cmocka_unit_test(known_refusals_have_advice_and_others_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
