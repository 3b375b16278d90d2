/* Secrets compared byte by byte tell by their time how much of a guess was right: CVE-2024-25189
 * (libjwt), CVE-2016-7036 (python-jose); and an answer that comes sooner, or says more, for one
 * kind of stranger tells who exists (CVE-2026-32595, CVE-2026-41263, Traefik). Time itself is no
 * evidence on a busy machine, so what is counted here is the work: shared_secret_equals() and
 * signature_is_right() compare once, all of it, in constant time, however wrong the guess is. */
#include <openssl/crypto.h>

#include "auth/keys/shared_secret.h"
#include "authority.h"

static size_t comparisons, compared_bytes;

/* In place of OpenSSL's, for the code under test. */
int CRYPTO_memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    unsigned char difference = 0;

    comparisons++;
    compared_bytes += len;
    for (size_t i = 0; i < len; i++)
        difference |= (unsigned char)(x[i] ^ y[i]);
    return difference;
}

#define KEY "a root key of no less than 32 bytes"

static const char *const guesses[] = {
    "b root key of no less than 32 bytes", /* wrong in its first byte, the middle, the last */
    "a root key of NO less than 32 bytes",          "a root key of no less than 32 byteS",
    "a root key of no less than 32 byte", /* shorter, longer, nothing */
    "a root key of no less than 32 bytes and more", "",
};

static void every_guess_at_a_secret_costs_the_same(void **state)
{
    struct shared_secret secret = { 0 }, none = { 0 };

    (void)state;
    assert_int_equal(shared_secret_read("key", KEY, KEY_STRONG, &secret, NULL), AGENTOS_OK);
    for (EACH(guesses, guess)) {
        comparisons = compared_bytes = 0;
        assert_false(shared_secret_equals(&secret, str_of(*guess)));
        assert_int_equal(comparisons, 1);
        assert_int_equal(compared_bytes, 32);
    }
    comparisons = compared_bytes = 0;
    assert_true(shared_secret_equals(&secret, STR(KEY)));
    assert_false(shared_secret_equals(&none, STR("")));
    assert_int_equal(comparisons, 2);
    assert_int_equal(compared_bytes, 64);
}

static void every_guess_at_a_signature_costs_the_same(void **state)
{
    struct authority_options options =
        options_for("HS256", (const char *const[]){ TOKEN_SECRET }, 1);
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const char *good = mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS);
    size_t start = (size_t)(strrchr(good, '.') + 1 - good), len = strlen(good);

    (void)state;
    for (size_t at = start; at < len; at++) {
        char *guess = arena_copy(a, str_of(good));

        guess[at] = guess[at] == 'A' ? 'E' : 'A'; /* both with no stray bits at the end */
        comparisons = compared_bytes = 0;
        assert_refused(authority, guess, "Invalid token: Signature verification failed");
        assert_int_equal(comparisons, 1);
        assert_int_equal(compared_bytes, 32);
    }
    comparisons = compared_bytes = 0;
    (void)accepted(authority, a, good);
    assert_int_equal(comparisons, 1);
    authority_free(authority);
}

/* Whether there is a root key, an internal token, or such a user, is not to be had by asking. */
static void strangers_are_told_the_same(void **state)
{
    struct authority_options with = plain_options(), without = plain_options();
    AUTO(arena) *a = arena_new();
    static const char *const users[] = { "{\"sub\":\"user-1\"}", "{\"sub\":\"nobody\"}" };

    (void)state;
    with.internal_service_token = KEY;
    struct authority *one = make(&with), *other = make(&without);
    for (EACH(guesses, guess)) {
        if ((*guess)[0] == '\0')
            continue;
        assert_refused(one, *guess, "Invalid token: Not enough segments");
        assert_refused(other, *guess, "Invalid token: Not enough segments");
    }
    for (EACH(users, claims))
        assert_refused(one, mint(a, "HS256", "another-secret-0123456789-0123456789", *claims),
                       "Invalid token: Signature verification failed");
    (void)accepted(one, a, KEY);
    authority_free(one);
    authority_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_guess_at_a_secret_costs_the_same),
        cmocka_unit_test(every_guess_at_a_signature_costs_the_same),
        cmocka_unit_test(strangers_are_told_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
