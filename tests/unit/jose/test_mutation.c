/* One good token for each algorithm, changed in every way that one change can be: no change is
 * accepted. */
#include "base/mem.h"

#include "tokens.h"

static bool is_accepted(str token, const struct key *key)
{
    const struct jwt_checks checks = { .leeway_s = 10 };
    agentos_error err;

    return test_check(token, key, &checks, TEST_NOW_S, &err) == AGENTOS_OK;
}

static str good_token(arena *a, const char *alg)
{
    return test_token(a, test_key(alg),
                      arena_printf(a, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k\"}", alg),
                      "{\"sub\":\"user\",\"scopes\":[\"agents:read\"],\"exp\":1795293600}");
}

static void every_changed_character_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        str good = good_token(a, test_algs[i]);
        char *text = arena_copy(a, good);

        assert_true(is_accepted(good, test_key(test_algs[i])));
        for (size_t at = 0; at < good.len; at++) {
            char kept = text[at];
            text[at] = kept == 'A' ? 'B' : 'A';
            if (is_accepted((str){ text, good.len }, test_key(test_algs[i])))
                fail_msg("%s: a change at %zu was accepted", test_algs[i], at);
            text[at] = kept;
        }
    }
}

static void every_flipped_byte_of_a_signature_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        struct jws jws;

        assert_int_equal(jws_parse(a, good_token(a, test_algs[i]), &jws, NULL), AGENTOS_OK);
        char *bytes = arena_copy(a, jws.signature);
        jws.signature.ptr = bytes;
        for (size_t at = 0; at < jws.signature.len; at++) {
            bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
            assert_int_equal(jws_verify(&jws, test_key(test_algs[i]), NULL),
                             AGENTOS_UNAUTHENTICATED);
            bytes[at] = (char)(bytes[at] ^ (1 << at % 8));
        }
        assert_int_equal(jws_verify(&jws, test_key(test_algs[i]), NULL), AGENTOS_OK);
    }
}

static void every_other_length_of_a_signature_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        struct jws jws;

        assert_int_equal(jws_parse(a, good_token(a, test_algs[i]), &jws, NULL), AGENTOS_OK);
        str whole = jws.signature;
        char *longer = arena_printf(a, "%*s", (int)whole.len + 8, "");
        memset(longer, 0, whole.len + 8);
        memcpy(longer, whole.ptr, whole.len);
        for (size_t len = 0; len <= whole.len + 8; len++) {
            jws.signature = (str){ longer, len };
            assert_int_equal(jws_verify(&jws, test_key(test_algs[i]), NULL),
                             len == whole.len ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        }
    }
}

static void every_changed_header_is_noticed(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
        "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"K\"}",
        "{\"alg\":\"%s\",\"typ\":\"jwt\",\"kid\":\"k\"}",
        "{\"alg\":\"%s\",\"kid\":\"k\",\"typ\":\"JWT\"}",
        "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k\",\"x\":1}",
        "{ \"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"k\"}",
    };
    (void)state;
    for (size_t i = 0; i < TEST_ALG_COUNT; i++) {
        AUTO(arena) *a = arena_new();
        str rest = good_token(a, test_algs[i]);
        (void)str_split(&rest, '.'); /* its header */

        for (size_t h = 0; h < COUNT(headers); h++) {
            AUTO_BUF text = buf_with_limit(TOKEN_MAX_BYTES), header = buf_with_limit(KiB);
            str pattern = str_of(headers[h]), before = str_split(&pattern, '%');

            buf_append(&header, before);
            buf_append(&header, str_of(test_algs[i]));
            buf_append(&header, str_from(pattern, 1));
            base64url_append(&text, buf_view(&header));
            buf_append_char(&text, '.');
            buf_append(&text, rest);
            assert_refused(buf_view(&text), test_key(test_algs[i]),
                           "Signature verification failed");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_changed_character_is_noticed),
        cmocka_unit_test(every_flipped_byte_of_a_signature_is_noticed),
        cmocka_unit_test(every_other_length_of_a_signature_is_refused),
        cmocka_unit_test(every_changed_header_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
