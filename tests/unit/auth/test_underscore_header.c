/* A name that another server reads as this one. `X_Auth_User` became X-Auth-User behind
 * oauth2-proxy (CVE-2025-64484) and Traefik (GO-2026-6211), past whoever had taken the true one
 * away. credential_find() compares names whole, in any case and in no other spelling. */
#include "auth/credential.h"
#include "unit.h"

static const char *const disguises[] = {
    "x_token",  "X_Token",  "x.token", "xtoken", "x-token-",     "-x-token",
    "x--token", "x-tokens", "token",   "x-toke", "http_x_token",
};

static void only_the_header_itself_is_read(void **state)
{
    const struct credential_rules rules = { .header = "X-Token", .cookie = "c" };

    (void)state;
    for (EACH(disguises, name)) {
        const struct header headers[] = { { str_of(*name), STR("Bearer smuggled") },
                                          { STR("X-TOKEN"), STR("Bearer own") } };
        struct request request = { .path = STR("/agents"), .headers = { headers, 1 } };
        struct credential found = { 0 };
        agentos_error err;

        assert_int_equal(credential_find(&request, &rules, &found, &err), AGENTOS_UNAUTHENTICATED);
        assert_string_equal(err.message, "X-Token header missing");
        assert_false(credential_is_present(&request, &rules));
        /* nor is it a second one beside the true one */
        request.headers.count = 2;
        assert_int_equal(credential_find(&request, &rules, &found, NULL), AGENTOS_OK);
        assert_text(found.text, STR("own"));
    }
}

static void a_cookies_name_is_compared_whole_too(void **state)
{
    const struct credential_rules rules = { .source = TOKEN_IN_COOKIE,
                                            .header = "Authorization",
                                            .cookie = "access_token" };
    static const struct {
        const char *cookie;
        bool found;
    } cases[] = {
        { "access_token=t", true },    { "access-token=t", false },
        { "Access_Token=t", false },   { "access_token =t", true },
        { "access%5Ftoken=t", false }, { "__Host-access_token=t", false },
        { "x=access_token=t", false }, { "\"access_token\"=t", false },
    };

    (void)state;
    for (EACH(cases, c)) {
        const struct header header = { STR("cookie"), str_of(c->cookie) };
        const struct request request = { .path = STR("/agents"), .headers = { &header, 1 } };
        struct credential found = { 0 };

        assert_int_equal(credential_find(&request, &rules, &found, NULL),
                         c->found ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_header_itself_is_read),
        cmocka_unit_test(a_cookies_name_is_compared_whole_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
