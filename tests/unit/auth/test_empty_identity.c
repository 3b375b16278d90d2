/* A check that fails and leaves somebody. LiteLLM's fallback made an empty identity of a key that
 * it could not check, and an empty identity was let in (CVE-2026-59822). authenticate() answers
 * with a principal or a refusal, never both; and authorize() gives nothing to a principal of no
 * kind. */
#include "auth/scope/access.h"
#include "authority.h"

#define ROOT_KEY "a root key of no less than 32 bytes"

static struct authority_options plain_with_internal(void)
{
    struct authority_options options = plain_options();

    options.internal_service_token = ROOT_KEY;
    return options;
}

static struct authority_options only_root_key(void)
{
    return (struct authority_options){ .security_key = ROOT_KEY };
}

static struct authority_options only_cookie(void)
{
    struct authority_options options = plain_options();

    options.token_source = TOKEN_IN_COOKIE;
    return options;
}

/* Keys, but no scopes asked: whoever passes may do everything. */
static struct authority_options without_scopes(void)
{
    struct authority_options options = plain_options();

    options.authorization = false;
    return options;
}

static struct authority_options from_a_proxy_that_is_not_there(void)
{
    static const char *const proxies[] = { "192.0.2.1" };
    struct authority_options options = plain_options();

    options.accept_unverified = true;
    options.trusted_proxies = proxies;
    options.trusted_proxy_count = 1;
    return options;
}

static struct authority_options (*const configurations[])(void) = {
    plain_options, plain_with_internal, only_root_key,
    only_cookie,   without_scopes,      from_a_proxy_that_is_not_there,
};

static const char *const credentials[] = {
    "",
    " ",
    "Bearer",
    "Bearer ",
    "Bearer x",
    "Bearer ..",
    "Bearer null",
    "Bearer undefined",
    "Bearer agno_pat_",
    "Bearer agno_pat_x",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Bearer eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "Basic Og==",
    "Negotiate",
    NULL,
};

static void what_fails_leaves_nobody(void **state)
{
    (void)state;
    for (EACH(configurations, configure)) {
        struct authority_options options = (*configure)();
        struct authority *authority = make(&options);

        for (EACH(credentials, value)) {
            AUTO(arena) *a = arena_new();
            const struct principal *who = NULL;
            agentos_error err = { .message = "" };
            const struct auth_request how = { .request = request_with(a, *value),
                                              .now_s = TOKEN_NOW,
                                              .arena = a };

            assert_int_equal(authenticate(authority, &how, &who, &err), AGENTOS_UNAUTHENTICATED);
            assert_null(who);
            assert_string_not_equal(err.message, "");
        }
        authority_free(authority);
    }
}

/* The control: somebody comes in by each of them. */
static void what_passes_is_somebody(void **state)
{
    struct authority_options options = plain_with_internal(), root = only_root_key();
    struct authority *authority = make(&options), *keyed = make(&root);
    AUTO(arena) *a = arena_new();

    (void)state;
    assert_int_equal(accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS))->kind,
                     PRINCIPAL_TOKEN);
    assert_int_equal(accepted(authority, a, ROOT_KEY)->kind, PRINCIPAL_INTERNAL);
    assert_int_equal(accepted(keyed, a, ROOT_KEY)->kind, PRINCIPAL_KEY);
    authority_free(authority);
    authority_free(keyed);
}

static void an_empty_identity_may_do_nothing(void **state)
{
    static const struct access rows[] = { NEEDS("agents:read"), FILTERS("agents:read"),
                                          GATED(NULL, "agents:run"), ANY_TOKEN, ADMINS };
    static const str everything[] = { STR_INIT("agent_os:admin"), STR_INIT("agents:read"),
                                      STR_INIT("agents:run") };
    const struct principal nobody = { .kind = PRINCIPAL_NONE };
    AUTO(arena) *a = arena_new();
    struct principal pretender = {
        .kind = PRINCIPAL_NONE, .issuer = "", .is_admin = true, .unscoped = true
    };

    (void)state;
    principal_set_scopes(&pretender, a, everything, COUNT(everything));
    for (EACH(rows, row)) {
        assert_int_equal(authorize(row, &nobody, STR(""), NULL), AGENTOS_FORBIDDEN);
        assert_int_equal(authorize(row, &pretender, STR(""), NULL), AGENTOS_FORBIDDEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_leaves_nobody),
        cmocka_unit_test(what_passes_is_somebody),
        cmocka_unit_test(an_empty_identity_may_do_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
