/* Psychic signatures. ECDSA holds for r = s = 0 if nobody checks that r and s are in 1 .. n-1:
 * every message verified with every key in Java 15 to 18 (CVE-2022-21449). Beside zero: the order
 * itself, what wraps around it, and DER where the fixed form belongs. */
#include <openssl/ec.h>

#include "base/mem.h"

#include "tokens.h"

struct curve {
    const char *alg;
    const char *order; /* n, base64url */
};

static const struct curve curves[] = {
    { "ES256", "_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE" },
    { "ES384", "________________________________x2NNgfQ3Ld9YGg2ySLCneuzsGWrMxSlz" },
    { "ES512",
      "Af__________________________________________-lGGh4O_L5Zrf8wBSPcJpdA7tcm4iZxHrrtvtx6ROGQJ" },
};

static void assert_bad_signature(const char *alg, str first, str second)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF signature = buf_with_limit(256), text = buf_with_limit(512);

    buf_append(&signature, first);
    buf_append(&signature, second);
    base64url_append(&text, buf_view(&signature));
    assert_refused(
        test_forgery(a, arena_printf(a, "{\"alg\":\"%s\"}", alg), "{\"sub\":\"admin\"}", text.ptr),
        test_key(alg), "Signature verification failed");
}

static void zero_one_and_the_order_are_no_signature(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(curves); i++) {
        str order;
        assert_true(base64url_decode(a, str_of(curves[i].order), &order));
        assert_int_equal(order.len * 2, alg_find(str_of(curves[i].alg))->signature_len);
        char *zero = arena_alloc(a, order.len), *one = arena_alloc(a, order.len);
        char *most = arena_alloc(a, order.len), *before = arena_copy(a, order);
        one[order.len - 1] = 1;
        memset(most, 0xff, order.len);
        before[order.len - 1]--;
        const str values[] = { { zero, order.len },
                               { one, order.len },
                               order,
                               { before, order.len },
                               { most, order.len } };

        for (size_t r = 0; r < 5; r++)
            for (size_t s = 0; s < 5; s++)
                assert_bad_signature(curves[i].alg, values[r], values[s]);
    }
}

static void a_good_signature_in_der_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(curves); i++) {
        AUTO(arena) *a = arena_new();
        const char *alg = curves[i].alg;
        str token = test_token(a, test_key(alg), arena_printf(a, "{\"alg\":\"%s\"}", alg), "{}");
        struct jws jws;
        unsigned char *der = NULL;
        ECDSA_SIG *pair = ECDSA_SIG_new();

        assert_int_equal(jws_parse(a, token, &jws, NULL), AGENTOS_OK);
        const unsigned char *bytes = (const unsigned char *)jws.signature.ptr;
        int half = (int)jws.signature.len / 2;
        assert_int_equal(
            ECDSA_SIG_set0(pair, BN_bin2bn(bytes, half, NULL), BN_bin2bn(bytes + half, half, NULL)),
            1);
        jws.signature = (str){ NULL, (size_t)i2d_ECDSA_SIG(pair, &der) };
        jws.signature.ptr = (const char *)der;
        assert_int_equal(jws_verify(&jws, test_key(alg), NULL), AGENTOS_UNAUTHENTICATED);
        ECDSA_SIG_free(pair);
        OPENSSL_free(der);
    }
}

/* About one r or s in 256 begins with a zero byte, which fixed lengths must keep. */
static void short_numbers_keep_their_leading_zeros(void **state)
{
    (void)state;
    bool seen = false;

    for (size_t i = 0; i < 3000 && !seen; i++) {
        AUTO(arena) *a = arena_new();
        str token = test_token(a, test_key("ES256"), "{\"alg\":\"ES256\"}",
                               arena_printf(a, "{\"n\":%zu}", i));
        struct jws jws;

        assert_int_equal(jws_parse(a, token, &jws, NULL), AGENTOS_OK);
        assert_int_equal(jws.signature.len, 64);
        if (jws.signature.ptr[0] != 0 && jws.signature.ptr[32] != 0)
            continue;
        seen = true;
        assert_accepted(token, test_key("ES256"));
    }
    assert_true(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zero_one_and_the_order_are_no_signature),
        cmocka_unit_test(a_good_signature_in_der_is_refused),
        cmocka_unit_test(short_numbers_keep_their_leading_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
