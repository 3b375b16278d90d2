/* Keys that are fetched: when, for whom, and how long what came is trusted. The rules of time alone
 * are test_key_life.c's. */
#include "auth/authority.h"
#include "key_stage.h"

static void keys_are_fetched_at_the_start(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")) };

    (void)state;
    open_stage(&stage, scripts, 1);
    struct key_stamp before = remote_keys_stamp(stage.keys);
    assert_null(remote_keys_take(stage.keys, NOW));
    assert_string_equal(remote_keys_error(stage.keys, a), "they have not been fetched yet");
    run_until(&stage, 1);
    assert_int_equal(stage.news[0].state, KEYS_GOOD);
    assert_int_equal(stage.news[0].count, 1);
    assert_true(knows(&stage, "k1"));
    assert_false(holds(before));
    assert_true(holds(remote_keys_stamp(stage.keys)));
    close_stage(&stage);
}

/* A request at the hour's mark finds the new set: nobody has asked for it, and nobody has waited.
 */
static void keys_are_fetched_again_before_they_are_an_hour_old(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "cache-control: max-age=86400\r\n", key_set(a, "k1")),
                                      good(a, "cache-control: max-age=1\r\n", key_set(a, "k2")),
                                      good(a, "cache-control: no-store\r\n", EMPTY) };

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    assert_int_equal(remote_keys_due_in_s(stage.keys, NOW), REFRESH_MAX_S);
    let_it_be(&stage, NOW + REFRESH_MAX_S - 1);
    assert_int_equal(stage.server.next, 1);

    stage.now_s = NOW + REFRESH_MAX_S;
    remote_keys_tick(stage.keys);
    assert_int_equal(remote_keys_due_in_s(stage.keys, stage.now_s), 0); /* under way */
    remote_keys_tick(stage.keys);                                       /* and not twice */
    assert_true(knows(&stage, "k1"));                                   /* meanwhile */
    run_until(&stage, 2);
    stage.now_s = NOW + HOUR;
    assert_true(knows(&stage, "k2"));
    assert_false(knows(&stage, "k1"));
    assert_int_equal(stage.server.next, 2);

    /* and never more often than once a minute */
    assert_int_equal(remote_keys_due_in_s(stage.keys, NOW + REFRESH_MAX_S), REFRESH_MIN_S);
    let_it_be(&stage, NOW + REFRESH_MAX_S + REFRESH_MIN_S);
    assert_false(knows(&stage, "k2")); /* a valid empty set replaces */
    assert_int_equal(stage.news[2].state, KEYS_GOOD);
    assert_int_equal(stage.news[2].count, 0);
    assert_int_equal(remote_keys_due_in_s(stage.keys, stage.now_s), REFRESH_MIN_S);
    close_stage(&stage);
}

static void what_says_the_same_again_changes_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")), good(a, "", key_set(a, "k1")),
                                      broken(), good(a, "", key_set(a, "k1")),
                                      good(a, "", key_set(a, "k2")) };

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct key_stamp stamp = remote_keys_stamp(stage.keys);
    let_it_be(&stage, NOW + HOUR);
    assert_int_equal(stage.server.next, 2);
    assert_int_equal(stage.news_count, 1);
    let_it_be(&stage, NOW + 2 * HOUR); /* a failure does not either, while there are keys */
    assert_int_equal(stage.news_count, 2);
    let_it_be(&stage, NOW + 3 * HOUR);
    assert_true(holds(stamp));
    let_it_be(&stage, NOW + 4 * HOUR);
    assert_false(holds(stamp));
    close_stage(&stage);
}

static void the_last_good_set_lives_through_a_day_of_failures(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = {
        good(a, "", key_set(a, "k1")), broken(), broken(), broken(), broken(),
        good(a, "", key_set(a, "k1"))
    };

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct key_stamp stamp = remote_keys_stamp(stage.keys);
    for (int64_t now_s = NOW + 6 * HOUR; now_s < NOW + DAY; now_s += 6 * HOUR) {
        let_it_be(&stage, now_s);
        assert_true(knows(&stage, "k1"));
    }
    assert_int_equal(stage.server.next, 4);
    assert_int_equal(stage.news_count, 2); /* one line, however often */
    assert_int_equal(stage.news[1].state, KEYS_FAILING);
    stage.now_s = NOW + DAY;
    assert_true(knows(&stage, "k1") && holds(stamp));

    stage.now_s++; /* also before anybody has looked */
    assert_null(remote_keys_take(stage.keys, stage.now_s));
    assert_string_equal(remote_keys_error(stage.keys, a), "they are too old");
    let_it_be(&stage, stage.now_s);
    assert_false(holds(stamp)); /* what they had verified goes with them */
    assert_int_equal(stage.news_count, 3);
    assert_int_equal(stage.news[2].state, KEYS_LOST);
    assert_non_null(strstr(remote_keys_error(stage.keys, a), "answered 503"));

    let_it_be(&stage, stage.now_s + RETRY_MAX_S);
    assert_int_equal(stage.news[3].state, KEYS_GOOD);
    assert_true(knows(&stage, "k1"));
    close_stage(&stage);
}

/* CVE-2026-48524: an unknown kid caused a fetch each time. */
static void unknown_kids_cause_one_fetch_in_thirty_seconds(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")), good(a, "", key_set(a, "k2")),
                                      good(a, "", key_set(a, "k3")) };
    struct client_waiting one, two, none;

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    assert_true(may_bring(&stage, "k2"));
    assert_true(wait_for(&stage, "k2", &one)); /* the start's own fetch does not count */
    assert_true(wait_for(&stage, "k3", &two)); /* joins it */
    while (stage.letters < 2)
        loop_run(stage.loop);
    assert_int_equal(stage.server.next, 2);
    assert_true(knows(&stage, "k2"));
    assert_false(knows(&stage, "k1"));

    stage.now_s = NOW + KID_FETCH_PAUSE_S - 1;
    assert_false(wait_for(&stage, "k4", &none));
    stage.now_s = NOW + KID_FETCH_PAUSE_S;
    assert_true(may_bring(&stage, "k4"));
    /* k3 is remembered as unknown for longer than the pause */
    assert_false(may_bring(&stage, "k3"));
    stage.now_s = NOW + UNKNOWN_KID_S;
    assert_true(may_bring(&stage, "k3"));

    let_it_be(&stage, NOW + HOUR); /* a scheduled fetch starts no pause */
    assert_int_equal(stage.server.next, 3);
    assert_true(may_bring(&stage, "k4"));
    close_stage(&stage);
}

/* Under a flood of unknown kids the schedule goes on as ever. */
static void a_flood_does_not_keep_keys_from_being_fetched_on_time(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")), good(a, "", key_set(a, "k1")),
                                      good(a, "", key_set(a, "k2")) };
    struct client_waiting waiting;

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    stage.now_s = NOW + REFRESH_MAX_S - 1;
    assert_true(wait_for(&stage, "flood", &waiting));
    while (stage.letters < 1)
        loop_run(stage.loop);
    for (int i = 0; i < 10000; i++) {
        char kid[16];

        (void)snprintf(kid, sizeof(kid), "%d", i);
        assert_false(wait_for(&stage, kid, &waiting));
    }
    assert_int_equal(stage.server.next, 2);
    let_it_be(&stage, stage.now_s + REFRESH_MAX_S);
    assert_true(knows(&stage, "k2"));
    close_stage(&stage);
}

static void who_has_left_gets_no_letter(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", EMPTY) };
    struct client_waiting left, stays;

    (void)state;
    open_stage(&stage, scripts, 1);
    assert_true(wait_for(&stage, "a", &left)); /* the first fetch is under way */
    assert_true(wait_for(&stage, "b", &stays));
    assert_true(key_waiter_leave(&left.waiter));
    while (stage.letters < 1)
        loop_run(stage.loop);
    assert_false(key_waiter_leave(&stays.waiter));
    assert_int_equal(stage.letters, 1);
    close_stage(&stage);
}

static void many_wait_for_one_fetch_and_all_hear_of_it(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")) };
    static struct client_waiting waiting[KEY_WAITERS_MAX];

    (void)state;
    open_stage(&stage, scripts, 1);
    for (size_t i = 0; i < COUNT(waiting); i++)
        assert_true(wait_for(&stage, i % 2 == 0 ? "k1" : "k2", &waiting[i]));
    while (stage.letters < COUNT(waiting))
        loop_run(stage.loop);
    assert_int_equal(stage.server.next, 1);
    close_stage(&stage);
}

static void only_so_many_requests_wait(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { { STR(""), THEN_HANG, 0 } };
    static struct client_waiting waiting[KEY_WAITERS_MAX + 1];

    (void)state;
    open_stage(&stage, scripts, 1);
    for (size_t i = 0; i < KEY_WAITERS_MAX; i++)
        assert_true(wait_for(&stage, "k", &waiting[i]));
    assert_false(wait_for(&stage, "k", &waiting[KEY_WAITERS_MAX]));
    for (size_t i = 0; i < KEY_WAITERS_MAX; i++)
        assert_true(key_waiter_leave(&waiting[i].waiter));
    close_stage(&stage);
}

/* docs/design/security.md 24. The authority's keys are the stage's: it finds them in the pool. */
static struct authority *authority_of(const struct stage *stage)
{
    struct authority *authority = NULL;

    assert_int_equal(authority_new(&(struct authority_options){ .authorization = true,
                                                                .algorithm = "ES256",
                                                                .jwks_url = stage->url,
                                                                .verify_audience = CHOICE_NO,
                                                                .key_pool = stage->pool },
                                   &authority, NULL),
                     AGENTOS_OK);
    return authority;
}

static agentos_status explain_kid(const struct stage *stage, const struct authority *authority,
                                  int kid)
{
    AUTO(arena) *a = arena_new();
    struct explanation why = { .arena = a };
    const char *header = arena_printf(a, "{\"alg\":\"ES256\",\"kid\":\"%d\"}", kid);
    str token = test_token(a, test_key("ES256"), header, "{\"exp\":1800000000}");
    const struct header bearer = { STR("authorization"),
                                   str_of(arena_printf(a, "Bearer %s", token.ptr)) };
    const struct request request = { .headers = { &bearer, 1 }, .peer = "127.0.0.1" };
    const struct principal *principal = NULL;
    const struct auth_request how = {
        .request = &request, .now_s = stage->now_s, .arena = a, .why = &why
    };

    return authenticate(authority, &how, &principal, NULL);
}

static void explaining_fetches_nothing_and_uses_up_nothing(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")), good(a, "", key_set(a, "7")) };

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct authority *authority = authority_of(&stage);
    struct key_stamp stamp = remote_keys_stamp(stage.keys);
    stage.now_s = NOW + HOUR; /* they are due */
    for (int kid = 0; kid < 2 * UNKNOWN_KIDS_MAX; kid++)
        assert_int_equal(explain_kid(&stage, authority, kid), AGENTOS_UNAUTHENTICATED);
    assert_true(holds(stamp));
    assert_true(may_bring(&stage, "7")); /* no pause has begun, and no kid is remembered */

    let_it_be(&stage, stage.now_s);
    assert_int_equal(stage.server.next, 2); /* the scheduled one */
    assert_int_equal(explain_kid(&stage, authority, 7), AGENTOS_OK);
    authority_free(authority);
    close_stage(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_fetched_at_the_start),
        cmocka_unit_test(keys_are_fetched_again_before_they_are_an_hour_old),
        cmocka_unit_test(what_says_the_same_again_changes_nothing),
        cmocka_unit_test(the_last_good_set_lives_through_a_day_of_failures),
        cmocka_unit_test(unknown_kids_cause_one_fetch_in_thirty_seconds),
        cmocka_unit_test(a_flood_does_not_keep_keys_from_being_fetched_on_time),
        cmocka_unit_test(who_has_left_gets_no_letter),
        cmocka_unit_test(many_wait_for_one_fetch_and_all_hear_of_it),
        cmocka_unit_test(only_so_many_requests_wait),
        cmocka_unit_test(explaining_fetches_nothing_and_uses_up_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
