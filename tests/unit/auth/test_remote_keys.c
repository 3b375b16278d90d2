/* Keys that are fetched: by whom, when, and what of it is trusted. The key server is scripted, and
 * time is what a test says it is. The rules of time alone are test_key_life.c's. */
#include "auth/key_life.h"
#include "auth/key_pool.h"
#include "loop/timer.h"
#include "scripted_server.h"

/* After ours: it includes cmocka, which makes a macro of fail. */
#include "tokens.h"

#include "unit.h"

#define EMPTY "{\"keys\":[]}"
enum { PATIENCE_MS = 60 * 1000, NOW = 1795290000, HOUR = 3600, DAY = 24 * HOUR };

struct stage {
    struct loop *loop;
    struct key_pool *pool;
    struct remote_keys *keys;
    int64_t now_s;
    struct scripted_server server;
    struct timer patience;
    struct keys_news news[16];
    size_t news_count;
    size_t news_wanted; /* the loop stops when so much is known */
    size_t letters;
    const char *url;
    arena *a;
};

static void hear(void *user, const struct keys_news *news)
{
    struct stage *stage = user;

    assert_true(stage->news_count < COUNT(stage->news));
    stage->news[stage->news_count++] = *news;
    if (stage->news_count == stage->news_wanted)
        loop_stop(stage->loop);
}

static int64_t now_of(void *user)
{
    return ((const struct stage *)user)->now_s;
}

static void run_out(struct timer *timer)
{
    (void)timer;
    fail_msg("nothing more happened");
}

/* Until so many changes have been told. */
static void run_until(struct stage *stage, size_t news)
{
    stage->news_wanted = news;
    if (stage->news_count < news)
        loop_run(stage->loop);
    assert_int_equal(stage->news_count, news);
}

static const char *answer(arena *a, const char *head, const char *body)
{
    return arena_printf(a,
                        "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\nconnection: close\r\n%s\r\n%s",
                        strlen(body), head, body);
}

static struct script good(arena *a, const char *head, const char *body)
{
    return (struct script){ str_of(answer(a, head, body)), THEN_CLOSE, 0 };
}

static struct script broken(void)
{
    return (struct script){
        STR("HTTP/1.1 503 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"), THEN_CLOSE, 0
    };
}

static const char *key_set(arena *a, const char *kid)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);

    buf_append(&text, STR("{\"keys\":["));
    assert_int_equal(jwk_write_public(test_key("ES256"), kid, &text, NULL), AGENTOS_OK);
    buf_append(&text, STR("]}"));
    return arena_copy(a, buf_view(&text));
}

static struct remote_keys_options options_for(const struct stage *stage, const struct alg **alg)
{
    *alg = alg_find(STR("ES256"));
    return (struct remote_keys_options){ .name = "keys",
                                         .place = { .url = stage->url },
                                         .rules = { alg, 1, true, KEY_STRONG },
                                         .max_stale_s = DAY };
}

static void open_stage(struct stage *stage, const struct script *scripts, size_t count)
{
    const struct alg *alg;

    assert_int_equal(loop_new(&stage->loop, NULL), AGENTOS_OK);
    scripted_start(&stage->server, scripts, count);
    stage->url = arena_printf(stage->a, "http://127.0.0.1:%u/jwks", stage->server.port);
    stage->now_s = NOW;
    stage->pool =
        key_pool_new(&(struct key_pool_options){ .tell = hear, .now_s = now_of, .user = stage });
    key_pool_open(stage->pool, stage->loop);
    const struct remote_keys_options options = options_for(stage, &alg);
    assert_int_equal(key_pool_get(stage->pool, &options, &stage->keys, NULL), AGENTOS_OK);
    stage->patience.fire = run_out;
    timer_start(stage->loop, &stage->patience, PATIENCE_MS);
}

static void close_stage(struct stage *stage)
{
    timer_stop(&stage->patience);
    key_pool_close(stage->pool);
    remote_keys_unref(stage->keys);
    key_pool_free(stage->pool);
    scripted_stop(&stage->server);
    scripted_clear(&stage->server);
    loop_free(stage->loop);
}

struct client_waiting {
    struct key_waiter waiter;
    struct stage *stage;
};

static void on_letter(struct letter *letter)
{
    struct stage *stage = ((struct client_waiting *)(void *)letter)->stage;

    stage->letters++;
    loop_stop(stage->loop);
}

static bool wait_for(struct stage *stage, const char *kid, struct client_waiting *out)
{
    *out = (struct client_waiting){ .waiter = { .letter.deliver = on_letter, .home = stage->loop },
                                    .stage = stage };
    return remote_keys_wait(stage->keys, str_of(kid), stage->now_s, &out->waiter);
}

static bool may_learn(struct stage *stage, const char *kid)
{
    return remote_keys_may_learn(stage->keys, str_of(kid), stage->now_s);
}

static bool holds(struct key_stamp stamp)
{
    return key_stamp_holds(&stamp);
}

static bool knows(struct stage *stage, const char *kid)
{
    struct jwks *set = remote_keys_take(stage->keys, stage->now_s);
    bool has = set != NULL && jwks_has_kid(set, str_of(kid));

    jwks_unref(set);
    return has;
}

/* What is due is done, to its end. */
static void let_it_be(struct stage *stage, int64_t now_s)
{
    struct client_waiting company;

    stage->now_s = now_s;
    remote_keys_tick(stage->keys);
    stage->letters = 0;
    if (remote_keys_due_in_s(stage->keys, now_s) > 0)
        return;
    assert_true(wait_for(stage, "company", &company)); /* joins the fetch under way */
    while (stage->letters < 1)
        loop_run(stage->loop);
}

static void keys_are_fetched_at_the_start(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")) };

    (void)state;
    open_stage(&stage, scripts, 1);
    struct key_stamp before = remote_keys_stamp(stage.keys);
    assert_null(remote_keys_take(stage.keys, NOW));
    assert_string_equal(remote_keys_lack(stage.keys, a), "they have not been fetched yet");
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
    assert_int_equal(remote_keys_due_in_s(stage.keys, NOW), REFRESH_MOST_S);
    let_it_be(&stage, NOW + REFRESH_MOST_S - 1);
    assert_int_equal(stage.server.next, 1);

    stage.now_s = NOW + REFRESH_MOST_S;
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
    assert_int_equal(remote_keys_due_in_s(stage.keys, NOW + REFRESH_MOST_S), REFRESH_LEAST_S);
    let_it_be(&stage, NOW + REFRESH_MOST_S + REFRESH_LEAST_S);
    assert_false(knows(&stage, "k2")); /* a valid empty set replaces */
    assert_int_equal(stage.news[2].state, KEYS_GOOD);
    assert_int_equal(stage.news[2].count, 0);
    assert_int_equal(remote_keys_due_in_s(stage.keys, stage.now_s), REFRESH_LEAST_S);
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
    assert_string_equal(remote_keys_lack(stage.keys, a), "they are too old");
    let_it_be(&stage, stage.now_s);
    assert_false(holds(stamp)); /* what they had verified goes with them */
    assert_int_equal(stage.news_count, 3);
    assert_int_equal(stage.news[2].state, KEYS_LOST);
    assert_non_null(strstr(remote_keys_lack(stage.keys, a), "answered 503"));

    let_it_be(&stage, stage.now_s + RETRY_MOST_S);
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
    assert_true(may_learn(&stage, "k2"));
    assert_true(wait_for(&stage, "k2", &one)); /* the start's own fetch does not count */
    assert_true(wait_for(&stage, "k3", &two)); /* joins it */
    while (stage.letters < 2)
        loop_run(stage.loop);
    assert_int_equal(stage.server.next, 2);
    assert_true(knows(&stage, "k2"));
    assert_false(knows(&stage, "k1"));

    stage.now_s = NOW + LEARN_PAUSE_S - 1;
    assert_false(wait_for(&stage, "k4", &none));
    stage.now_s = NOW + LEARN_PAUSE_S;
    assert_true(may_learn(&stage, "k4"));
    /* k3 is remembered as unknown for longer than the pause */
    assert_false(may_learn(&stage, "k3"));
    stage.now_s = NOW + STRANGER_LIFE_S;
    assert_true(may_learn(&stage, "k3"));

    let_it_be(&stage, NOW + HOUR); /* a scheduled fetch starts no pause */
    assert_int_equal(stage.server.next, 3);
    assert_true(may_learn(&stage, "k4"));
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
    stage.now_s = NOW + REFRESH_MOST_S - 1;
    assert_true(wait_for(&stage, "flood", &waiting));
    while (stage.letters < 1)
        loop_run(stage.loop);
    for (int i = 0; i < 10000; i++) {
        char kid[16];

        (void)snprintf(kid, sizeof(kid), "%d", i);
        assert_false(wait_for(&stage, kid, &waiting));
    }
    assert_int_equal(stage.server.next, 2);
    let_it_be(&stage, stage.now_s + REFRESH_MOST_S);
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

/* A new edition of the configuration finds what the old one fetched, however often it is reloaded.
 */
static void the_same_source_is_one_set(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")), good(a, "", EMPTY) };
    const struct alg *alg, *other = alg_find(STR("RS256"));
    struct remote_keys *again = NULL, *different = NULL;

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct remote_keys_options options = options_for(&stage, &alg);
    options.name = "another name";
    for (int reload = 0; reload < 100; reload++) {
        assert_int_equal(key_pool_get(stage.pool, &options, &again, NULL), AGENTOS_OK);
        assert_ptr_equal(again, stage.keys);
        remote_keys_unref(again);
    }
    assert_int_equal(stage.server.next, 1);

    options.rules.algs = &other;
    assert_int_equal(key_pool_get(stage.pool, &options, &different, NULL), AGENTOS_OK);
    assert_ptr_not_equal(different, stage.keys);
    remote_keys_unref(different);
    close_stage(&stage);
}

/* When nobody has them any more, they are dropped instead of fetched again. */
static void what_no_edition_names_is_fetched_no_more(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")),
                                      good(a, "", key_set(a, "k2")) };
    const struct alg *alg;

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct remote_keys *keys = TAKE(stage.keys);
    remote_keys_unref(keys); /* the pool's is left */
    stage.now_s = NOW + HOUR;
    remote_keys_tick(keys);
    assert_int_equal(stage.server.next, 1);

    const struct remote_keys_options options = options_for(&stage, &alg);
    assert_int_equal(key_pool_get(stage.pool, &options, &stage.keys, NULL), AGENTOS_OK);
    assert_null(remote_keys_take(stage.keys, stage.now_s)); /* a new one, which knows nothing */
    run_until(&stage, 2);
    assert_int_equal(stage.server.next, 2);
    assert_true(knows(&stage, "k2"));
    close_stage(&stage);
}

static void a_url_that_may_not_be_fetched_from_is_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a, .url = "http://keys.example.com/jwks" };
    struct key_pool *pool = key_pool_new(NULL);
    struct remote_keys *keys = NULL;
    const struct alg *alg;
    const struct remote_keys_options options = options_for(&stage, &alg);

    (void)state;
    assert_int_equal(key_pool_get(pool, &options, &keys, NULL), AGENTOS_INVALID);
    assert_null(keys);
    key_pool_free(pool);
}

/* ---- where a fetch may arrive ---- */

struct hearing {
    struct loop *loop;
    const char *why;
    arena *a;
};

static void hear_answer(void *user, const struct key_answer *answer)
{
    struct hearing *hearing = user;

    hearing->why = answer->why != NULL ? arena_copy(hearing->a, str_of(answer->why)) : "";
    loop_stop(hearing->loop);
}

/* However the address is spelt: it is judged when a connection would be made (CVE-2026-48522). */
static void addresses_that_may_not_be_called_are_not(void **state)
{
    static const char *const urls[] = {
        "https://2130706433:9/",
        "https://0x7f000001:9/",
        "https://0x7f.1:9/",
        "https://0177.0.0.1:9/",
        "https://127.1:9/",
        "https://0.0.0.0:9/",
        "https://0:9/",
        "https://169.254.169.254/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.254.169.254/",
        "https://169.254.43518/",
        "https://100.100.100.200/",
        "https://[::]:9/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]:9/",
        "https://[2002:7f00:1::]:9/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
    };

    (void)state;
    for (EACH(urls, url)) {
        AUTO(arena) *a = arena_new();
        struct hearing hearing = { .a = a };
        const struct key_place place = { .url = *url };

        assert_int_equal(loop_new(&hearing.loop, NULL), AGENTOS_OK);
        struct client *client = client_new(hearing.loop);
        (void)key_fetch_new(client, &place, hear_answer, &hearing); /* gone when it has answered */
        loop_run(hearing.loop);
        if (strstr(hearing.why, "the host's address is not one that may be called") == NULL)
            fail_msg("%s: %s", *url, hearing.why);
        client_free(client);
        loop_free(hearing.loop);
    }
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
        cmocka_unit_test(the_same_source_is_one_set),
        cmocka_unit_test(what_no_edition_names_is_fetched_no_more),
        cmocka_unit_test(a_url_that_may_not_be_fetched_from_is_refused),
        cmocka_unit_test(addresses_that_may_not_be_called_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
