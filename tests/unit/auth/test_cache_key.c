/* One's token, another's identity. LiteLLM kept users by the first twenty characters of a token,
 * which all tokens of an issuer share (CVE-2026-35030); fast-jwt let its users build keys that
 * collide (GHSA-rp9m-7r4c-75qg); Traefik gave one answer to two requests that it took for the same
 * (CVE-2026-71326). token_cache_find() goes by the SHA-256 of the signature, which no two tokens
 * share, and then compares all that was signed. */
#include "auth/token/token_cache.h"

#include "authority.h"

enum { USERS = 500 };

/* A common beginning of more than a thousand characters, a common end of the payload. */
static const char *token_of(arena *a, int user)
{
    return mint(a, "HS256", TOKEN_SECRET,
                arena_printf(a, "{\"pad\":\"%01000d\",\"sub\":\"user-%05d\",\"end\":\"%0100d\"}", 0,
                             user, 0));
}

static void tokens_that_look_alike_are_their_own_users(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(USERS);
    AUTO(arena) *a = arena_new();
    const char *tokens[USERS];

    (void)state;
    for (int i = 0; i < USERS; i++)
        tokens[i] = token_of(a, i);
    assert_memory_equal(tokens[0], tokens[USERS - 1], 1000);
    for (int round = 0; round < 2; round++) { /* verified, then remembered */
        for (int i = 0; i < USERS; i++) {
            const struct principal *who = NULL;

            assert_int_equal(ask(authority, cache, a, tokens[i], &who, NULL), AGENTOS_OK);
            assert_string_equal(who->user_id, arena_printf(a, "user-%05d", i));
        }
    }
    assert_int_equal(token_cache_count(cache).hits, USERS);
    token_cache_free(cache);
    authority_free(authority);
}

/* A remembered signature under what another token says, or under anything else. */
static void a_remembered_signature_is_no_pass_for_other_claims(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const char *good = token_of(a, 1), *other = token_of(a, 2), *signature = strrchr(good, '.');
    const struct principal *who = NULL;

    (void)state;
    assert_int_equal(ask(authority, cache, a, good, &who, NULL), AGENTOS_OK);
    assert_int_equal(ask(authority, cache, a, other, &who, NULL), AGENTOS_OK);
    size_t signed_len = (size_t)(signature - good);
    for (size_t i = 0; i < signed_len; i += 7) { /* one character each time, in either part */
        char *changed = arena_copy(a, str_of(good));

        changed[i] = good[i] == 'A' ? 'B' : 'A';
        who = NULL;
        assert_int_equal(ask(authority, cache, a, changed, &who, NULL), AGENTOS_UNAUTHENTICATED);
        assert_null(who);
    }
    assert_int_equal(
        ask(authority, cache, a,
            arena_printf(a, "%.*s%s", (int)(strrchr(other, '.') - other), other, signature), &who,
            NULL),
        AGENTOS_UNAUTHENTICATED);
    assert_int_equal(ask(authority, cache, a, arena_printf(a, "..%s", signature + 1), &who, NULL),
                     AGENTOS_UNAUTHENTICATED);
    assert_int_equal(token_cache_count(cache).hits, 0);
    token_cache_free(cache);
    authority_free(authority);
}

/* What is almost a remembered token is judged by itself. */
static void a_token_that_is_almost_remembered_is_refused(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const char *good = token_of(a, 1), *other = token_of(a, 2);
    const struct principal *who = NULL;

    (void)state;
    assert_int_equal(ask(authority, cache, a, good, &who, NULL), AGENTOS_OK);
    size_t len = strlen(good), signature = (size_t)(strrchr(good, '.') - good);
    const char *const changed[] = {
        arena_printf(a, "%.*s%s", (int)signature, good, strrchr(other, '.')),
        arena_printf(a, "%.*s", (int)len - 1, good),
        arena_printf(a, "%.*s", (int)signature + 1, good),
        arena_printf(a, "%s.", good),
        arena_printf(a, "%s=", good),
        arena_printf(a, "%s%s", good, strrchr(good, '.') + 1),
        arena_printf(a, "%s, %s", good, other),
    };
    for (EACH(changed, token)) {
        who = NULL;
        assert_int_equal(ask(authority, cache, a, *token, &who, NULL), AGENTOS_UNAUTHENTICATED);
        assert_null(who);
    }
    assert_int_equal(ask(authority, cache, a, good, &who, NULL), AGENTOS_OK);
    token_cache_free(cache);
    authority_free(authority);
}

/* What is remembered of one configuration means nothing to the next, whose keys may be others. */
static void a_memory_is_of_one_authority(void **state)
{
    static const char *const other_keys[] = { SECOND_SECRET };
    struct authority_options options = plain_options(),
                             changed = options_for("HS256", other_keys, 1);
    struct authority *authority = make(&options), *next = make(&changed);
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const char *token = token_of(a, 1);
    const struct principal *who = NULL;

    (void)state;
    assert_int_equal(ask(authority, cache, a, token, &who, NULL), AGENTOS_OK);
    assert_int_equal(ask(next, cache, a, token, &who, NULL), AGENTOS_UNAUTHENTICATED);
    token_cache_free(cache);
    authority_free(next);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_that_look_alike_are_their_own_users),
        cmocka_unit_test(a_remembered_signature_is_no_pass_for_other_claims),
        cmocka_unit_test(a_token_that_is_almost_remembered_is_refused),
        cmocka_unit_test(a_memory_is_of_one_authority),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
