/* A key set beside static keys: which key is tried on which token, and sets that cannot be meant.
 */
#include "authority.h"

#include "auth/keys/keyring.h"

static const char *const algorithm = "ES256";

struct pair {
    struct key *key;
    char *pem;
};

static struct pair make_pair(void)
{
    struct pair pair = { 0 };

    assert_int_equal(key_generate(alg_find(str_of(algorithm)), &pair.key, NULL), AGENTOS_OK);
    assert_int_equal(key_public_pem(pair.key, &pair.pem, NULL), AGENTOS_OK);
    return pair;
}

static void free_pair(struct pair *pair)
{
    key_free(pair->key);
    free(pair->pem);
}

static const char *token_of(arena *a, const struct pair *pair, const char *kid)
{
    AUTO_BUF out = buf_with_limit(8 * KiB);

    assert_int_equal(jws_sign(pair->key, kid, STR(USER_CLAIMS), &out, NULL), AGENTOS_OK);
    return arena_copy(a, buf_view(&out));
}

static void append_jwk(buf *out, const struct pair *pair, const char *kid)
{
    buf_append(out, out->len > 0 ? STR(",") : STR("{\"keys\":["));
    assert_int_equal(jwk_write_public(pair->key, kid, out, NULL), AGENTOS_OK);
}

static struct authority *make_with(const char *set, const char *static_pem)
{
    const char *const keys[] = { static_pem };
    struct authority_options options = options_for(algorithm, keys, static_pem != NULL);

    options.jwks = set;
    options.jwks_name = "authorization.jwks_file";
    return make(&options);
}

static void keys_of_the_set_go_by_kid_and_static_keys_after_them(void **state)
{
    AUTO(arena) *a = arena_new();
    struct pair one = make_pair(), two = make_pair(), fixed = make_pair(), foreign = make_pair();
    AUTO_BUF set = buf_with_limit(8 * KiB);

    (void)state;
    append_jwk(&set, &one, "k1");
    append_jwk(&set, &two, "k2");
    buf_append(&set, STR("]}"));
    struct authority *alone = make_with(set.ptr, NULL), *both = make_with(set.ptr, fixed.pem);

    (void)accepted(alone, a, token_of(a, &one, "k1"));
    (void)accepted(alone, a, token_of(a, &two, "k2"));
    (void)accepted(alone, a, token_of(a, &two, NULL)); /* no kid: each fitting key */
    assert_refused(alone, token_of(a, &one, "k2"), "Invalid token: Signature verification failed");
    assert_refused(alone, token_of(a, &one, "k3"),
                   "Invalid token: No verification keys configured");
    assert_refused(alone, token_of(a, &foreign, "k1"),
                   "Invalid token: Signature verification failed");

    (void)accepted(both, a, token_of(a, &fixed, "k1")); /* the set's fails, the static one fits */
    (void)accepted(both, a, token_of(a, &fixed, "k3"));
    (void)accepted(both, a, token_of(a, &fixed, NULL));
    (void)accepted(both, a, token_of(a, &one, "k1"));
    assert_refused(both, token_of(a, &foreign, "k3"),
                   "Invalid token: Signature verification failed");
    assert_refused(both, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS),
                   "Invalid token: The specified alg value is not allowed");
    authority_free(alone);
    authority_free(both);
    free_pair(&one);
    free_pair(&two);
    free_pair(&fixed);
    free_pair(&foreign);
}

static void a_key_without_kid_is_for_kids_the_set_lacks(void **state)
{
    AUTO(arena) *a = arena_new();
    struct pair one = make_pair(), other = make_pair();
    AUTO_BUF set = buf_with_limit(8 * KiB);

    (void)state;
    append_jwk(&set, &one, NULL);
    append_jwk(&set, &other, NULL);
    buf_append(&set, STR("]}"));
    struct authority *authority = make_with(set.ptr, NULL);
    (void)accepted(authority, a, token_of(a, &one, "any"));
    (void)accepted(authority, a, token_of(a, &other, NULL));
    authority_free(authority);
    free_pair(&one);
    free_pair(&other);
}

static void sets_that_cannot_be_meant_are_refused_in_one_sentence(void **state)
{
    static const struct {
        const char *set, *says;
    } cases[] = {
        { "not json", "authorization.jwks_file: " },
        { "[]", "authorization.jwks_file: " },
        { "{\"keys\":[]}", "authorization.jwks_file: none of its keys can be used with ES256" },
        { "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "authorization.jwks_file: " },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct authority_options options = options_for(algorithm, NULL, 0);
        struct authority *authority;
        agentos_error err;

        options.jwks = c->set;
        options.jwks_name = "authorization.jwks_file";
        assert_int_equal(authority_new(&options, &authority, &err), AGENTOS_INVALID);
        if (strstr(err.message, c->says) == NULL || strchr(err.message, '\n') != NULL)
            fail_msg("%s", err.message);
    }
}

static void a_keyring_counts_and_names_its_keys(void **state)
{
    struct keyring keys = { .algs = { alg_find(STR("HS256")) }, .alg_count = 1 };
    struct candidate found[KEY_CANDIDATES_MAX];

    (void)state;
    assert_int_equal(keyring_count(&keys), 0);
    assert_int_equal(keyring_candidates(&keys, STR("k"), STR("HS256"), found), 0);
    assert_int_equal(keyring_add(&keys, "one", STR(TOKEN_SECRET), KEY_STRONG, NULL), AGENTOS_OK);
    assert_int_equal(keyring_candidates(&keys, STR("k"), STR("HS256"), found), 1);
    assert_string_equal(found[0].name, "one");
    assert_true(keyring_allows(&keys, STR("HS256")));
    assert_false(keyring_allows(&keys, STR("hs256")));
    assert_false(keyring_allows(&keys, STR("")));
    keyring_clear(&keys);
    assert_int_equal(keyring_count(&keys), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_the_set_go_by_kid_and_static_keys_after_them),
        cmocka_unit_test(a_key_without_kid_is_for_kids_the_set_lacks),
        cmocka_unit_test(sets_that_cannot_be_meant_are_refused_in_one_sentence),
        cmocka_unit_test(a_keyring_counts_and_names_its_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
