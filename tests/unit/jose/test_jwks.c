/* A set as a whole: its three forms, which keys a token may try, what is refused outright, and when
 * two sets are the same. */
#include "published.h"

static const char *two_keys(arena *a, const char *first_extra, const char *second_extra)
{
    return arena_printf(a, "{\"keys\":[%s,%s]}", published_jwk(a, test_key("RS256"), first_extra),
                        published_jwk(a, test_key("ES256"), second_extra));
}

static size_t candidates(const struct jwks *set, const char *kid, const char *alg)
{
    const struct key *keys[JWKS_CANDIDATES_MAX];

    return jwks_find(set, str_of(kid), str_of(alg), keys);
}

static void a_token_tries_the_keys_of_its_kid_and_algorithm(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(
        a, two_keys(a, ",\"kid\":\"r\",\"alg\":\"RS256\"", ",\"kid\":\"e\""), true, &told);

    assert_string_equal(told, "");
    assert_int_equal(candidates(set, "r", "RS256"), 1);
    assert_int_equal(candidates(set, "r", "ES256"), 0);
    assert_int_equal(candidates(set, "r", "RS512"), 0);
    assert_int_equal(candidates(set, "e", "ES256"), 1);
    assert_int_equal(candidates(set, "", "ES256"), 1); /* the token names none */
    assert_int_equal(candidates(set, "x", "ES256"), 0);
    assert_int_equal(candidates(set, "", "none"), 0);
    assert_int_equal(candidates(set, "", ""), 0);
    assert_true(jwks_has_kid(set, STR("r")));
    assert_false(jwks_has_kid(set, STR("x")));
    assert_false(jwks_has_kid(set, STR("")));
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "r")));
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), NULL)));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "e")));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "x")));
    jwks_unref(set);
}

static void keys_without_kid_stand_in_for_a_kid_that_the_set_lacks(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(a, two_keys(a, "", ",\"kid\":\"e\""), true, &told);

    assert_int_equal(candidates(set, "x", "RS256"), 1);
    assert_int_equal(candidates(set, "x", "ES256"), 0);
    assert_int_equal(candidates(set, "e", "RS256"), 0); /* this one it has */
    assert_false(jwks_has_kid(set, STR("")));
    jwks_unref(set);
}

/* One key so many times, under a kid of its own each, or under none. */
static const char *many_keys(arena *a, size_t count, bool has_kids)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);

    buf_append(&text, STR("{\"keys\":["));
    for (size_t i = 0; i < count; i++) {
        const char *extra = arena_printf(a, ",\"alg\":\"EdDSA\"%s",
                                         has_kids ? arena_printf(a, ",\"kid\":\"%zu\"", i) : "");
        buf_printf(&text, "%s%s", i > 0 ? "," : "", published_jwk(a, test_key("EdDSA"), extra));
    }
    buf_append(&text, STR("]}"));
    assert_true(buf_ok(&text));
    return arena_copy(a, buf_view(&text));
}

/* docs/design/security.md 8. */
static void a_token_without_kid_tries_four_keys_at_most(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct key *found[JWKS_CANDIDATES_MAX];
    const char *told;
    struct jwks *set = published_read(a, many_keys(a, 6, true), true, &told);

    assert_int_equal(jwks_find(set, STR(""), STR("EdDSA"), found), JWKS_CANDIDATES_MAX);
    for (size_t i = 0; i < JWKS_CANDIDATES_MAX; i++) /* in the order of the document */
        assert_ptr_equal(found[i], jwks_entry(set, i)->key);
    jwks_unref(set);
    set = published_read(a, many_keys(a, 6, false), true, &told);
    assert_int_equal(candidates(set, "unknown", "EdDSA"), JWKS_CANDIDATES_MAX);
    jwks_unref(set);
}

static void a_set_has_256_keys_and_1_MiB_at_most(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *text = arena_alloc(a, JWKS_MAX_BYTES + 2);

    assert_string_equal(published_told(a, many_keys(a, 256, true), true), "");
    assert_string_equal(published_told(a, many_keys(a, 257, true), true),
                        "the key set has 257 keys; 256 at most are accepted");
    /* Small ones, so that the number is what is refused. */
    AUTO_BUF many = buf_with_limit(JWKS_MAX_BYTES);
    buf_append(&many, STR("{\"keys\":[{}"));
    for (size_t i = 1; i < 10000; i++)
        buf_append(&many, STR(",{}"));
    buf_append(&many, STR("]}"));
    assert_string_equal(published_told(a, many.ptr, true),
                        "the key set has 10000 keys; 256 at most are accepted");

    memset(text, ' ', JWKS_MAX_BYTES + 1);
    memcpy(text, "{\"keys\":[]}", 11);
    assert_string_equal(published_told(a, text, true), "the key set is larger than 1024 KiB");
    text[JWKS_MAX_BYTES] = '\0';
    assert_string_equal(published_told(a, text, true), "");
}

/* Providers publish one key for several algorithms under one kid; two for the same are a mistake or
 * an attack, and which of them counts must not depend on the order. docs/design/security.md 8. */
static void one_kid_twice_needs_another_algorithm(void **state)
{
    static const struct {
        const char *first, *second;
        bool is_fine;
    } cases[] = {
        { ",\"kid\":\"k\",\"alg\":\"RS256\"", ",\"kid\":\"k\",\"alg\":\"RS384\"", true },
        { ",\"kid\":\"k\",\"alg\":\"RS256\"", ",\"kid\":\"k\",\"alg\":\"RS256\"", false },
        { ",\"kid\":\"k\"", ",\"kid\":\"k\",\"alg\":\"PS256\"", false },
        { ",\"kid\":\"k\"", ",\"kid\":\"k\"", false },
        { ",\"kid\":\"k\"", ",\"kid\":\"K\"", true },
        { "", "", true },
        { ",\"kid\":\"\"", ",\"kid\":\"\"", true },
        /* what is skipped is not there (Keycloak) */
        { ",\"kid\":\"k\",\"alg\":\"RS256\"", ",\"kid\":\"k\",\"use\":\"enc\"", true },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *told = NULL;
        const char *text = arena_printf(a, "{\"keys\":[%s,%s]}",
                                        published_jwk(a, test_key("RS256"), cases[i].first),
                                        published_jwk(a, test_key("RS256"), cases[i].second));
        struct jwks *set = published_read(a, text, true, &told);
        if ((set != NULL) != cases[i].is_fine)
            fail_msg("case %zu: %s", i, told);
        if (set == NULL)
            assert_true(str_starts(str_of(told), STR("the set has two keys of kid 'k' for ")));
        jwks_unref(set);
    }
}

static void a_set_is_one_of_three_forms(void **state)
{
    static const char none[] = "this is no key set: neither {\"keys\":[...]} nor a JWK nor a map "
                               "of certificates";
    static const struct {
        const char *text, *told;
    } cases[] = {
        { "{\"keys\":[]}", "" }, /* Supabase with its legacy secret */
        { "{\"keys\":[],\"kty\":\"RSA\"}", "" },
        { "{\"keys\":[7,null,\"x\",[]]}", "4 of 4 keys skipped: 4 damaged" },
        { "{\"keys\":{}}", none },
        { "{\"keys\":null}", none },
        { "{\"keys\":\"-----BEGIN CERTIFICATE-----\"}", none },
        { "{}", none },
        { "[]", none },
        /* an answer that is no set must not pass for an empty one */
        { "{\"error\":\"not_found\"}", none },
        { "{\"message\":\"-----BEGIN\",\"code\":404}", none },
        { "", "the key set is not JSON, or has a name twice (JSON line 1)" },
        { "<html>200 OK</html>", "the key set is not JSON, or has a name twice (JSON line 1)" },
        { "{\"keys\":[]}}", "the key set is not JSON, or has a name twice (JSON line 1)" },
        { "{\"keys\":[],\"keys\":[]}",
          "the key set is not JSON, or has a name twice (JSON line 1)" },
        { "{\"keys\":[{\"kty\":\"oct\",\n\"k\":\"a\",\"k\":\"SECRET\"}]}",
          "the key set is not JSON, or has a name twice (JSON line 2)" },
        { "{\"keys\":[\"\xff\"]}", "the key set is not JSON, or has a name twice (JSON line 1)" },
        { "{\"keys\":[{\"kid\":\"\\u0000\"}]}",
          "the key set is not JSON, or has a name twice (JSON line 1)" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(published_told(a, cases[i].text, true), cases[i].told);
    char *deep = arena_alloc(a, 200);
    memset(deep, '[', 100);
    assert_string_equal(published_told(a, deep, true),
                        "the key set is not JSON, or has a name twice (JSON is nested deeper than "
                        "64 levels)");
}

static void a_map_of_certificates_is_a_set(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    char long_kid[KID_MAX_BYTES + 2] = { 0 };

    memset(long_kid, 'k', sizeof(long_kid) - 1);
    const char *text = arena_printf(
        a, "{\"one\":\"%s\",\"%s\":\"%s\",\"bad\":\"-----BEGIN CERTIFICATE-----\\nAAAA\"}",
        published_certificate(a, test_key("RS256")), long_kid,
        published_certificate(a, test_key("ES256")));
    struct jwks *set = published_read(a, text, true, &told);
    assert_string_equal(told, "2 of 3 keys skipped: 2 damaged");
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "one")));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "two")));
    jwks_unref(set);

    char *public_pem = NULL;
    assert_int_equal(key_public_pem(test_key("ES384"), &public_pem, NULL), AGENTOS_OK);
    for (char *c = public_pem; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    set = published_read(a, arena_printf(a, "{\"p\":\"%s\"}", public_pem), true, &told);
    assert_true(published_verifies(set, published_token(a, "ES384", test_key("ES384"), "p")));
    jwks_unref(set);
    free(public_pem);
}

static void only_listed_algorithms_are_bound(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct alg *algs[] = { alg_find(STR("PS256")), alg_find(STR("PS256")) };
    const struct jwks_rules rules = { .algs = algs, .alg_count = 2, .is_remote = true };
    const char *told;
    struct jwks *set = published_read_by(a, two_keys(a, ",\"kid\":\"r\"", ""), &rules, &told);

    assert_string_equal(told, "1 of 2 keys skipped: 1 of another algorithm");
    assert_int_equal(jwks_count(set), 1);
    assert_true(published_verifies(set, published_token(a, "PS256", test_key("PS256"), "r")));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "r")));
    jwks_unref(set);

    const struct jwks_rules nothing = { .is_remote = true };
    set = published_read_by(a, two_keys(a, "", ""), &nothing, &told);
    assert_int_equal(jwks_count(set), 0);
    jwks_unref(set);
}

static void every_reason_is_counted(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    AUTO_BUF text = buf_with_limit(MiB);

    buf_printf(&text, "{\"keys\":[%s,%s,7,", published_jwk(a, test_key("RS256"), ""),
               published_jwk(a, test_key("RS256"), ",\"use\":\"enc\""));
    buf_printf(&text, "%s,", published_jwk(a, test_key("RS256"), ",\"alg\":\"RSA-OAEP\""));
    buf_printf(&text, "%s,", published_jwk(a, test_key("RS256"), ",\"d\":\"AQAB\""));
    buf_append(&text, STR("{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":"
                          "\"AQAB\"},{\"kty\":\"AKP\"},{\"kty\":\"RSA\",\"x5c\":[]}]}"));
    assert_string_equal(published_told(a, text.ptr, true),
                        "8 of 9 keys skipped: 1 damaged, 1 not for signatures (use, key_ops), 1 of "
                        "another algorithm, 1 private, 1 a published secret, 1 too weak, 1 of an "
                        "unknown type, 1 a certificate alone (x5c)");
}

static void sets_are_equal_when_their_keys_and_roles_are(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *rsa = published_jwk(a, test_key("RS256"), ",\"kid\":\"r\",\"alg\":\"RS256\"");
    const char *ec = published_jwk(a, test_key("ES256"), ",\"kid\":\"e\"");
    const char *secret = "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":"
                         "\"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE\"}";
    const struct {
        const char *one, *other;
        bool is_equal;
    } cases[] = {
        { arena_printf(a, "{\"keys\":[%s,%s]}", rsa, ec),
          arena_printf(a, " {\"keys\":[%s, %s]}", ec, rsa), true },
        { rsa, arena_printf(a, "{\"keys\":[%s]}", rsa), true },
        { rsa, arena_printf(a, "{\"keys\":[%s,{}]}", rsa), true }, /* skipped ones do not count */
        { rsa, arena_printf(a, "{\"keys\":[%s,%s]}", rsa, ec), false },
        { arena_printf(a, "{\"keys\":[%s,%s]}", rsa, ec), rsa, false },
        { rsa, published_jwk(a, test_key("RS256"), ",\"kid\":\"s\",\"alg\":\"RS256\""), false },
        { rsa, published_jwk(a, test_key("RS256"), ",\"kid\":\"r\",\"alg\":\"RS384\""), false },
        { ec, published_jwk(a, test_key("ES384"), ",\"kid\":\"e\""), false },
        { rsa, "{\"keys\":[]}", false },
        { "{\"keys\":[]}", "{\"keys\":[]}", true },
        { secret, secret, true },
        { secret,
          "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":"
          "\"-xbuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE\"}",
          false },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *told;
        struct jwks *one = published_read(a, cases[i].one, false, &told);
        struct jwks *other = published_read(a, cases[i].other, false, &told);
        if (jwks_equal(one, other) != cases[i].is_equal ||
            jwks_equal(other, one) != cases[i].is_equal)
            fail_msg("case %zu", i);
        assert_true(jwks_equal(one, one));
        jwks_unref(one);
        jwks_unref(other);
    }
}

static void a_set_lives_as_long_as_its_last_reference(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(a, two_keys(a, "", ""), true, &told);
    struct jwks *mine = jwks_ref(set);

    jwks_unref(set);
    assert_true(published_verifies(mine, published_token(a, "ES256", test_key("ES256"), NULL)));
    jwks_unref(mine);
    jwks_unref(NULL);
}

static void the_counts_may_be_unwanted(void **state)
{
    (void)state;
    const struct jwks_rules rules = published_rules(true);
    struct jwks *set = NULL;

    assert_int_equal(jwks_read(STR("{\"keys\":[7]}"), &rules, &set, NULL, NULL), AGENTOS_OK);
    assert_int_equal(jwks_count(set), 0);
    jwks_unref(set);
    assert_int_equal(jwks_read(STR("7"), &rules, &set, NULL, NULL), AGENTOS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_tries_the_keys_of_its_kid_and_algorithm),
        cmocka_unit_test(keys_without_kid_stand_in_for_a_kid_that_the_set_lacks),
        cmocka_unit_test(a_token_without_kid_tries_four_keys_at_most),
        cmocka_unit_test(a_set_has_256_keys_and_1_MiB_at_most),
        cmocka_unit_test(one_kid_twice_needs_another_algorithm),
        cmocka_unit_test(a_set_is_one_of_three_forms),
        cmocka_unit_test(a_map_of_certificates_is_a_set),
        cmocka_unit_test(only_listed_algorithms_are_bound),
        cmocka_unit_test(every_reason_is_counted),
        cmocka_unit_test(sets_are_equal_when_their_keys_and_roles_are),
        cmocka_unit_test(a_set_lives_as_long_as_its_last_reference),
        cmocka_unit_test(the_counts_may_be_unwanted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
