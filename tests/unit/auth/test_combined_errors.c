/* Two things wrong at once. golang-jwt put its reasons together, so that whoever asked for
 * "expired" found it and did not see the bad signature beside it (CVE-2024-51744). verify_token()
 * stops at the first, and the signature comes before everything the token says. */
#include "auth/token/token_cache.h"
#include "authority.h"

#define STRANGER "another-secret-0123456789-0123456789"

static const struct {
    const char *claims, *told; /* when the signature is right */
} faults[] = {
    { "{\"exp\":1795288000}", "Token has expired" },
    { "{\"nbf\":1795292166}", "Invalid token: The token is not yet valid (nbf)" },
    { "{\"iat\":1795292166}", "Invalid token: The token is not yet valid (iat)" },
    { "{\"exp\":\"soon\"}", "Invalid token: Expiration Time claim (exp) must be an integer." },
    { "{\"sub\":5}", "Invalid token: Subject must be a string" },
    { "{\"aud\":\"x\"}", "Invalid token audience - token not valid for this AgentOS instance" },
    { "{\"aud\":\"inv-os\",\"iss\":\"x\"}",
      "Invalid token: Invalid issuer. Expected: https://idp, got: x" },
    { "{\"aud\":\"inv-os\",\"iss\":\"https://idp\",\"sub\":\"sa:x\"}", "Invalid token subject" },
    { "{\"events\":{}}", "Invalid token: Security event tokens are not accepted" },
    { "{\"exp\":1795288000,\"aud\":\"x\",\"sub\":5}", "Token has expired" },
    { "[]", "Invalid token: Invalid payload string: must be a json object" },
};

static struct authority *strict(void)
{
    struct authority_options options = plain_options();

    options.issuer = "https://idp";
    options.verify_audience = CHOICE_YES;
    return make(&options);
}

static void a_bad_signature_is_what_is_told(void **state)
{
    struct authority *authority = strict();

    (void)state;
    for (EACH(faults, fault)) {
        AUTO(arena) *a = arena_new();
        const char *forged = mint(a, "HS256", STRANGER, fault->claims);

        assert_refused(authority, forged, "Invalid token: Signature verification failed");
        assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, fault->claims), fault->told);
    }
    authority_free(authority);
}

static void neither_fault_is_remembered_as_the_lesser(void **state)
{
    struct authority *authority = strict();
    struct token_cache *cache = token_cache_new(8);
    AUTO(arena) *a = arena_new();
    const char *good = mint(a, "HS256", TOKEN_SECRET,
                            "{\"aud\":\"inv-os\",\"iss\":\"https://idp\",\"exp\":1795288570}");
    const char *forged = mint(a, "HS256", STRANGER, "{\"exp\":1795288000}");
    const struct principal *who = NULL;
    agentos_error err;

    (void)state;
    assert_int_equal(ask(authority, cache, a, good, &who, NULL), AGENTOS_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(authority, cache, a, forged, &who, &err), AGENTOS_UNAUTHENTICATED);
        assert_string_equal(err.message, "Invalid token: Signature verification failed");
    }
    token_cache_free(cache);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_signature_is_what_is_told),
        cmocka_unit_test(neither_fault_is_remembered_as_the_lesser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
