/* The table of algorithms is what RFC 7518 §3.1, RFC 8037 and RFC 9864 say, and no more. */
#include "base/mem.h"

#include "tokens.h"

static void every_algorithm_is_found_by_its_exact_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        const struct alg *alg = alg_find(str_of(test_algs[i]));
        assert_non_null(alg);
        assert_string_equal(alg->name, test_algs[i]);
        assert_int_not_equal(alg->key_type, KEY_NONE);
    }
}

static void other_names_are_no_algorithms(void **state)
{
    static const char *const unknown[] = { "",      "none",   "None",   "rs256",  "RS256 ",
                                           "RS25",  "RS2560", "HS224",  "ES256K", "Ed448",
                                           "eddsa", "RSA1_5", "A128KW", "dir" };
    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(alg_find(str_of(unknown[i])));
}

static void signatures_have_the_lengths_of_rfc_7518(void **state)
{
    static const struct {
        const char *name;
        size_t len;
    } lengths[] = { { "HS256", 32 },  { "HS384", 48 }, { "HS512", 64 },
                    { "RS256", 0 },   { "ES256", 64 }, { "ES384", 96 },
                    { "ES512", 132 }, { "EdDSA", 64 }, { "Ed25519", 64 } };
    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++)
        assert_int_equal(alg_find(str_of(lengths[i].name))->signature_len, lengths[i].len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_algorithm_is_found_by_its_exact_name),
        cmocka_unit_test(other_names_are_no_algorithms),
        cmocka_unit_test(signatures_have_the_lengths_of_rfc_7518),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
