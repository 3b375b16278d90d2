/* Project Wycheproof's three JOSE files (C2SP, testvectors_v1), whole, through real key sets;
 * skipped with a notice where there are no vectors at all. Every exception is in a table, with its
 * argument. */
#include "wycheproof.h"

// clang-format off
static const struct vector_exception refused_though_valid[] = {
    { 346, 346, "the key says PS256, the token (RFC 7520 figure 20) PS384: the key fixes the algorithm" },
    { 347, 347, "the key says ES521, which is no algorithm, as the file on keys agrees (its case 19)" },
    { 350, 350, "as 346" },
    { 351, 351, "as 347" },
    { 372, 373, "a '?' inside a segment: RFC 7515 §2 has no such character" },
};
static const struct vector_exception accepted_though_invalid[] = {
    { 367, 367, "byte for byte the token of case 357, which is valid: the file lost the padding it is about" },
    { 370, 370, "as 367" },
};
static const struct vector_exception accepted_keys[] = {
    { 4, 4, "of two keys with one kid the second is no base64url (stray bits): it is skipped, and one is left" },
};
// clang-format on

static void signatures_fare_as_published(void **state)
{
    (void)state;
    wycheproof_run(&(struct wycheproof){
        .file = "wycheproof/json_web_signature_test.json",
        .refused_though_valid = refused_though_valid,
        .refused_count = COUNT(refused_though_valid),
        .accepted_though_invalid = accepted_though_invalid,
        .accepted_count = COUNT(accepted_though_invalid),
        .cases = 401,
    });
}

static void keys_fare_as_published(void **state)
{
    (void)state;
    wycheproof_run(&(struct wycheproof){
        .file = "wycheproof/json_web_key_test.json",
        .accepted_though_invalid = accepted_keys,
        .accepted_count = COUNT(accepted_keys),
        .cases = 26,
    });
}

/* 34 of its cases are encrypted tokens (JWE), which are not taken at all: test_jwe.c. */
static void mixed_cases_fare_as_published_without_exception(void **state)
{
    (void)state;
    wycheproof_run(&(struct wycheproof){
        .file = "wycheproof/json_web_crypto_test.json", .cases = 49, .encrypted = 34 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_fare_as_published),
        cmocka_unit_test(keys_fare_as_published),
        cmocka_unit_test(mixed_cases_fare_as_published_without_exception),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
