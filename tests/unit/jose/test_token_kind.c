/* One kind of token used as another (RFC 8725 §2.8, §3.11): identity providers sign logout tokens,
 * DPoP proofs, id tokens and security events with the very key of their access tokens. What says
 * that it is one of those is not let in; the reference never looks. */
#include "base/mem.h"

#include "tokens.h"

/* docs/design/security.md 7. */
static void types_of_other_tokens_are_refused(void **state)
{
    static const char *const refused[] = {
        "logout+jwt",
        "LOGOUT+JWT",
        "application/logout+jwt",
        "dpop+jwt",
        "Application/DPoP+JWT",
        "secevent+jwt",
        "id+jwt",
        "id-token+jwt",
        "id_token+jwt",
        "application/id+jwt",
    };
    static const char *const fine[] = {
        "",       "JWT", "jwt",          "at+jwt",      "application/at+jwt",
        "Bearer", "x",   "application/", "logout+jwt2", "my-logout+jwt"
    };
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++)
        assert_true(jwt_type_is_refused(str_of(refused[i])));
    for (size_t i = 0; i < COUNT(fine); i++)
        assert_false(jwt_type_is_refused(str_of(fine[i])));
}

/* docs/design/security.md 7. */
static void an_events_claim_is_refused_whatever_it_holds(void **state)
{
    static const char *const payloads[] = {
        "{\"sub\":\"u\",\"events\":{\"http://schemas.openid.net/event/backchannel-logout\":{}}}",
        "{\"events\":{}}",
        "{\"events\":false}",
        "{\"events\":\"\"}",
        "{\"events\":[]}",
    };
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks checks = { .leeway_s = 0 };

    for (size_t i = 0; i < COUNT(payloads); i++)
        assert_string_equal(test_claims(a, payloads[i], &checks, 0),
                            "Invalid token: Security event tokens are not accepted");
    /* null is as if it were absent */
    assert_string_equal(test_claims(a, "{\"events\":null}", &checks, 0), "");
    assert_string_equal(test_claims(a, "{\"Events\":{},\"event\":1}", &checks, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_of_other_tokens_are_refused),
        cmocka_unit_test(an_events_claim_is_refused_whatever_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
