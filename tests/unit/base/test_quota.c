/* What holders use: bounds that hold for each apart, and shares that give back what they used. */
#include "base/quota.h"

#include "unit.h"

static const struct quota_amount bound = { .runs = 2, .bytes = 100 };

static const char *set(struct quota_share *share, size_t runs, size_t bytes)
{
    return quota_share_set(share, (struct quota_amount){ runs, bytes }, bound);
}

static void a_holder_is_refused_above_the_bound_and_another_is_not(void **state)
{
    struct quota *quota = quota_new();
    struct quota_share *first = quota_share_new(quota, STR("a"));
    struct quota_share *second = quota_share_new(quota, STR("a"));
    struct quota_share *other = quota_share_new(quota, STR("b"));

    (void)state;
    assert_null(set(first, 1, 60));
    assert_string_equal(set(second, 1, 41), "bytes");
    assert_null(set(second, 1, 40));
    assert_string_equal(set(second, 2, 40), "runs");
    assert_null(set(other, 2, 100));
    quota_share_unref(first);
    assert_null(set(second, 2, 100));
    quota_share_unref(second);
    quota_share_unref(other);
    quota_free(quota); /* ensures that no holder is left */
}

static void less_is_never_refused_even_above_a_bound_that_was_lowered(void **state)
{
    struct quota *quota = quota_new();
    struct quota_share *share = quota_share_new(quota, STR(""));

    (void)state;
    assert_null(set(share, 2, 100));
    assert_null(
        quota_share_set(share, (struct quota_amount){ 2, 90 }, (struct quota_amount){ 1, 50 }));
    assert_string_equal(
        quota_share_set(share, (struct quota_amount){ 2, 91 }, (struct quota_amount){ 1, 50 }),
        "bytes");
    assert_null(
        quota_share_set(share, (struct quota_amount){ 0, 0 }, (struct quota_amount){ 0, 0 }));
    assert_string_equal(
        quota_share_set(share, (struct quota_amount){ 0, 1 }, (struct quota_amount){ 0, 0 }),
        "bytes");
    quota_share_unref(share);
    quota_free(quota);
}

static void the_greatest_numbers_do_not_wrap(void **state)
{
    struct quota *quota = quota_new();
    struct quota_share *share = quota_share_new(quota, STR("a"));
    struct quota_share *more = quota_share_new(quota, STR("a"));
    const struct quota_amount all = { SIZE_MAX, SIZE_MAX };

    (void)state;
    assert_null(set(share, 0, 10));
    assert_string_equal(quota_share_set(more, (struct quota_amount){ 0, SIZE_MAX }, all), "bytes");
    assert_null(quota_share_set(more, (struct quota_amount){ 0, SIZE_MAX - 10 }, all));
    quota_share_unref(share);
    quota_share_unref(more);
    quota_free(quota);
}

static void the_last_reference_gives_back(void **state)
{
    struct quota *quota = quota_new();
    struct quota_share *share = quota_share_new(quota, STR("a"));
    struct quota_share *other = quota_share_new(quota, STR("a"));

    (void)state;
    assert_null(set(share, 1, 100));
    quota_share_unref(quota_share_ref(share));
    assert_string_equal(set(other, 0, 1), "bytes");
    quota_share_unref(share);
    assert_null(set(other, 0, 1));
    quota_share_unref(other);
    quota_share_unref(NULL);
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_holder_is_refused_above_the_bound_and_another_is_not),
        cmocka_unit_test(less_is_never_refused_even_above_a_bound_that_was_lowered),
        cmocka_unit_test(the_greatest_numbers_do_not_wrap),
        cmocka_unit_test(the_last_reference_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
