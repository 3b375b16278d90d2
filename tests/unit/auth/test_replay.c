/* What is good for one use, used again or elsewhere. ory/fosite forgot the jti of a client
 * assertion (CVE-2020-15222), and whoever had seen one could show it once more. We take no
 * assertion and no proof: jwt_check() and jwt_type_is_refused() refuse what says that it is one, or
 * that it is bound to a key. A bearer token may be shown as often as it lives. */
#include "authority.h"

static const struct {
    const char *header, *claims, *told; /* told NULL: accepted */
} cases[] = {
    { "{\"alg\":\"HS256\",\"typ\":\"dpop+jwt\",\"jwk\":{}}",
      "{\"jti\":\"1\",\"htm\":\"GET\",\"htu\":\"http://localhost:7777/agents\",\"iat\":1795288566}",
      "Invalid token: Not an access token" },
    { "{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", "{\"sub\":\"u\",\"jti\":\"1\"}",
      "Invalid token: Not an access token" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"cnf\":{\"jkt\":\"x\"}}",
      "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"cnf\":{\"x5t#S256\":\"x\"}}",
      "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"cnf\":{}}",
      "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"cnf\":\"\"}",
      "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"events\":[]}",
      "Invalid token: Security event tokens are not accepted" },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"cnf\":null,\"events\":null}", NULL },
    { "{\"alg\":\"HS256\"}", "{\"sub\":\"u\",\"jti\":\"1\"}", NULL },
};

/* docs/design/security.md 26. */
static void proofs_and_bound_tokens_are_no_bearer_tokens(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const char *token = mint_with_header(a, c->header, TOKEN_SECRET, c->claims);

        for (int time = 0; time < 2; time++) { /* again makes no difference */
            if (c->told != NULL)
                assert_refused(authority, token, c->told);
            else
                (void)accepted(authority, a, token);
        }
    }
    authority_free(authority);
}

/* RFC 9449 §7.1: a scheme that asks for a proof is another scheme than Bearer. */
static void another_scheme_is_not_taken_for_bearer(void **state)
{
    static const char *const schemes[] = { "DPoP", "Basic", "PoP", "Negotiate", "BearerX", "JWT" };
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const char *token = mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS);

    (void)state;
    for (EACH(schemes, scheme)) {
        const struct request *request = request_with(a, arena_printf(a, "%s %s", *scheme, token));
        const struct principal *who = NULL;
        const struct auth_request how = { .request = request, .now_s = TOKEN_NOW, .arena = a };

        assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_UNAUTHENTICATED);
        assert_null(who);
    }
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_and_bound_tokens_are_no_bearer_tokens),
        cmocka_unit_test(another_scheme_is_not_taken_for_bearer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
