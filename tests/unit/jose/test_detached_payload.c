/* A payload that is elsewhere or not encoded. RFC 7515 appendix F leaves it out of the token, RFC
 * 7797 (`b64: false`) signs it as it is: PyJWT worked on what nobody had asked for, and verified
 * another text than was read (CVE-2026-48525). Here the payload is the second part, encoded, and
 * check_header() refuses a header that says otherwise. */
#include "base/mem.h"

#include "tokens.h"

/* Signed over HEADER.PAYLOAD as given; the token has `shown` in the middle. */
static str signed_over(arena *a, const char *header, const char *payload, const char *shown)
{
    AUTO_BUF head = buf_with_limit(KiB), input = buf_with_limit(4 * KiB),
             token = buf_with_limit(4 * KiB);
    struct signature signature;

    base64url_append(&head, str_of(header));
    buf_printf(&input, "%s.%s", head.ptr, payload);
    assert_int_equal(signature_make(test_key("HS256"), buf_view(&input), &signature, NULL),
                     AGENTOS_OK);
    buf_printf(&token, "%s.%s.", head.ptr, shown);
    base64url_append(&token, (str){ (const char *)signature.bytes, signature.len });
    return (str){ arena_copy(a, buf_view(&token)), token.len };
}

#define CLAIMS  "{\"sub\":\"u\"}"
#define ENCODED "eyJzdWIiOiJ1In0"

static void a_detached_payload_is_not_looked_for(void **state)
{
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_accepted(signed_over(a, "{\"alg\":\"HS256\"}", ENCODED, ENCODED), test_key("HS256"));
    assert_refused(signed_over(a, "{\"alg\":\"HS256\"}", ENCODED, ""), test_key("HS256"),
                   "Signature verification failed");
    /* signed detached and empty: there are no claims in nothing */
    assert_refused(signed_over(a, "{\"alg\":\"HS256\"}", "", ""), test_key("HS256"),
                   "Invalid payload string: JSON line 1: '[' or '{' expected near end of file");
}

/* docs/design/security.md 7. */
static void a_payload_that_is_not_encoded_is_refused(void **state)
{
    static const struct {
        const char *member, *reason; /* NULL: accepted */
    } cases[] = {
        { ",\"b64\":false", "Unencoded payloads (b64) are not accepted" },
        { ",\"b64\":0", "Unencoded payloads (b64) are not accepted" },
        { ",\"b64\":\"false\"", "Unencoded payloads (b64) are not accepted" },
        { ",\"b64\":null", "Unencoded payloads (b64) are not accepted" },
        { ",\"crit\":[\"b64\"],\"b64\":false", "Unsupported critical extension" },
        { ",\"b64\":true", NULL },
        { "", NULL },
    };
    AUTO(arena) *a = arena_new();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *header = arena_printf(a, "{\"alg\":\"HS256\"%s}", cases[i].member);
        str encoded = signed_over(a, header, ENCODED, ENCODED);

        if (cases[i].reason == NULL)
            assert_accepted(encoded, test_key("HS256"));
        else
            assert_refused(encoded, test_key("HS256"), cases[i].reason);
        /* the bare text between the dots, signed as RFC 7797 has it */
        assert_refused(signed_over(a, header, CLAIMS, CLAIMS), test_key("HS256"),
                       "Invalid payload padding");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_detached_payload_is_not_looked_for),
        cmocka_unit_test(a_payload_that_is_not_encoded_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
