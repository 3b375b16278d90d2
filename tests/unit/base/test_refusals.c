/* Refusals: a status and a code each, a word of its own for the log, and sentences whole. */
#include "base/refusals.h"
#include "unit.h"

static const char *const sentences[REFUSALS] = {
#define X(name, status, sentence) [REFUSAL_##name] = sentence,
    REFUSAL_LIST(X)
#undef X
};

static void a_refusal_has_status_code_and_sentence(void **state)
{
    agentos_error err;

    (void)state;
    assert_int_equal(refuse(&err, REFUSAL_EXPIRED), AGENTOS_UNAUTHENTICATED);
    assert_int_equal(err.status, AGENTOS_UNAUTHENTICATED);
    assert_int_equal(err.code, REFUSAL_EXPIRED);
    assert_int_equal(err.subject_len, 0);
    assert_string_equal(err.message, "Token has expired");
    assert_int_equal(refuse(NULL, REFUSAL_THROTTLED), AGENTOS_TOO_MANY);
}

static void arguments_are_put_into_the_sentence(void **state)
{
    agentos_error err;

    (void)state;
    assert_int_equal(refuse_with(&err, REFUSAL_SCOPE_MISSING, "agents:run"), AGENTOS_FORBIDDEN);
    assert_int_equal(err.code, REFUSAL_SCOPE_MISSING);
    assert_string_equal(err.message, "Insufficient permissions. Required scope(s): agents:run");
    assert_int_equal(refuse_with(NULL, REFUSAL_SCOPE_MISSING, "x"), AGENTOS_FORBIDDEN);
}

/* Every row whose sentence is whole can be refused with, and only as what a caller is refused. */
static void each_row_refuses_a_caller(void **state)
{
    (void)state;
    for (enum refusal_code code = REFUSAL_NONE + 1; code < REFUSALS; code++) {
        agentos_error err;

        if (strchr(sentences[code], '%') != NULL)
            continue;
        agentos_status status = refuse(&err, code);
        assert_true(status == AGENTOS_INVALID || status == AGENTOS_UNAUTHENTICATED ||
                    status == AGENTOS_FORBIDDEN || status == AGENTOS_TOO_MANY);
        assert_int_equal(err.code, code);
        assert_string_equal(err.message, sentences[code]);
    }
}

static void words_are_lower_case_and_nobody_elses(void **state)
{
    char word[REFUSAL_WORD_SIZE], other[REFUSAL_WORD_SIZE];

    (void)state;
    assert_string_equal(refusal_word(REFUSAL_SIGNATURE_WRONG, word), "signature_wrong");
    assert_string_equal(refusal_word(REFUSAL_NONE, word), "other");
    for (enum refusal_code code = REFUSAL_NONE; code < REFUSALS; code++) {
        const char *text = refusal_word(code, word);

        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(text));
        for (enum refusal_code more = code + 1; more < REFUSALS; more++)
            assert_string_not_equal(text, refusal_word(more, other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_has_status_code_and_sentence),
        cmocka_unit_test(arguments_are_put_into_the_sentence),
        cmocka_unit_test(each_row_refuses_a_caller),
        cmocka_unit_test(words_are_lower_case_and_nobody_elses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
