/* The memory of verified tokens: bounded, exact, and never longer than the token itself. */
#include "auth/token/token_cache.h"
#include "unit.h"

enum { NOW = 1795288566, LEEWAY = 10, GENERATION = 1 };

static struct verified *make_by(const char *sub, int64_t exp, struct key_stamp stamp)
{
    static const struct claim_path sub_path = { "sub", { "sub" }, 1 };
    static const struct principal_rules rules = { .admin_scope = "agent_os:admin",
                                                  .user_id = { &sub_path, 1 },
                                                  .leeway_s = LEEWAY };
    arena *own = arena_new();
    const char *text = arena_printf(own, "{\"sub\":\"%s\",\"exp\":%lld}", sub, (long long)exp);
    const json_t *claims;

    assert_int_equal(json_parse(own, str_of(text), &claims, NULL), AGENTOS_OK);
    return verified_new_take(own, claims, &rules, stamp);
}

static struct verified *make(const char *sub, int64_t exp)
{
    return make_by(sub, exp, (struct key_stamp){ NULL, 0 });
}

static void put(struct token_cache *cache, const char *token, const char *sub, int64_t exp)
{
    struct verified *verified = make(sub, exp);

    token_cache_put(cache, str_of(token), verified);
    verified_unref(verified);
}

static struct verified *find_at(struct token_cache *cache, const char *token, int64_t now_s)
{
    return token_cache_find(cache, GENERATION, str_of(token), now_s);
}

static bool has(struct token_cache *cache, const char *token)
{
    struct verified *found = find_at(cache, token, NOW);

    verified_unref(found);
    return found != NULL;
}

static struct token_cache *new_cache(size_t entries_max)
{
    struct token_cache *cache = token_cache_new(entries_max);

    assert_null(find_at(cache, "the first question sets the generation", NOW));
    return cache;
}

static void a_token_finds_its_own_principal_and_no_other(void **state)
{
    struct token_cache *cache = new_cache(1000);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char token[32], sub[32];
        (void)snprintf(token, sizeof(token), "a.b.%d", i);
        (void)snprintf(sub, sizeof(sub), "user-%d", i);
        put(cache, token, sub, 0);
    }
    for (int i = 0; i < 1000; i++) {
        char token[32], sub[32];
        (void)snprintf(token, sizeof(token), "a.b.%d", i);
        (void)snprintf(sub, sizeof(sub), "user-%d", i);
        struct verified *found = find_at(cache, token, NOW);
        assert_non_null(found);
        assert_string_equal(verified_principal(found)->user_id, sub);
        verified_unref(found);
    }
    assert_false(has(cache, "a.b."));
    assert_false(has(cache, "a.b.1000"));
    assert_false(has(cache, ""));
    token_cache_free(cache);
}

/* What is compared is the whole token, whichever of its parts an attacker changes. */
static void no_part_of_a_token_is_taken_for_the_whole(void **state)
{
    static const char *const others[] = { "head.body.other", "head.bodY.sign", "heaD.body.sign",
                                          "head.body.sig",   "head.body",      "head.bod.sign",
                                          ".sign",           "sign",           "head.body.x.sign",
                                          "head.body.",      "headbody.sign" };
    struct token_cache *cache = new_cache(4);

    (void)state;
    put(cache, "head.body.sign", "u", 0);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(has(cache, others[i]));
    assert_true(has(cache, "head.body.sign"));

    put(cache, "head.other.sign", "v", 0); /* two of one signature: the first stays */
    assert_true(has(cache, "head.body.sign"));
    assert_false(has(cache, "head.other.sign"));
    token_cache_free(cache);
}

static void it_never_holds_more_than_its_bound(void **state)
{
    enum { BOUND = 16, TOKENS = 20000 };
    struct token_cache *cache = new_cache(BOUND);
    size_t kept = 0;

    (void)state;
    for (int i = 0; i < TOKENS; i++) {
        char token[32];
        (void)snprintf(token, sizeof(token), "a.b.%d", i);
        put(cache, token, "u", 0);
    }
    for (int i = 0; i < TOKENS; i++) {
        char token[32];
        (void)snprintf(token, sizeof(token), "a.b.%d", i);
        bool is_kept = has(cache, token);
        assert_int_equal(is_kept, i >= TOKENS - BOUND);
        kept += is_kept;
    }
    assert_int_equal(kept, BOUND);
    token_cache_free(cache);
}

static void the_least_recently_used_goes_first(void **state)
{
    struct token_cache *cache = new_cache(2);

    (void)state;
    put(cache, "one", "u", 0);
    put(cache, "two", "u", 0);
    assert_true(has(cache, "one"));
    put(cache, "three", "u", 0);
    assert_false(has(cache, "two"));
    assert_true(has(cache, "one"));
    assert_true(has(cache, "three"));
    token_cache_free(cache);
}

static void an_entry_ends_when_the_check_would_refuse_the_token(void **state)
{
    struct token_cache *cache = new_cache(4);
    struct verified *found;

    (void)state;
    put(cache, "t", "u", NOW);
    assert_non_null(found = find_at(cache, "t", NOW + LEEWAY - 1));
    verified_unref(found);
    assert_null(find_at(cache, "t", NOW + LEEWAY));
    assert_null(find_at(cache, "t", NOW)); /* it was taken out */
    put(cache, "for ever", "u", 0);
    assert_non_null(found = find_at(cache, "for ever", INT64_MAX));
    verified_unref(found);
    token_cache_free(cache);
}

static void what_is_in_use_outlives_its_entry_and_the_cache(void **state)
{
    struct token_cache *cache = new_cache(1);
    AUTO(arena) *request = arena_new();

    (void)state;
    put(cache, "one", "ada", 0);
    struct verified *found = find_at(cache, "one", NOW);
    assert_non_null(found);
    arena_defer(request, verified_release, found);
    put(cache, "two", "bob", 0);
    assert_false(has(cache, "one"));
    assert_string_equal(verified_principal(found)->user_id, "ada");
    token_cache_free(cache);
    assert_string_equal(verified_principal(found)->user_id, "ada");
}

static void another_authority_starts_afresh(void **state)
{
    struct token_cache *cache = new_cache(4);

    (void)state;
    put(cache, "t", "u", 0);
    assert_null(token_cache_find(cache, GENERATION + 1, STR("t"), NOW));
    assert_false(has(cache, "t"));
    token_cache_free(cache);
}

static void the_first_to_be_remembered_stays(void **state)
{
    struct token_cache *cache = new_cache(4);

    (void)state;
    put(cache, "t", "ada", 0);
    put(cache, "t", "bob", 0);
    struct verified *found = find_at(cache, "t", NOW);
    assert_string_equal(verified_principal(found)->user_id, "ada");
    verified_unref(found);
    token_cache_free(cache);
}

static void a_bound_of_none_remembers_nothing(void **state)
{
    struct token_cache *cache = new_cache(0);

    (void)state;
    put(cache, "t", "u", 0);
    assert_false(has(cache, "t"));
    token_cache_free(cache);
    token_cache_free(NULL);
    verified_unref(NULL);
}

/* The keys of one issuer move: what another issuer's have verified stays (docs/design/security.md
 * 14). */
static void keys_that_move_take_along_only_what_they_have_verified(void **state)
{
    struct token_cache *cache = new_cache(8);
    atomic_uint one = 0, other = 0;
    struct verified *of_one = make_by("ann", 0, (struct key_stamp){ &one, 0 });
    struct verified *of_other = make_by("bob", 0, (struct key_stamp){ &other, 0 });
    struct verified *late = make_by("cid", 0, (struct key_stamp){ &one, 0 });

    (void)state;
    token_cache_put(cache, STR("one"), of_one);
    token_cache_put(cache, STR("other"), of_other);
    put(cache, "plain", "dan", 0);
    assert_true(has(cache, "one") && has(cache, "other") && has(cache, "plain"));

    one++;
    assert_false(has(cache, "one"));
    assert_true(has(cache, "other") && has(cache, "plain"));
    token_cache_put(cache, STR("late"), late); /* they moved while it was being verified */
    assert_false(has(cache, "late"));

    verified_unref(of_one);
    verified_unref(of_other);
    verified_unref(late);
    token_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_move_take_along_only_what_they_have_verified),
        cmocka_unit_test(a_token_finds_its_own_principal_and_no_other),
        cmocka_unit_test(no_part_of_a_token_is_taken_for_the_whole),
        cmocka_unit_test(it_never_holds_more_than_its_bound),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(an_entry_ends_when_the_check_would_refuse_the_token),
        cmocka_unit_test(what_is_in_use_outlives_its_entry_and_the_cache),
        cmocka_unit_test(another_authority_starts_afresh),
        cmocka_unit_test(the_first_to_be_remembered_stays),
        cmocka_unit_test(a_bound_of_none_remembers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
