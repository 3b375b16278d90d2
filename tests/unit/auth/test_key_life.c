/* When keys are fetched and how long they are trusted, to the second, under a clock that a test
 * sets. */
#include "auth/keys/key_life.h"

#include "unit.h"

enum { NOW = 1795290000, HOUR = 3600, DAY = 24 * HOUR, FETCH_MOST = 30 };

static struct key_life fresh(int64_t max_stale_s)
{
    struct key_life life;

    key_life_begin(&life, max_stale_s);
    return life;
}

static void what_has_begun_is_due_and_trusts_nothing(void **state)
{
    struct key_life life = fresh(DAY);

    (void)state;
    assert_int_equal(key_life_wait_s(&life, 0), 0);
    assert_int_equal(key_life_wait_s(&life, NOW), 0);
    assert_false(key_life_is_good(&life, 0));
    assert_false(key_life_is_good(&life, NOW));
}

/* Cache-Control's max-age (-1: none), and when the set is fetched again: never before a minute,
 * never so late that it could be used beyond an hour. */
static const struct {
    int64_t max_age_s, again_s;
} ages[] = {
    { -1, REFRESH_MAX_S },
    { 0, 60 },
    { 1, 60 },
    { 59, 60 },
    { 60, 60 },
    { 61, 61 },
    { 600, 600 },
    { REFRESH_MAX_S, REFRESH_MAX_S },
    { HOUR, REFRESH_MAX_S },
    { DAY, REFRESH_MAX_S },
    { 365LL * DAY, REFRESH_MAX_S },
    { INT64_MAX, REFRESH_MAX_S },
};

static void a_set_is_fetched_again_within_the_hour_whatever_its_server_says(void **state)
{
    (void)state;
    for (EACH(ages, age)) {
        struct key_life life = fresh(DAY);

        key_life_fetched(&life, age->max_age_s, NOW);
        if (key_life_wait_s(&life, NOW) != age->again_s)
            fail_msg("max-age %lld: %lld", (long long)age->max_age_s,
                     (long long)key_life_wait_s(&life, NOW));
        assert_int_equal(key_life_wait_s(&life, NOW + age->again_s - 1), 1);
        assert_int_equal(key_life_wait_s(&life, NOW + age->again_s), 0);
        /* the fetch begins and ends before the hour, and what it replaces is trusted meanwhile */
        assert_true(age->again_s + FETCH_MOST <= HOUR);
        assert_true(key_life_is_good(&life, NOW + HOUR));
    }
}

static void failures_are_borne_for_max_stale_and_not_a_second_longer(void **state)
{
    struct key_life life = fresh(DAY);
    int64_t now = NOW;
    size_t attempts = 0;

    (void)state;
    key_life_fetched(&life, -1, NOW);
    while (key_life_is_good(&life, now)) {
        now += key_life_wait_s(&life, now);
        if (key_life_is_good(&life, now))
            key_life_failed(&life, now);
        attempts++;
        assert_true(now <= NOW + DAY + 1);
        assert_true(attempts < 1000);
    }
    assert_int_equal(now, NOW + DAY + 1); /* it is looked at when it ends, not minutes later */
    assert_true(attempts > (DAY - HOUR) / RETRY_MAX_S);

    key_life_fetched(&life, -1, now); /* one good answer, and all is as before */
    assert_true(key_life_is_good(&life, now + DAY));
    assert_int_equal(key_life_wait_s(&life, now), REFRESH_MAX_S);
}

static void attempts_become_rarer(void **state)
{
    static const int64_t pauses[] = { 5, 10, 20, 40, 80, 160, 300, 300 };
    struct key_life life = fresh(DAY);

    (void)state;
    for (EACH(pauses, pause)) {
        key_life_failed(&life, NOW);
        assert_int_equal(key_life_wait_s(&life, NOW), *pause);
    }
    for (size_t i = 0; i < 1000; i++)
        key_life_failed(&life, NOW);
    assert_int_equal(key_life_wait_s(&life, NOW), 300);
    key_life_fetched(&life, 600, NOW);
    key_life_failed(&life, NOW + 600);
    assert_int_equal(key_life_wait_s(&life, NOW + 600), 5);
}

/* Else it would end before the fetch that renews it. */
static void a_short_max_stale_leaves_room_for_a_fetch(void **state)
{
    static const int64_t all[] = { 0, 60, STALE_MIN_S, 300, HOUR, 2 * HOUR, DAY };

    (void)state;
    for (EACH(all, max_stale_s)) {
        struct key_life life = fresh(*max_stale_s);

        key_life_fetched(&life, HOUR, NOW);
        int64_t again_s = key_life_wait_s(&life, NOW);
        assert_true(again_s >= REFRESH_MIN_S);
        assert_true(key_life_is_good(&life, NOW + again_s + FETCH_MOST));
    }
}

static void only_fetches_that_unknown_kids_cause_are_counted(void **state)
{
    struct key_life life = fresh(DAY);

    (void)state;
    assert_true(key_life_may_fetch_for_kid(&life, 1, false, NOW)); /* the first fetch is no such */
    key_life_fetched(&life, 60, NOW);
    assert_true(key_life_may_fetch_for_kid(&life, 1, false, NOW));
    key_life_fetch_for_kid(&life, NOW);
    assert_false(key_life_may_fetch_for_kid(&life, 2, false, NOW));
    assert_true(key_life_may_fetch_for_kid(&life, 2, true, NOW)); /* joins the one under way */
    assert_false(key_life_may_fetch_for_kid(&life, 2, false, NOW + KID_FETCH_PAUSE_S - 1));
    assert_true(key_life_may_fetch_for_kid(&life, 2, false, NOW + KID_FETCH_PAUSE_S));
    key_life_fetched(&life, 60,
                     NOW + KID_FETCH_PAUSE_S); /* a scheduled one starts no pause, either */
    assert_true(key_life_may_fetch_for_kid(&life, 2, false, NOW + KID_FETCH_PAUSE_S));
}

static void a_kid_that_was_not_there_is_not_asked_for_again_soon(void **state)
{
    struct key_life life = fresh(DAY);

    (void)state;
    key_life_failed(&life, NOW);
    key_life_kid_missing(&life, 7, NOW); /* nobody has said that it does not exist */
    assert_true(key_life_may_fetch_for_kid(&life, 7, false, NOW));

    key_life_fetched(&life, -1, NOW);
    key_life_kid_missing(&life, 7, NOW);
    assert_false(key_life_may_fetch_for_kid(&life, 7, false, NOW + UNKNOWN_KID_S - 1));
    assert_false(key_life_may_fetch_for_kid(&life, 7, true, NOW + UNKNOWN_KID_S - 1));
    assert_true(key_life_may_fetch_for_kid(&life, 8, false, NOW));
    assert_true(key_life_may_fetch_for_kid(&life, 7, false, NOW + UNKNOWN_KID_S));
}

static void a_flood_of_unknown_kids_is_remembered_in_a_fixed_place(void **state)
{
    struct key_life life = fresh(DAY);

    (void)state;
    key_life_fetched(&life, -1, NOW);
    for (uint64_t kid = 1; kid <= UNKNOWN_KIDS_MAX + 10; kid++)
        key_life_kid_missing(&life, kid, NOW);
    assert_true(key_life_may_fetch_for_kid(&life, 10, false, NOW)); /* the oldest gave way */
    assert_false(key_life_may_fetch_for_kid(&life, 11, false, NOW));
    assert_false(key_life_may_fetch_for_kid(&life, UNKNOWN_KIDS_MAX + 10, false, NOW));
    key_life_kid_missing(&life, 12, NOW); /* a kid that is known as missing takes no second place */
    assert_false(key_life_may_fetch_for_kid(&life, 11, false, NOW));
}

static void a_clock_that_was_set_back_blocks_nothing(void **state)
{
    struct key_life life = fresh(DAY);

    (void)state;
    key_life_fetched(&life, -1, NOW);
    key_life_fetch_for_kid(&life, NOW);
    key_life_kid_missing(&life, 7, NOW);
    assert_int_equal(key_life_wait_s(&life, NOW - DAY), 0);
    assert_true(key_life_may_fetch_for_kid(&life, 7, false, NOW - DAY));
    /* and one that was set forward, or a machine that slept, makes things due */
    assert_int_equal(key_life_wait_s(&life, NOW + 5 * HOUR), 0);
    assert_false(key_life_is_good(&life, NOW + 2 * DAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_begun_is_due_and_trusts_nothing),
        cmocka_unit_test(a_set_is_fetched_again_within_the_hour_whatever_its_server_says),
        cmocka_unit_test(failures_are_borne_for_max_stale_and_not_a_second_longer),
        cmocka_unit_test(attempts_become_rarer),
        cmocka_unit_test(a_short_max_stale_leaves_room_for_a_fetch),
        cmocka_unit_test(only_fetches_that_unknown_kids_cause_are_counted),
        cmocka_unit_test(a_kid_that_was_not_there_is_not_asked_for_again_soon),
        cmocka_unit_test(a_flood_of_unknown_kids_is_remembered_in_a_fixed_place),
        cmocka_unit_test(a_clock_that_was_set_back_blocks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
