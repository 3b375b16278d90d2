/* Reading, making and writing keys. What weak or foreign keys meet is in test_weak_keys.c and
 * test_alg_confusion.c; broken PEM is in test_pem.c. */
#include "base/mem.h"

#include "jwk_key.h"

static struct key *read_signing(str text, const char *alg)
{
    struct key *key = NULL;
    agentos_error err;

    if (key_read_signing(text, alg != NULL ? alg_find(str_of(alg)) : NULL, KEY_STRONG, &key,
                         &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return key;
}

static void a_generated_pair_survives_its_pem(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 3; i < TEST_ALG_COUNT; i++) {
        struct key *key = test_key(test_algs[i]), *back = NULL, *public = NULL;
        char *private_pem = NULL, *public_pem = NULL, one[KEY_THUMBPRINT_SIZE],
             other[KEY_THUMBPRINT_SIZE];

        assert_int_equal(key_private_pem(key, &private_pem, NULL), AGENTOS_OK);
        assert_int_equal(key_public_pem(key, &public_pem, NULL), AGENTOS_OK);
        assert_true(str_starts(str_of(private_pem), STR("-----BEGIN PRIVATE KEY-----\n")));
        assert_true(str_starts(str_of(public_pem), STR("-----BEGIN PUBLIC KEY-----\n")));
        back = read_signing(str_of(private_pem), test_algs[i]);
        assert_int_equal(
            key_read_verification(str_of(public_pem), key_alg(key), KEY_STRONG, &public, NULL),
            AGENTOS_OK);
        assert_true(back->can_sign);
        assert_false(public->can_sign);
        assert_int_equal(strlen(key_thumbprint(key, one)), 43);
        assert_string_equal(one, key_thumbprint(public, other));

        str token = test_token(a, back, arena_printf(a, "{\"alg\":\"%s\"}", test_algs[i]), "{}");
        assert_accepted(token, public);
        assert_accepted(token, key);
        free(private_pem);
        free(public_pem);
        key_free(back);
        key_free(public);
    }
}

static void a_secret_signs_and_verifies_and_has_no_pem(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct key *key = read_signing(STR("0123456789abcdef0123456789abcdeF"), NULL);
    char thumbprint[KEY_THUMBPRINT_SIZE], *pem = NULL;

    assert_string_equal(key_alg(key)->name, "HS256");
    assert_true(key->can_sign);
    assert_string_equal(key_thumbprint(key, thumbprint), "");
    assert_int_equal(key_public_pem(key, &pem, NULL), AGENTOS_INVALID);
    assert_int_equal(key_private_pem(key, &pem, NULL), AGENTOS_INVALID);
    assert_accepted(test_token(a, key, "{\"alg\":\"HS256\"}", "{}"), key);
    key_free(key);
}

static void the_algorithm_follows_from_the_key_when_nobody_names_one(void **state)
{
    static const char *const usual[][2] = { { "PS512", "RS256" },
                                            { "ES256", "ES256" },
                                            { "ES384", "ES384" },
                                            { "ES512", "ES512" },
                                            { "EdDSA", "EdDSA" } };
    (void)state;
    for (size_t i = 0; i < COUNT(usual); i++) {
        char *private_pem = NULL, *public_pem = NULL;
        struct key *public = NULL;

        assert_int_equal(key_private_pem(test_key(usual[i][0]), &private_pem, NULL), AGENTOS_OK);
        assert_int_equal(key_public_pem(test_key(usual[i][0]), &public_pem, NULL), AGENTOS_OK);
        struct key *private = read_signing(str_of(private_pem), NULL);
        assert_int_equal(key_read_verification(str_of(public_pem), NULL, KEY_STRONG, &public, NULL),
                         AGENTOS_OK);
        assert_string_equal(key_alg(private)->name, usual[i][1]);
        assert_string_equal(key_alg(public)->name, usual[i][1]);
        key_free(private);
        key_free(public);
        free(private_pem);
        free(public_pem);
    }
}

static void a_verification_key_without_an_algorithm_is_never_a_secret(void **state)
{
    (void)state;
    struct key *key = NULL;

    assert_int_equal(key_read_verification(STR("0123456789abcdef0123456789abcdeF"), NULL,
                                           KEY_STRONG, &key, NULL),
                     AGENTOS_INVALID);
    assert_null(key);
}

/* A pair in a form of OpenSSL's, by its writer. */
static str written(arena *a, const char *alg, int (*write)(BIO *, const EVP_PKEY *))
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;

    assert_int_equal(write(bio, test_key(alg)->pair), 1);
    size_t len = (size_t)BIO_get_mem_data(bio, &bytes);
    str text = { arena_copy(a, (str){ bytes, len }), len };
    BIO_free(bio);
    return text;
}

static int write_traditional(BIO *bio, const EVP_PKEY *pair)
{
    return PEM_write_bio_PrivateKey_traditional(bio, pair, NULL, NULL, 0, NULL, NULL);
}

static int write_encrypted(BIO *bio, const EVP_PKEY *pair)
{
    return PEM_write_bio_PKCS8PrivateKey(bio, pair, EVP_aes_256_cbc(), "password", 8, NULL, NULL);
}

static int write_encrypted_traditional(BIO *bio, const EVP_PKEY *pair)
{
    unsigned char password[] = "password";

    return PEM_write_bio_PrivateKey_traditional(bio, pair, EVP_aes_256_cbc(), password, 8, NULL,
                                                NULL);
}

static int write_pkcs1_public(BIO *bio, const EVP_PKEY *pair)
{
    unsigned char *der = NULL;
    int len = i2d_PublicKey(pair, &der);
    int written_len = PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, len);

    OPENSSL_free(der);
    return written_len > 0;
}

static int write_certificate(BIO *bio, const EVP_PKEY *pair)
{
    EVP_PKEY *key = EVP_PKEY_dup((void *)(uintptr_t)pair);
    X509 *certificate = X509_new();

    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 60);
    (void)X509_set_pubkey(certificate, key);
    (void)X509_sign(certificate, key, EVP_sha256());
    int done = PEM_write_bio_X509(bio, certificate);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}

static void private_keys_are_read_as_pkcs1_and_sec1_too(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    static const char *const algs[][2] = { { "RS256", "-----BEGIN RSA PRIVATE KEY-----" },
                                           { "ES256", "-----BEGIN EC PRIVATE KEY-----" } };

    for (size_t i = 0; i < 2; i++) {
        str text = written(a, algs[i][0], write_traditional);
        assert_true(str_starts(text, str_of(algs[i][1])));
        struct key *key = read_signing(text, algs[i][0]);
        key_free(key);
    }
    /* What `openssl ecparam -genkey` prints */
    str text = written(a, "ES256", write_traditional);
    struct key *key =
        read_signing(str_of(arena_printf(a,
                                         "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                                         "-----END EC PARAMETERS-----\n%s",
                                         text.ptr)),
                     "ES256");
    key_free(key);
}

static void public_keys_are_read_as_pkcs1_and_certificates_too(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const str texts[] = { written(a, "RS256", write_pkcs1_public),
                          written(a, "RS256", write_certificate) };
    str token = test_token(a, test_key("RS256"), "{\"alg\":\"RS256\"}", "{}");

    for (size_t i = 0; i < 2; i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };
        agentos_status status =
            key_read_verification(texts[i], alg_find(STR("RS256")), KEY_STRONG, &key, &err);
        assert_string_equal(err.message, "");
        assert_int_equal(status, AGENTOS_OK);
        assert_accepted(token, key);
        key_free(key);
    }
}

static void a_key_that_is_not_what_was_asked_for_is_refused_with_advice(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    char *public_pem = NULL, *private_pem = NULL, *p384 = NULL, *ed25519 = NULL;
    assert_int_equal(key_public_pem(test_key("RS256"), &public_pem, NULL), AGENTOS_OK);
    assert_int_equal(key_private_pem(test_key("RS256"), &private_pem, NULL), AGENTOS_OK);
    assert_int_equal(key_public_pem(test_key("ES384"), &p384, NULL), AGENTOS_OK);
    assert_int_equal(key_public_pem(test_key("EdDSA"), &ed25519, NULL), AGENTOS_OK);
    const struct {
        const char *alg, *text, *part; /* of the sentence */
    } cases[] = {
        { "RS256", private_pem, "private key; use its public key" },
        { "ES256", public_pem, "ES256 needs a key of kind P-256; this one is RSA" },
        { "ES256", p384, "this one is secp384r1" },
        { "RS256", p384, "RS256 needs a key of kind RSA" },
        { "EdDSA", p384, "EdDSA needs a key of kind Ed25519" },
        { "RS256", ed25519, "this one is ED25519" },
        { "RS256", "a secret that is long enough for HS256", "needs a public key in PEM" },
        { "RS256", "", "needs a public key in PEM" },
        { "HS256", "", "empty" },
        { "HS256", public_pem, "takes a shared secret" },
        { "HS256", private_pem, "takes a shared secret" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct key *key = NULL;
        agentos_error err = { .message = "" };
        agentos_status status = key_read_verification(
            str_of(cases[i].text), alg_find(str_of(cases[i].alg)), KEY_WEAK_ALLOWED, &key, &err);
        assert_int_equal(status, AGENTOS_INVALID);
        if (!str_contains(str_of(err.message), str_of(cases[i].part)))
            fail_msg("%s", err.message);
    }

    struct key *key = NULL;
    agentos_error err;
    assert_int_equal(key_read_signing(str_of(public_pem), NULL, KEY_STRONG, &key, &err),
                     AGENTOS_INVALID);
    assert_string_equal(err.message, "this is a public key; signing needs the private key");
    int (*const encrypted[])(BIO *, const EVP_PKEY *) = { write_encrypted,
                                                          write_encrypted_traditional };
    for (size_t i = 0; i < 2; i++) {
        str text = written(a, "RS256", encrypted[i]);
        assert_int_equal(key_read_signing(text, NULL, KEY_STRONG, &key, &err), AGENTOS_INVALID);
        assert_non_null(strstr(err.message, "crypt"));
    }
    free(public_pem);
    free(private_pem);
    free(p384);
    free(ed25519);
}

static void a_public_key_cannot_sign(void **state)
{
    (void)state;
    char *pem = NULL;
    struct key *key = NULL;
    AUTO_BUF out = buf_with_limit(KiB);

    assert_int_equal(key_public_pem(test_key("ES256"), &pem, NULL), AGENTOS_OK);
    assert_int_equal(
        key_read_verification(str_of(pem), alg_find(STR("ES256")), KEY_STRONG, &key, NULL),
        AGENTOS_OK);
    free(pem);
    assert_int_equal(jws_sign(key, NULL, STR("{}"), &out, NULL), AGENTOS_INVALID);
    assert_int_equal(key_private_pem(key, &pem, NULL), AGENTOS_INVALID);
    key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_generated_pair_survives_its_pem),
        cmocka_unit_test(a_secret_signs_and_verifies_and_has_no_pem),
        cmocka_unit_test(the_algorithm_follows_from_the_key_when_nobody_names_one),
        cmocka_unit_test(a_verification_key_without_an_algorithm_is_never_a_secret),
        cmocka_unit_test(private_keys_are_read_as_pkcs1_and_sec1_too),
        cmocka_unit_test(public_keys_are_read_as_pkcs1_and_certificates_too),
        cmocka_unit_test(a_key_that_is_not_what_was_asked_for_is_refused_with_advice),
        cmocka_unit_test(a_public_key_cannot_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
