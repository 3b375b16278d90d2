/* When keys are fetched, and how long what was fetched is trusted. The key server is scripted; time
 * is what a test says it is, but for the moment of the fetch itself. */
#include "auth/key_pool.h"
#include "base/clock.h"
#include "loop/timer.h"
#include "scripted_server.h"

/* After ours: it includes cmocka, which makes a macro of fail. */
#include "tokens.h"

#include "unit.h"

#define EMPTY "{\"keys\":[]}"
enum { PATIENCE_MS = 10 * 1000 };

struct stage {
    struct loop *loop;
    struct key_pool *pool;
    struct remote_keys *keys;
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
                                         .max_stale_s = 3600 };
}

static void open_stage(struct stage *stage, const struct script *scripts, size_t count)
{
    const struct alg *alg;

    assert_int_equal(loop_new(&stage->loop, NULL), AGENTOS_OK);
    scripted_start(&stage->server, scripts, count);
    stage->url = arena_printf(stage->a, "http://127.0.0.1:%u/jwks", stage->server.port);
    stage->pool = key_pool_new(hear, stage);
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

static bool wait_for(struct stage *stage, const char *kid, int64_t now_s,
                     struct client_waiting *out)
{
    *out = (struct client_waiting){ .waiter = { .letter.deliver = on_letter, .home = stage->loop },
                                    .stage = stage };
    return remote_keys_wait(stage->keys, str_of(kid), now_s, &out->waiter);
}

static bool knows(struct stage *stage, const char *kid, int64_t now_s)
{
    struct jwks *set = remote_keys_take(stage->keys, now_s);
    bool has = set != NULL && jwks_has_kid(set, str_of(kid));

    jwks_unref(set);
    return has;
}

static void what_was_fetched_is_trusted_for_its_time_and_no_longer(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { { str_of(answer(a, "", key_set(a, "k1"))), THEN_CLOSE, 0 } };
    int64_t now_s = clock_now_s();

    (void)state;
    open_stage(&stage, scripts, 1);
    assert_null(remote_keys_take(stage.keys, now_s));
    assert_string_equal(remote_keys_lack(stage.keys, a), "they have not been fetched yet");
    run_until(&stage, 1);
    assert_int_equal(stage.news[0].state, KEYS_GOOD);
    assert_int_equal(stage.news[0].count, 1);
    assert_int_equal(key_pool_changes(stage.pool), 1);
    assert_true(knows(&stage, "k1", now_s + 3600));
    assert_null(remote_keys_take(stage.keys, now_s + 3600 + 60));
    assert_string_equal(remote_keys_lack(stage.keys, a), "they are too old");
    close_stage(&stage);
}

/* CVE-2026-48524: an unknown kid caused a fetch each time. */
static void unknown_kids_cause_one_fetch_in_thirty_seconds(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { { str_of(answer(a, "", key_set(a, "k1"))), THEN_CLOSE, 0 },
                                      { str_of(answer(a, "", key_set(a, "k2"))), THEN_CLOSE, 0 } };
    struct client_waiting one, two, none;
    int64_t now_s = clock_now_s();

    (void)state;
    open_stage(&stage, scripts, 2);
    run_until(&stage, 1);
    assert_true(remote_keys_may_learn(stage.keys, STR("k2"), now_s));
    assert_true(wait_for(&stage, "k2", now_s, &one)); /* the start's own fetch does not count */
    assert_true(wait_for(&stage, "k3", now_s, &two)); /* joins it */
    while (stage.letters < 2)
        loop_run(stage.loop);
    assert_int_equal(stage.server.next, 2);
    assert_true(knows(&stage, "k2", now_s));
    assert_false(knows(&stage, "k1", now_s));
    assert_int_equal(key_pool_changes(stage.pool), 2);

    assert_false(wait_for(&stage, "k4", now_s + LEARN_PAUSE_S - 1, &none));
    assert_true(remote_keys_may_learn(stage.keys, STR("k4"), now_s + LEARN_PAUSE_S));
    /* k3 is remembered as unknown for longer than the pause */
    assert_false(remote_keys_may_learn(stage.keys, STR("k3"), now_s + LEARN_PAUSE_S));
    assert_true(remote_keys_may_learn(stage.keys, STR("k3"), now_s + STRANGER_LIFE_S + 60));
    close_stage(&stage);
}

static void who_has_left_gets_no_letter(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { { str_of(answer(a, "", EMPTY)), THEN_CLOSE, 0 } };
    struct client_waiting left, stays;

    (void)state;
    open_stage(&stage, scripts, 1);
    assert_true(wait_for(&stage, "a", clock_now_s(), &left)); /* the first fetch is under way */
    assert_true(wait_for(&stage, "b", clock_now_s(), &stays));
    assert_true(key_waiter_leave(&left.waiter));
    while (stage.letters < 1)
        loop_run(stage.loop);
    assert_false(key_waiter_leave(&stays.waiter));
    assert_int_equal(stage.letters, 1);
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
        assert_true(wait_for(&stage, "k", clock_now_s(), &waiting[i]));
    assert_false(wait_for(&stage, "k", clock_now_s(), &waiting[KEY_WAITERS_MAX]));
    for (size_t i = 0; i < KEY_WAITERS_MAX; i++)
        assert_true(key_waiter_leave(&waiting[i].waiter));
    close_stage(&stage);
}

/* A new edition of the configuration finds what the old one fetched. */
static void the_same_source_is_one_set(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { { str_of(answer(a, "", key_set(a, "k1"))), THEN_CLOSE, 0 } };
    const struct alg *alg, *other = alg_find(STR("RS256"));
    struct remote_keys *again = NULL, *different = NULL;

    (void)state;
    open_stage(&stage, scripts, 1);
    run_until(&stage, 1);
    struct remote_keys_options options = options_for(&stage, &alg);
    options.name = "another name";
    assert_int_equal(key_pool_get(stage.pool, &options, &again, NULL), AGENTOS_OK);
    assert_ptr_equal(again, stage.keys);
    remote_keys_unref(again);

    options.rules.algs = &other;
    assert_int_equal(key_pool_get(stage.pool, &options, &different, NULL), AGENTOS_OK);
    assert_ptr_not_equal(different, stage.keys);
    remote_keys_unref(different);
    close_stage(&stage);
}

static void a_url_that_may_not_be_fetched_from_is_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a, .url = "http://keys.example.com/jwks" };
    struct key_pool *pool = key_pool_new(NULL, NULL);
    struct remote_keys *keys = NULL;
    const struct alg *alg;
    const struct remote_keys_options options = options_for(&stage, &alg);

    (void)state;
    assert_int_equal(key_pool_get(pool, &options, &keys, NULL), AGENTOS_INVALID);
    assert_null(keys);
    key_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_fetched_is_trusted_for_its_time_and_no_longer),
        cmocka_unit_test(unknown_kids_cause_one_fetch_in_thirty_seconds),
        cmocka_unit_test(who_has_left_gets_no_letter),
        cmocka_unit_test(only_so_many_requests_wait),
        cmocka_unit_test(the_same_source_is_one_set),
        cmocka_unit_test(a_url_that_may_not_be_fetched_from_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
