/* What is counted of each refusal and advised against it. */
#include "auth/explain/refusal_notes.h"
#include "auth/issuer/preset_table.h"
#include "unit.h"

static const agentos_status statuses[REFUSALS] = {
#define X(name, status, sentence) [REFUSAL_##name] = AGENTOS_##status,
    REFUSAL_LIST(X)
#undef X
};

static const char *advice_on(enum refusal_code code, arena *a)
{
    struct explanation why = { .arena = a };

    advise(&why, NULL, code);
    return why.advice;
}

static void labels_have_names_of_their_own(void **state)
{
    (void)state;
    for (enum refusal_label label = LABEL_OTHER; label < REFUSAL_LABELS; label++)
        for (enum refusal_label more = label + 1; more < REFUSAL_LABELS; more++)
            assert_string_not_equal(refusal_label_name(label), refusal_label_name(more));
}

/* Who is known and may not is counted as one; who is unknown never is. */
static void a_403_is_counted_as_scope_and_nothing_else_is(void **state)
{
    (void)state;
    for (enum refusal_code code = REFUSAL_NONE + 1; code < REFUSALS; code++)
        assert_true((refusal_label(code) == LABEL_SCOPE) == (statuses[code] == AGENTOS_FORBIDDEN));
    assert_int_equal(refusal_label(REFUSAL_NONE), LABEL_OTHER);
    assert_int_equal(refusal_label(REFUSAL_EXPIRED), LABEL_EXPIRED);
    assert_int_equal(refusal_label(REFUSAL_THROTTLED), LABEL_THROTTLED);
}

static void every_refusal_but_for_a_scope_has_advice(void **state)
{
    static const enum refusal_code by_route[] = { REFUSAL_SCOPE_MISSING, REFUSAL_RESOURCE_DENIED,
                                                  REFUSAL_CREDENTIAL_NEEDED, REFUSAL_ADMIN_NEEDED };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (enum refusal_code code = REFUSAL_NONE + 1; code < REFUSALS; code++) {
        bool is_by_route = false;

        for (EACH(by_route, one))
            is_by_route = is_by_route || *one == code;
        assert_true((advice_on(code, a) == NULL) == is_by_route);
    }
    assert_null(advice_on(REFUSAL_NONE, a));
}

static bool is_preset(const char *name)
{
    for (size_t i = 0; i < preset_count; i++)
        if (strcmp(presets[i].name, name) == 0)
            return true;
    return false;
}

static void special_advice_is_given_for_its_preset_alone(void **state)
{
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < preset_advice_count; i++) {
        const struct preset_advice *special = &preset_advice[i];
        struct explanation why = { .arena = a };

        assert_true(is_preset(special->preset));
        advise(&why, special->preset, special->code);
        assert_string_equal(why.advice, special->advice);
        advise(&why, "generic", special->code); /* the first stays */
        assert_string_equal(why.advice, special->advice);
        why.advice = NULL;
        advise(&why, "generic", special->code);
        assert_string_equal(why.advice, advice_on(special->code, a));
        assert_string_not_equal(why.advice, special->advice);
        for (size_t j = 0; j < i; j++)
            assert_false(preset_advice[j].code == special->code &&
                         strcmp(preset_advice[j].preset, special->preset) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_have_names_of_their_own),
        cmocka_unit_test(a_403_is_counted_as_scope_and_nothing_else_is),
        cmocka_unit_test(every_refusal_but_for_a_scope_has_advice),
        cmocka_unit_test(special_advice_is_given_for_its_preset_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
