/* A JWK without `alg`. Libraries took the token's word for what was missing: libjwt verified HS256
 * with an RSA key, whose union read as a secret of no length (CVE-2026-44699,
 * GHSA-q843-6q5f-w55g), Hono used the header of the token (CVE-2026-22817, CVE-2026-22818), PyJWT
 * let a key object's own algorithm walk around the list of the caller (CVE-2026-48523). Here such a
 * key is bound when it is read, to listed algorithms of its own type, and a token's alg can only
 * choose among these. */
#include "published.h"

/* What an attacker can sign without the key: HS256 with an empty secret, or with any public text.
 */
static str forged(arena *a, str secret)
{
    struct key *forger = NULL;

    assert_int_equal(key_of_secret(secret, alg_find(STR("HS256")), &forger, NULL), AGENTOS_OK);
    str token = test_token(a, forger, "{\"alg\":\"HS256\",\"kid\":\"k\"}", "{\"sub\":\"admin\"}");
    key_free(forger);
    return token;
}

static void a_public_key_without_alg_verifies_no_hmac(void **state)
{
    static const char *const algs[] = { "RS256", "ES256", "EdDSA" };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(algs); i++) {
        const char *told, *jwk = published_jwk(a, test_key(algs[i]), ",\"kid\":\"k\"");
        struct jwks *set = published_read(a, jwk, false, &told);
        const struct key *found[JWKS_CANDIDATES_MAX];

        assert_int_equal(jwks_find(set, STR("k"), STR("HS256"), found), 0);
        assert_false(published_verifies(set, forged(a, STR(""))));
        assert_false(published_verifies(set, forged(a, str_of(jwk))));
        assert_true(published_verifies(set, published_token(a, algs[i], test_key(algs[i]), "k")));
        jwks_unref(set);
    }
}

static void a_public_key_that_calls_itself_hmac_is_no_key(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (int is_remote = 0; is_remote < 2; is_remote++) {
        const char *told;
        struct jwks *set = published_read(
            a, published_jwk(a, test_key("RS256"), ",\"kid\":\"k\",\"alg\":\"HS256\""), is_remote,
            &told);
        assert_string_equal(told, "1 of 1 keys skipped: 1 damaged");
        assert_false(published_verifies(set, forged(a, STR(""))));
        jwks_unref(set);
    }
}

static void the_token_chooses_among_listed_algorithms_alone(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct alg *algs[] = { alg_find(STR("RS256")), alg_find(STR("RS384")) };
    const struct jwks_rules rules = { .algs = algs, .alg_count = 2, .is_remote = true };
    const char *told;
    struct jwks *set =
        published_read_by(a, published_jwk(a, test_key("RS256"), ",\"kid\":\"k\""), &rules, &told);

    assert_int_equal(jwks_count(set), 2);
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "k")));
    assert_true(published_verifies(set, published_token(a, "RS384", test_key("RS384"), "k")));
    assert_false(published_verifies(set, published_token(a, "RS512", test_key("RS512"), "k")));
    assert_false(published_verifies(set, published_token(a, "PS256", test_key("PS256"), "k")));
    jwks_unref(set);
}

static void an_alg_that_is_not_listed_is_not_widened_by_its_key(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct alg *algs[] = { alg_find(STR("RS256")) };
    const struct jwks_rules rules = { .algs = algs, .alg_count = 1, .is_remote = true };
    const char *told;
    struct jwks *set = published_read_by(
        a, published_jwk(a, test_key("RS256"), ",\"alg\":\"RS512\""), &rules, &told);

    assert_string_equal(told, "1 of 1 keys skipped: 1 of another algorithm");
    assert_false(published_verifies(set, published_token(a, "RS512", test_key("RS512"), NULL)));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), NULL)));
    jwks_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_public_key_without_alg_verifies_no_hmac),
        cmocka_unit_test(a_public_key_that_calls_itself_hmac_is_no_key),
        cmocka_unit_test(the_token_chooses_among_listed_algorithms_alone),
        cmocka_unit_test(an_alg_that_is_not_listed_is_not_widened_by_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
