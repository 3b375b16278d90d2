/* Remote key sets of one process: shared by what a reload makes, dropped when nobody names them. */
#include "key_stage.h"

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

/* A request that gave up has left its letter on the way: the keys wait for the end of that fetch
 * before they can be dropped. */
static void keys_with_a_fetch_asked_for_are_not_dropped(void **state)
{
    AUTO(arena) *a = arena_new();
    struct stage stage = { .a = a };
    const struct script scripts[] = { good(a, "", key_set(a, "k1")),
                                      good(a, "", key_set(a, "k2")) };
    struct client_waiting client;

    (void)state;
    open_stage(&stage, scripts, COUNT(scripts));
    run_until(&stage, 1);
    struct remote_keys *keys = stage.keys;
    stage.now_s = NOW + HOUR;
    assert_true(wait_for(&stage, "k2", &client));
    assert_true(key_waiter_leave(&client.waiter));
    remote_keys_unref(TAKE(stage.keys)); /* the pool's is left */
    remote_keys_tick(keys);
    stage.keys = remote_keys_ref(keys); /* they are still there */
    run_until(&stage, 2);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_source_is_one_set),
        cmocka_unit_test(what_no_edition_names_is_fetched_no_more),
        cmocka_unit_test(keys_with_a_fetch_asked_for_are_not_dropped),
        cmocka_unit_test(a_url_that_may_not_be_fetched_from_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
