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

/* The i-th of eight different keys of this algorithm, made when it is first asked for, never freed.
 */
static const struct key *other_key(const char *alg, size_t i)
{
    static struct key *made[2][8];
    struct key **key = &made[strcmp(alg, "ES256") == 0][i];

    assert_true(i < COUNT(made[0]));
    if (*key == NULL)
        assert_int_equal(key_generate(alg_find(str_of(alg)), key, NULL), AGENTOS_OK);
    return *key;
}

/* So many keys: one key under a kid of its own each, or different keys under none. */
static const char *many_keys(arena *a, size_t count, bool has_kids)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);

    buf_append(&text, STR("{\"keys\":["));
    for (size_t i = 0; i < count; i++) {
        const char *extra = arena_printf(a, ",\"alg\":\"EdDSA\"%s",
                                         has_kids ? arena_printf(a, ",\"kid\":\"%zu\"", i) : "");
        const struct key *key = has_kids ? test_key("EdDSA") : other_key("EdDSA", i);
        buf_printf(&text, "%s%s", i > 0 ? "," : "", published_jwk(a, key, extra));
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

/* Providers publish one key for several algorithms under one kid; two different ones for the same
 * are a mistake or an attack, and which of them counts must not depend on the order. Only tokens of
 * that kid and algorithm are concerned. docs/design/security.md 8. */
static void different_keys_of_one_kid_need_another_algorithm(void **state)
{
    static const struct {
        const char *first, *second, *alg; /* alg: the ambiguous one; NULL: none */
        size_t usable;
    } cases[] = {
        { ",\"kid\":\"k\",\"alg\":\"ES256\"", ",\"kid\":\"k\",\"alg\":\"ES256\"", "ES256", 0 },
        { ",\"kid\":\"k\"", ",\"kid\":\"k\"", "ES256", 0 },
        { ",\"kid\":\"k\"", ",\"kid\":\"K\"", NULL, 2 },
        { "", "", NULL, 2 },
        { ",\"kid\":\"\"", ",\"kid\":null", NULL, 2 },
        /* what is skipped is not there (Keycloak) */
        { ",\"kid\":\"k\",\"alg\":\"ES256\"", ",\"kid\":\"k\",\"use\":\"enc\"", NULL, 1 },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *told = NULL;
        const char *text = arena_printf(
            a, "{\"keys\":[%s,%s,%s]}", published_jwk(a, other_key("ES256", 0), cases[i].first),
            published_jwk(a, other_key("ES256", 1), cases[i].second),
            published_jwk(a, test_key("EdDSA"), ",\"kid\":\"e\",\"alg\":\"EdDSA\""));
        struct jwks *set = published_read(a, text, true, &told);
        assert_int_equal(jwks_usable(set), cases[i].usable + 1);
        assert_true(published_verifies(set, published_token(a, "EdDSA", test_key("EdDSA"), "e")));
        assert_true(published_verifies(set, published_token(a, "EdDSA", test_key("EdDSA"), NULL)));
        jwks_unref(set);
        const char *told_of_file = published_told(a, text, false);
        if (cases[i].alg != NULL) {
            assert_string_equal(told, "several keys with kid 'k' for ES256; none is used");
            assert_string_equal(told_of_file, "the set has two keys with kid 'k' for ES256");
        } else {
            assert_string_equal(told, told_of_file);
        }
    }
}

/* Neither of two keys is tried: not by their kid, not without a kid, and not for a third key that
 * repeats one of them; a kid that is ambiguous is not one that the set lacks. */
static void no_key_of_an_ambiguous_kid_is_tried(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    const char *extra = ",\"kid\":\"k\"";
    struct jwks *set = published_read(a,
                                      arena_printf(a, "{\"keys\":[7,%s,%s,%s,%s]}",
                                                   published_jwk(a, other_key("ES256", 0), extra),
                                                   published_jwk(a, other_key("ES256", 1), extra),
                                                   published_jwk(a, other_key("ES256", 0), extra),
                                                   published_jwk(a, other_key("ES256", 2), "")),
                                      true, &told);

    assert_string_equal(told, "1 of 5 keys skipped: 1 damaged; several keys with kid 'k' for "
                              "ES256; none is used");
    assert_true(jwks_has_kid(set, STR("k")));
    assert_int_equal(candidates(set, "k", "ES256"), 0);
    assert_int_equal(candidates(set, "", "ES256"), 1);
    assert_int_equal(candidates(set, "x", "ES256"), 1);
    for (size_t i = 0; i < 2; i++) {
        assert_false(
            published_verifies(set, published_token(a, "ES256", other_key("ES256", i), "k")));
        assert_false(
            published_verifies(set, published_token(a, "ES256", other_key("ES256", i), NULL)));
    }
    jwks_unref(set);
}

static void a_key_that_is_listed_again_is_one_key(void **state)
{
    static const struct {
        const char *first, *second;
        size_t count;
    } cases[] = {
        { ",\"kid\":\"k\",\"alg\":\"RS256\"", ",\"kid\":\"k\",\"alg\":\"RS256\"", 1 },
        { ",\"kid\":\"k\",\"alg\":\"RS256\"", ",\"kid\":\"k\",\"alg\":\"RS384\"", 2 },
        { ",\"kid\":\"k\"", ",\"kid\":\"k\",\"alg\":\"PS256\"", 6 },
        { ",\"kid\":\"k\",\"alg\":\"PS256\"", ",\"kid\":\"k\"", 6 },
        { ",\"kid\":\"k\"", ",\"kid\":\"k\",\"x5t\":\"AAAA\"", 6 },
        { "", "", 6 },
        { ",\"kid\":\"a\",\"alg\":\"RS256\"", ",\"kid\":\"b\",\"alg\":\"RS256\"", 2 },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases) * 2; i++) {
        const char *told = NULL;
        const char *text = arena_printf(a, "{\"keys\":[%s,%s]}",
                                        published_jwk(a, test_key("RS256"), cases[i / 2].first),
                                        published_jwk(a, test_key("RS256"), cases[i / 2].second));
        struct jwks *set = published_read(a, text, i % 2 == 0, &told);
        assert_string_equal(told, "");
        assert_int_equal(jwks_count(set), cases[i / 2].count);
        assert_int_equal(jwks_usable(set), cases[i / 2].count);
        jwks_unref(set);
    }
}

static void a_set_is_one_of_three_forms(void **state)
{
    static const char none[] = "not a key set: expected {\"keys\":[...]}, a JWK or a map of "
                               "certificates";
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
        { "", "the key set is not JSON or has a duplicate name (JSON line 1)" },
        { "<html>200 OK</html>", "the key set is not JSON or has a duplicate name (JSON line 1)" },
        { "{\"keys\":[]}}", "the key set is not JSON or has a duplicate name (JSON line 1)" },
        { "{\"keys\":[],\"keys\":[]}",
          "the key set is not JSON or has a duplicate name (JSON line 1)" },
        { "{\"keys\":[{\"kty\":\"oct\",\n\"k\":\"a\",\"k\":\"SECRET\"}]}",
          "the key set is not JSON or has a duplicate name (JSON line 2)" },
        { "{\"keys\":[\"\xff\"]}",
          "the key set is not JSON or has a duplicate name (JSON line 1)" },
        { "{\"keys\":[{\"kid\":\"\\u0000\"}]}",
          "the key set is not JSON or has a duplicate name (JSON line 1)" },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(published_told(a, cases[i].text, true), cases[i].told);
    char *deep = arena_alloc(a, 200);
    memset(deep, '[', 100);
    assert_string_equal(
        published_told(a, deep, true),
        "the key set is not JSON or has a duplicate name (JSON is nested deeper than "
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
                        "unknown type, 1 only a certificate (x5c)");
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
        cmocka_unit_test(different_keys_of_one_kid_need_another_algorithm),
        cmocka_unit_test(no_key_of_an_ambiguous_kid_is_tried),
        cmocka_unit_test(a_key_that_is_listed_again_is_one_key),
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
