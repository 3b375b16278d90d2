/* A wrong issuer taken for none. Under Envoy's allow_missing a token of an issuer that nobody had
 * listed counted as a missing token, and was let through (CVE-2021-21378, envoy #15199). Here
 * choose_verifier() comes before any key: an issuer that is not listed is refused, or, where the
 * configuration says so, judged by the plain keys like any other token, and never by another
 * issuer's. */
#include "auth/authority.h"
#include "issuers.h"

#define ONE "https://one.example"
#define TWO "https://two.example"

static struct authority *authority_with(arena *a, bool has_fallback)
{
    static const char *const audience[] = { "api" }, *const rs256[] = { "RS256" },
                             *const es256[] = { "ES256" };
    struct issuer_options issuers[] = { issuer_options_for(NULL, ONE, audience),
                                        issuer_options_for(NULL, TWO, audience) };
    static const char *const names[] = { "authorization.verification_keys[0]" };
    char *pem = NULL;
    struct authority *authority = NULL;
    agentos_error err;

    issuers[0].jwks = test_key_set(a, "RS256", "k");
    issuers[0].jwks_name = "one.json";
    issuers[0].algorithms = rs256;
    issuers[0].algorithm_count = 1;
    issuers[1].jwks = test_key_set(a, "ES256", "k");
    issuers[1].jwks_name = "two.json";
    issuers[1].algorithms = es256;
    issuers[1].algorithm_count = 1;
    assert_int_equal(key_public_pem(test_key("EdDSA"), &pem, NULL), AGENTOS_OK);
    const char *const keys[] = { pem };
    const struct authority_options options = { .authorization = true,
                                               .keys = has_fallback ? keys : NULL,
                                               .key_names = names,
                                               .key_count = has_fallback,
                                               .algorithm = has_fallback ? "EdDSA" : NULL,
                                               .issuers = issuers,
                                               .issuer_count = 2,
                                               .plain_fallback = has_fallback };
    if (authority_new(&options, &authority, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    free(pem);
    return authority;
}

static const char *judge(const struct authority *authority, arena *a, const char *alg,
                         const char *iss)
{
    const char *header = arena_printf(a, "{\"alg\":\"%s\",\"kid\":\"k\"}", alg);
    const char *claims = arena_printf(a, "{%s\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}",
                                      iss != NULL ? arena_printf(a, "\"iss\":%s,", iss) : "");
    str token = test_token(a, test_key(alg), header, claims);
    const struct header sent = { STR("authorization"),
                                 str_of(arena_printf(a, "Bearer %s", token.ptr)) };
    const struct request request = { .path = STR("/agents"), .headers = { &sent, 1 } };
    const struct principal *who = NULL;
    agentos_error *err = arena_alloc(a, sizeof(*err));
    const struct auth_request how = { .request = &request, .now_s = TEST_NOW_S, .arena = a };

    if (authenticate(authority, &how, &who, err) == AGENTOS_OK)
        return who->issuer[0] != '\0' ? who->issuer : "plain";
    assert_null(who);
    return err->message;
}

#define NOT_LISTED "Invalid token: Invalid issuer"
#define NO_ISSUER  "Invalid token: Token is missing the \"iss\" claim"
#define ALGORITHM  "Invalid token: The specified alg value is not allowed"

/* docs/design/security.md 2. */
static void an_issuer_that_is_not_listed_is_nobody(void **state)
{
    static const struct {
        const char *alg, *iss, *strict, *loose; /* strict: without a fallback */
    } cases[] = {
        { "RS256", "\"" ONE "\"", ONE, ONE },
        { "ES256", "\"" TWO "\"", TWO, TWO },
        /* signed by the one, said to be of the other */
        { "ES256", "\"" ONE "\"", ALGORITHM, ALGORITHM },
        { "RS256", "\"" TWO "\"", ALGORITHM, ALGORITHM },
        /* of a listed issuer, by the plain key */
        { "EdDSA", "\"" ONE "\"", ALGORITHM, ALGORITHM },
        /* not listed, or none: by a listed issuer's key it is worth nothing */
        { "RS256", "\"https://evil.example\"", NOT_LISTED, ALGORITHM },
        { "RS256", "\"" ONE "/\"", NOT_LISTED, ALGORITHM },
        { "RS256", "[\"" ONE "\"]", NO_ISSUER, ALGORITHM },
        { "RS256", "\"\"", NO_ISSUER, ALGORITHM },
        { "RS256", NULL, NO_ISSUER, ALGORITHM },
        { "EdDSA", NULL, NO_ISSUER, "plain" },
        { "EdDSA", "\"https://evil.example\"", NOT_LISTED, "plain" },
    };
    AUTO(arena) *a = arena_new();
    struct authority *strict = authority_with(a, false), *loose = authority_with(a, true);

    (void)state;
    for (EACH(cases, c)) {
        assert_string_equal(judge(strict, a, c->alg, c->iss), c->strict);
        assert_string_equal(judge(loose, a, c->alg, c->iss), c->loose);
    }
    authority_free(strict);
    authority_free(loose);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_issuer_that_is_not_listed_is_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
