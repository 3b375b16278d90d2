/* A failure's sentence: recorded whole or cut between characters, never read where it may not be.
 */
#include "base/error.h"

static agentos_status refuse(agentos_error *err, const char *text)
{
    return fail(err, AGENTOS_CONFLICT, "%s", text);
}

static agentos_status refuse_quoted(agentos_error *err, str name)
{
    return fail(err, AGENTOS_INVALID, "unknown key " QUOTED, QUOTE(name));
}

static int steps;

static agentos_status try_twice(agentos_status first)
{
    TRY(first);
    steps++;
    return AGENTOS_OK;
}

#include "unit.h"

static void a_failure_is_recorded_and_returned(void **state)
{
    agentos_error err;

    (void)state;
    assert_int_equal(refuse(&err, "taken"), AGENTOS_CONFLICT);
    assert_int_equal(err.status, AGENTOS_CONFLICT);
    assert_string_equal(err.message, "taken");
    assert_int_equal(refuse(NULL, "nobody asks"), AGENTOS_CONFLICT);
}

static void try_passes_a_failure_on_and_lets_success_go_by(void **state)
{
    (void)state;
    steps = 0;
    assert_int_equal(try_twice(AGENTOS_NOT_FOUND), AGENTOS_NOT_FOUND);
    assert_int_equal(steps, 0);
    assert_int_equal(try_twice(AGENTOS_OK), AGENTOS_OK);
    assert_int_equal(steps, 1);
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    char text[2048];
    agentos_error err;

    (void)state;
    for (size_t shift = 0; shift < 5; shift++) {
        memset(text, 'x', shift);
        for (size_t at = shift; at + 4 < sizeof(text); at += 4)
            memcpy(text + at, "\xF0\x9F\x98\x80", 5);
        (void)refuse(&err, text);
        assert_true(str_is_utf8(str_of(err.message)));
        assert_in_range(strlen(err.message), 1020, 1023);
    }
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)refuse(&err, text);
    assert_int_equal(strlen(err.message), 1023);
}

static agentos_status refuse_option(agentos_error *err, const char *section, const char *value)
{
    return fail_about(err, AGENTOS_INVALID, "%s.key", "'%s' has no place", section, value);
}

static void a_subject_is_measured_wherever_colons_stand(void **state)
{
    static const char *const sections[] = { "a", "a: b", "", "roles.x: y: z" };
    agentos_error err;

    (void)state;
    for (EACH(sections, section)) {
        assert_int_equal(refuse_option(&err, *section, "1: 2"), AGENTOS_INVALID);
        assert_int_equal(err.subject_len, strlen(*section) + strlen(".key"));
        assert_string_equal(err.message + err.subject_len, ": '1: 2' has no place");
        assert_int_equal(err.code, 0);
    }
    assert_int_equal(refuse_option(NULL, "a", "b"), AGENTOS_INVALID);
    (void)refuse_option(&err, "a", "b");
    (void)refuse(&err, "about nothing");
    assert_int_equal(err.subject_len, 0);
}

static void a_subject_that_is_cut_is_none(void **state)
{
    char section[2048];
    agentos_error err;

    (void)state;
    memset(section, 'x', sizeof(section) - 1);
    section[sizeof(section) - 1] = '\0';
    (void)refuse_option(&err, section, "");
    assert_int_equal(strlen(err.message), 1023);
    assert_int_equal(err.subject_len, 0);
}

static void another_sentence_keeps_status_and_code(void **state)
{
    const agentos_error reason = { .status = AGENTOS_CONFLICT, .code = 7, .message = "taken" };
    agentos_error err;

    (void)state;
    assert_int_equal(fail_because(&err, &reason, "refused: %s", reason.message), AGENTOS_CONFLICT);
    assert_int_equal(err.status, AGENTOS_CONFLICT);
    assert_int_equal(err.code, 7);
    assert_string_equal(err.message, "refused: taken");
    assert_int_equal(fail_because(NULL, &reason, "x"), AGENTOS_CONFLICT);
    assert_int_equal(fail_again(&err, &reason), AGENTOS_CONFLICT);
    assert_string_equal(err.message, "taken");
    assert_int_equal(fail_again(NULL, &reason), AGENTOS_CONFLICT);
    (void)refuse(&err, "anew");
    assert_int_equal(err.code, 0);
}

static void a_quoted_name_is_cut_between_characters(void **state)
{
    char name[200];
    agentos_error err;

    (void)state;
    memset(name, 'x', sizeof(name));
    memcpy(name + 127, "\xC3\xA9", 2); /* its second byte would be the 129th */
    (void)refuse_quoted(&err, (str){ name, sizeof(name) });
    assert_int_equal(strlen(err.message), strlen("unknown key ''") + 127);
    (void)refuse_quoted(&err, STR("colour"));
    assert_string_equal(err.message, "unknown key 'colour'");
}

static void each_status_has_a_name_and_a_code(void **state)
{
    (void)state;
#define X(name, http, text)                                          \
    assert_string_equal(agentos_status_name(AGENTOS_##name), #name); \
    assert_int_equal(agentos_status_http(AGENTOS_##name), http);     \
    assert_true(sizeof(text) > 1);
    AGENTOS_STATUS_MAP(X)
#undef X
    assert_int_equal(AGENTOS_OK, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_recorded_and_returned),
        cmocka_unit_test(try_passes_a_failure_on_and_lets_success_go_by),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(a_subject_is_measured_wherever_colons_stand),
        cmocka_unit_test(a_subject_that_is_cut_is_none),
        cmocka_unit_test(another_sentence_keeps_status_and_code),
        cmocka_unit_test(a_quoted_name_is_cut_between_characters),
        cmocka_unit_test(each_status_has_a_name_and_a_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
