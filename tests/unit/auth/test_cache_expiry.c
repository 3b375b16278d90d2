/* Remembered beyond its end. A cache answered after `exp` (liboauth2 2026-06-03, without a
 * number), caddy-security kept sessions that had run out (CVE-2024-21492). verified_is_current() is
 * asked at each hit, with the leeway of the check, so that a warm token ends in the second in which
 * a cold one does. */
#include "auth/token/token_cache.h"

#include "authority.h"

static void a_remembered_token_expires_with_the_same_words(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const struct request *request =
        request_with(a, mint(a, "HS256", TOKEN_SECRET, "{\"exp\":1795288566.5}"));
    const struct principal *principal;
    agentos_error err;

    (void)state;
    struct auth_request how = {
        .cache = cache, .request = request, .now_s = TOKEN_NOW, .arena = a
    };
    for (; how.now_s < TOKEN_NOW + 10; how.now_s++)
        assert_int_equal(authenticate(authority, &how, &principal, NULL), AGENTOS_OK);
    assert_int_equal(authenticate(authority, &how, &principal, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, "Token has expired");
    token_cache_free(cache);
    authority_free(authority);
}

/* Second by second, whatever the end: remembered and fresh say the same. */
static void a_remembered_token_ends_when_a_fresh_one_does(void **state)
{
    static const char *const ends[] = { "1795288560", "1795288566", "1795288566.9", "1795288570",
                                        "1795288567e0" };
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    for (EACH(ends, end)) {
        struct token_cache *cache = token_cache_new(8);
        AUTO(arena) *a = arena_new();
        const struct request *request =
            request_with(a, mint(a, "HS256", TOKEN_SECRET, arena_printf(a, "{\"exp\":%s}", *end)));
        size_t passed = 0;

        for (int64_t now = TOKEN_NOW; now < TOKEN_NOW + 30; now++) {
            const struct principal *warm = NULL, *cold = NULL;
            const struct auth_request with = {
                .cache = cache, .request = request, .now_s = now, .arena = a
            };
            const struct auth_request without = { .request = request, .now_s = now, .arena = a };
            agentos_status remembered = authenticate(authority, &with, &warm, NULL);

            assert_int_equal(remembered, authenticate(authority, &without, &cold, NULL));
            passed += remembered == AGENTOS_OK;
        }
        assert_true(passed > 0 && passed < 20);
        token_cache_free(cache);
    }
    authority_free(authority);
}

/* A clock that was set back gives no second life. */
static void what_has_ended_is_forgotten(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const struct request *request =
        request_with(a, mint(a, "HS256", TOKEN_SECRET, "{\"exp\":1795288570}"));
    const struct principal *who;

    (void)state;
    struct auth_request how = {
        .cache = cache, .request = request, .now_s = TOKEN_NOW, .arena = a
    };
    assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_OK);
    how.now_s = TOKEN_NOW + 60;
    assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_UNAUTHENTICATED);
    size_t hits = token_cache_count(cache).hits;
    how.now_s = TOKEN_NOW;
    assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_OK); /* verified anew */
    assert_int_equal(token_cache_count(cache).hits, hits);
    token_cache_free(cache);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remembered_token_expires_with_the_same_words),
        cmocka_unit_test(a_remembered_token_ends_when_a_fresh_one_does),
        cmocka_unit_test(what_has_ended_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
