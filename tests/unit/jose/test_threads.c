/* A key is shared by all loops without a lock: many threads verify with one at once. */
#include <pthread.h>

#include "base/mem.h"

#include "tokens.h"

enum { THREADS = 4, CHECKS = 50 };

struct work {
    const struct key *key;
    str token;
    size_t verified;
};

static void *verify_often(void *argument)
{
    struct work *work = argument;
    const struct jwt_checks checks = { .leeway_s = 10 };

    for (size_t i = 0; i < CHECKS; i++)
        work->verified +=
            test_check(work->token, work->key, &checks, TEST_NOW_S, NULL) == AGENTOS_OK;
    return NULL;
}

static void threads_verify_with_one_key_at_once(void **state)
{
    static const char *const algs[] = { "RS256", "PS256", "ES256", "EdDSA", "HS256" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(algs); i++) {
        struct key *key = test_key(algs[i]);
        str token = test_token(a, key, arena_printf(a, "{\"alg\":\"%s\"}", algs[i]), "{}");
        struct work work[THREADS];
        pthread_t threads[THREADS];

        for (size_t t = 0; t < THREADS; t++) {
            work[t] = (struct work){ .key = key, .token = token };
            assert_int_equal(pthread_create(&threads[t], NULL, verify_often, &work[t]), 0);
        }
        for (size_t t = 0; t < THREADS; t++) {
            assert_int_equal(pthread_join(threads[t], NULL), 0);
            assert_int_equal(work[t].verified, CHECKS);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(threads_verify_with_one_key_at_once) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
