/* The key sets of the providers that the product names, in their shapes: what each publishes beside
 * the key that signs must neither stop the set nor verify a token. */
#include "published.h"

struct shape {
    const char *provider, *signer; /* the algorithm that its tokens have */
    const char *kid;
    const char *text, *told;
};

static void assert_serves(arena *a, const struct shape *shape)
{
    const char *told;
    struct jwks *set = published_read(a, shape->text, true, &told);
    struct key *other = NULL;

    if (strcmp(told, shape->told) != 0)
        fail_msg("%s: %s", shape->provider, told);
    const struct key *key = test_key(shape->signer);
    assert_true(published_verifies(set, published_token(a, shape->signer, key, shape->kid)));
    assert_true(published_verifies(set, published_token(a, shape->signer, key, NULL)));
    assert_false(published_verifies(set, published_token(a, shape->signer, key, "another")));
    assert_int_equal(key_generate(key_alg(key), &other, NULL), AGENTOS_OK);
    assert_false(published_verifies(set, published_token(a, shape->signer, other, shape->kid)));
    key_free(other);
    jwks_unref(set);
}

/* Another pair of the same type, as the next key that is published before it signs. */
static const struct key *standby_key(const char *alg)
{
    static struct key *rsa, *ec;
    struct key **key = strcmp(alg, "RS256") == 0 ? &rsa : &ec;

    if (*key == NULL)
        assert_int_equal(key_generate(alg_find(str_of(alg)), key, NULL), AGENTOS_OK);
    return *key;
}

static void okta_lists_several_keys_any_of_which_may_sign(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_serves(
        a,
        &(struct shape){
            "okta", "RS256", "rX8-5oA",
            arena_printf(a, "{\"keys\":[%s,%s]}",
                         published_jwk(a, standby_key("RS256"),
                                       ",\"alg\":\"RS256\",\"kid\":\"U5R8\",\"use\":\"sig\""),
                         published_jwk(a, test_key("RS256"),
                                       ",\"alg\":\"RS256\",\"kid\":\"rX8-5oA\",\"use\":\"sig\"")),
            "" });
}

static void auth0_adds_certificates_which_are_not_believed(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    /* The certificate of the first key is of the second: n and e are the key. */
    const char *wrong_x5c = published_x5c(a, standby_key("RS256"));
    static const char format[] =
        ",\"use\":\"sig\",\"kid\":\"%s\",\"x5t\":\"u3-Kq\",\"x5c\":[\"%s\"],"
        "\"alg\":\"RS256\"";

    assert_serves(a, &(struct shape){
                         "auth0", "RS256", "NjVBRjY5",
                         arena_printf(a, "{\"keys\":[%s,%s]}",
                                      published_jwk(a, test_key("RS256"),
                                                    arena_printf(a, format, "NjVBRjY5", wrong_x5c)),
                                      published_jwk(a, standby_key("RS256"),
                                                    arena_printf(a, format, "next", wrong_x5c))),
                         "" });
}

/* jpadilla/pyjwt #722, greenpau/caddy-security #170: the second key stopped the whole set. */
static void keycloaks_key_for_encryption_is_skipped(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *x5c = published_x5c(a, test_key("RS256"));

    assert_serves(
        a, &(struct shape){
               "keycloak", "RS256", "FJ86GcF3",
               arena_printf(
                   a, "{\"keys\":[%s,%s]}",
                   published_jwk(a, test_key("RS256"),
                                 arena_printf(a,
                                              ",\"kid\":\"FJ86GcF3\",\"alg\":\"RS256\",\"use\":"
                                              "\"sig\",\"x5c\":[\"%s\"],\"x5t#S256\":\"A\"",
                                              x5c)),
                   published_jwk(a, standby_key("RS256"),
                                 ",\"kid\":\"enc\",\"alg\":\"RSA-OAEP\",\"use\":\"enc\"")),
               "1 of 2 keys skipped: 1 not for signatures (use, key_ops)" });
}

static void a_token_signed_with_keycloaks_key_for_encryption_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(
        a,
        arena_printf(a, "{\"keys\":[%s]}",
                     published_jwk(a, test_key("RS256"), ",\"kid\":\"enc\",\"use\":\"enc\"")),
        true, &told);

    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "enc")));
    assert_false(published_verifies(set, published_token(a, "RS256", test_key("RS256"), NULL)));
    jwks_unref(set);
}

/* keycloak #15616: one kid, two algorithms. */
static void keycloaks_kid_of_two_algorithms_is_two_keys(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const char *told;
    struct jwks *set = published_read(
        a,
        arena_printf(a, "{\"keys\":[%s,%s]}",
                     published_jwk(a, test_key("RS256"), ",\"kid\":\"k\",\"alg\":\"RS256\""),
                     published_jwk(a, test_key("ES256"), ",\"kid\":\"k\",\"alg\":\"ES256\"")),
        true, &told);

    assert_string_equal(told, "");
    assert_true(published_verifies(set, published_token(a, "RS256", test_key("RS256"), "k")));
    assert_true(published_verifies(set, published_token(a, "ES256", test_key("ES256"), "k")));
    jwks_unref(set);
}

static void firebases_map_of_certificates_is_read(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_serves(a, &(struct shape){
                         "firebase", "RS256", "6f7254101f56e41cf35c9926de84a2d552b4c6f1",
                         arena_printf(a,
                                      "{\n  \"6f7254101f56e41cf35c9926de84a2d552b4c6f1\": \"%s\",\n"
                                      "  \"838c06c62046c2d948affe137dd5310129f4d5d1\": \"%s\"\n}\n",
                                      published_certificate(a, test_key("RS256")),
                                      published_certificate(a, standby_key("RS256"))),
                         "" });
}

static void cognito_has_two_keys_with_base64_kids(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_serves(
        a, &(struct shape){
               "cognito", "RS256", "abcdef+Gh/ij=",
               arena_printf(
                   a, "{\"keys\":[%s,%s]}",
                   published_jwk(a, test_key("RS256"),
                                 ",\"alg\":\"RS256\",\"kid\":\"abcdef+Gh/ij=\",\"use\":\"sig\""),
                   published_jwk(a, standby_key("RS256"),
                                 ",\"alg\":\"RS256\",\"kid\":\"id+token/0=\",\"use\":\"sig\"")),
               "" });
}

static void supabase_lists_a_standby_key_and_key_ops(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    static const char format[] =
        ",\"alg\":\"ES256\",\"ext\":true,\"key_ops\":[\"verify\"],\"use\":\"sig\","
        "\"kid\":\"%s\"";

    assert_serves(
        a, &(struct shape){
               "supabase", "ES256", "b81269f1-21d8-4f2e-b719-c2240a840d90",
               arena_printf(
                   a, "{\"keys\":[%s,%s]}",
                   published_jwk(a, standby_key("ES256"),
                                 arena_printf(a, format, "c264016c-1a3f-4b27-8f3d-1b2b3c4d5e6f")),
                   published_jwk(a, test_key("ES256"),
                                 arena_printf(a, format, "b81269f1-21d8-4f2e-b719-c2240a840d90"))),
               "" });
}

static void clerk_and_workos_have_one_key(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_serves(
        a, &(struct shape){ "clerk", "RS256", "ins_2abc",
                            arena_printf(a, "{\"keys\":[%s]}",
                                         published_jwk(a, test_key("RS256"),
                                                       ",\"use\":\"sig\",\"kid\":\"ins_2abc\","
                                                       "\"alg\":\"RS256\"")),
                            "" });
    assert_serves(
        a, &(struct shape){
               "workos", "RS256", "sso_oidc_key_pair_01H",
               arena_printf(a, "{\"keys\":[%s]}",
                            published_jwk(
                                a, test_key("RS256"),
                                arena_printf(a,
                                             ",\"alg\":\"RS256\",\"use\":\"sig\",\"x5c\":[\"%s\"],"
                                             "\"kid\":\"sso_oidc_key_pair_01H\",\"x5t#S256\":\"Z\"",
                                             published_x5c(a, test_key("RS256"))))),
               "" });
}

/* Entra's keys have no `alg`; the rules say which algorithms count. */
static void a_generic_provider_may_leave_alg_out(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_serves(a, &(struct shape){ "generic", "PS384", "k",
                                      arena_printf(a, "{\"keys\":[%s]}",
                                                   published_jwk(a, test_key("PS384"),
                                                                 ",\"use\":\"sig\",\"kid\":\"k\"")),
                                      "" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(okta_lists_several_keys_any_of_which_may_sign),
        cmocka_unit_test(auth0_adds_certificates_which_are_not_believed),
        cmocka_unit_test(keycloaks_key_for_encryption_is_skipped),
        cmocka_unit_test(a_token_signed_with_keycloaks_key_for_encryption_is_refused),
        cmocka_unit_test(keycloaks_kid_of_two_algorithms_is_two_keys),
        cmocka_unit_test(firebases_map_of_certificates_is_read),
        cmocka_unit_test(cognito_has_two_keys_with_base64_kids),
        cmocka_unit_test(supabase_lists_a_standby_key_and_key_ops),
        cmocka_unit_test(clerk_and_workos_have_one_key),
        cmocka_unit_test(a_generic_provider_may_leave_alg_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
