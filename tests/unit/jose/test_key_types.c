/* A key of another kind than the algorithm's. jsonwebtoken verified RS256 with whatever key it was
 * given, a DSA one among them (CVE-2022-23539). Here key_read_verification() and key_rules.c hold
 * the kind of the key, the curve included, against the row of the algorithm, weak keys allowed or
 * not. */
#include "jwk_key.h"

static const char dsa[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MIIBvzCCATQGByqGSM44BAEwggEnAoGBAPT1enlSr8BLjYdEvZCW2RNDMVXSgRnZ\n"
                          "mlaLQNvd5JTiqKFjcitvvaxk2SFKIET5c0rQgPim1xHFh5HQG2mO2w7bOMoR8V6Y\n"
                          "63alACHyr2n//QwZReAM6GayOSMiShdHeGeAtqziKOlreGrLKOR5SGZ2AHlCCItB\n"
                          "z734abqTNcAPAh0AiNXLpj0ch9fUX/DvIPZ1ppYAVAAoTOUri3+GLQKBgQCtl87k\n"
                          "fqM7oUWz+v/xTn4qhJ8ifs7DRDo4D/j/6q1oel9aMPqgZpgZHYdjJDUY2QYZCWGJ\n"
                          "NErTAI42ZCZe2nPgZDvBHkodBWqiuthy+pgmmZVbMSS3/LVppVgu7fdwN5aa1dIU\n"
                          "MGkZ3a2gJCU2L23y9eUXf6ElpgX0WpbJKG5CBAOBhAACgYA5iWcsQ27tOpLVc2uR\n"
                          "vesfhiH+qLoSogdZrpvqhhObAnmqf8LQ2jah1jrwwwKlylAB1mwTRAa1pVkFCsxO\n"
                          "TOGkOokOref+rJ2WRWlIfepW3ITnLTk3nF2dn5yn/vl8jivi/RS+sK2JkfsmRuwq\n"
                          "O8Glf5obJRpD61kp2V6oMStrvw==\n"
                          "-----END PUBLIC KEY-----\n";

static void assert_no_algorithm_takes(str pem, const char *kind)
{
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        const enum key_strength strengths[] = { KEY_STRONG, KEY_WEAK_ALLOWED };

        for (size_t s = 0; s < 2; s++) {
            struct key *key = NULL;
            if (key_read_verification(pem, alg_find(str_of(test_algs[i])), strengths[s], &key,
                                      NULL) != AGENTOS_INVALID)
                fail_msg("%s was taken for %s", kind, test_algs[i]);
        }
    }
    struct key *key = NULL;
    assert_int_equal(key_read_verification(pem, NULL, KEY_WEAK_ALLOWED, &key, NULL),
                     AGENTOS_INVALID);
}

static void keys_that_no_algorithm_takes_are_refused(void **state)
{
    static const char *const kinds[] = { "X25519", "ED448" }, *const curves[] = { "secp256k1",
                                                                                  "P-224" };
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_no_algorithm_takes(str_of(dsa), "DSA");
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, kinds[i]), *curve = EVP_EC_gen(curves[i]);

        assert_no_algorithm_takes(pem_of(a, pair), kinds[i]);
        assert_no_algorithm_takes(pem_of(a, curve), curves[i]);
        EVP_PKEY_free(pair);
        EVP_PKEY_free(curve);
    }
}

/* Each public key under each algorithm: its own kind alone, and its own curve; RSA and Ed25519 have
 * several algorithms. */
static void a_key_is_taken_for_its_own_kind_alone(void **state)
{
    (void)state;
    for (size_t k = 0; k < TEST_ALG_COUNT; k++) {
        const struct key *key = test_key(test_algs[k]);
        char *pem = NULL;

        if (key_alg(key)->key_type == KEY_OCT)
            continue;
        assert_int_equal(key_public_pem(key, &pem, NULL), AGENTOS_OK);
        for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
            const struct alg *alg = alg_find(str_of(test_algs[i]));
            bool is_fitting = alg->key_type == key_alg(key)->key_type &&
                              (alg->key_type != KEY_EC || alg == key_alg(key));
            struct key *read = NULL;

            assert_int_equal(key_read_verification(str_of(pem), alg, KEY_WEAK_ALLOWED, &read, NULL),
                             is_fitting ? AGENTOS_OK : AGENTOS_INVALID);
            key_free(read);
        }
        free(pem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_no_algorithm_takes_are_refused),
        cmocka_unit_test(a_key_is_taken_for_its_own_kind_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
