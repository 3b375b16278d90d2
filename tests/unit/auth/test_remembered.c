/* Authentication with a memory: the same principal, and no refusal kept. How long is
 * test_cache_expiry.c's. */
#include "auth/token/token_cache.h"
#include "authority.h"

static void a_remembered_token_gives_the_same_principal(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options), *next = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const char *token = mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS);
    const struct principal *first, *second, *third;

    (void)state;
    assert_int_equal(ask(authority, cache, a, token, &first, NULL), AGENTOS_OK);
    assert_int_equal(ask(authority, cache, a, token, &second, NULL), AGENTOS_OK);
    assert_ptr_equal(first, second);
    assert_int_equal(ask(next, cache, a, token, &third, NULL), AGENTOS_OK);
    assert_ptr_not_equal(first, third);
    token_cache_free(cache);
    authority_free(next);
    authority_free(authority);
    assert_string_equal(first->user_id, "user-1");
}

static void a_refusal_is_not_remembered(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const struct request *request =
        request_with(a, mint(a, "HS256", TOKEN_SECRET, "{\"nbf\":1795292166}"));
    const struct principal *principal;

    (void)state;
    struct auth_request how = {
        .cache = cache, .request = request, .now_s = TOKEN_NOW, .arena = a
    };
    assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_UNAUTHENTICATED);
    how.now_s = 1795292166;
    assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_OK);
    token_cache_free(cache);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remembered_token_gives_the_same_principal),
        cmocka_unit_test(a_refusal_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
