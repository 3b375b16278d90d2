/* The other ways in: the security key, the internal service token, whose scopes are few and fixed
 * (agno #8640: schedules ran whatever their owner could not), cookies, and tokens that a trusted
 * proxy has checked. How they are compared is test_timing.c's, what fails is
 * test_empty_identity.c's. */
#include "auth/keys/shared_secret.h"
#include "auth/scope/access.h"
#include "authority.h"

#define ROOT_KEY  "a root key of no less than 32 bytes"
#define INTERNAL  "an internal token of 32 bytes or more"
#define OTHER_KEY "b root key of no less than 32 bytes"

static agentos_status send(const struct authority *authority, arena *a, const char *value,
                           const struct principal **out, agentos_error *err)
{
    const struct auth_request how = { .request = request_with(a, value),
                                      .now_s = TOKEN_NOW,
                                      .arena = a };
    return authenticate(authority, &how, out, err);
}

static void assert_told(const struct authority *authority, const char *value, const char *detail)
{
    AUTO(arena) *a = arena_new();
    const struct principal *who = NULL;
    agentos_error err = { 0 };

    assert_int_equal(send(authority, a, value, &who, &err), AGENTOS_UNAUTHENTICATED);
    assert_string_equal(err.message, detail);
    assert_null(who);
}

/* --- the security key --- */

static void the_security_key_is_an_unscoped_root_without_user(void **state)
{
    struct authority_options options = { .security_key = ROOT_KEY };
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    static const struct access write = NEEDS("config:write"), any = ANY_TOKEN;
    const struct principal *who = NULL;

    (void)state;
    assert_int_equal(authority_mode(authority), AUTH_SECURITY_KEY);
    assert_told(authority, NULL, "Authorization header required");
    assert_told(authority, "Bearer ", "Authorization header required");
    assert_told(authority, "Bearer " OTHER_KEY, "Invalid authentication token");
    assert_told(authority, "Bearer " ROOT_KEY "x", "Invalid authentication token");
    assert_told(authority, "Bearer a", "Invalid authentication token");
    assert_told(authority, "Bearer agno_pat_x",
                "Service accounts are not enabled on this AgentOS instance");
    assert_int_equal(send(authority, a, "Bearer " ROOT_KEY, &who, NULL), AGENTOS_OK);
    assert_int_equal(who->kind, PRINCIPAL_KEY);
    assert_null(who->user_id);
    assert_false(who->is_admin);
    assert_int_equal(authorize(&write, who, STR(""), NULL), AGENTOS_OK);
    assert_int_equal(authorize(&any, who, STR(""), NULL), AGENTOS_OK);
    assert_int_equal(send(authority, a, ROOT_KEY, &who, NULL), AGENTOS_OK); /* as in the contract */
    authority_free(authority);
}

/* docs/design/security.md 20. */
static void tokens_go_before_the_security_key(void **state)
{
    struct authority_options options = plain_options();

    (void)state;
    options.security_key = ROOT_KEY;
    struct authority *authority = make(&options);
    assert_int_equal(authority_mode(authority), AUTH_JWT);
    assert_told(authority, "Bearer " ROOT_KEY, "Invalid token: Not enough segments");
    authority_free(authority);
}

static void weak_and_sample_secrets_are_refused_unless_allowed(void **state)
{
    static const char *const weak[] = { "short", "a-string-secret-at-least-256-bits-long",
                                        "super-secret-jwt-token-with-at-least-32-characters-long" };

    (void)state;
    for (EACH(weak, text)) {
        struct shared_secret secret = { 0 };
        agentos_error err = { 0 };

        assert_int_equal(shared_secret_read("security_key", *text, KEY_STRONG, &secret, &err),
                         AGENTOS_INVALID);
        assert_true(str_starts(str_of(err.message), STR("security_key: ")));
        assert_null(strstr(err.message, *text));
        assert_false(secret.is_set);
        assert_int_equal(shared_secret_read("security_key", *text, KEY_WEAK_ALLOWED, &secret, &err),
                         AGENTOS_OK);
        assert_true(shared_secret_equals(&secret, str_of(*text)));
    }
    struct shared_secret none = { 0 };
    assert_int_equal(shared_secret_read("x", NULL, KEY_STRONG, &none, NULL), AGENTOS_OK);
    assert_false(shared_secret_equals(&none, STR("")));
}

/* --- the internal service token --- */

static void the_internal_token_is_the_scheduler_with_fixed_scopes(void **state)
{
    static const struct {
        struct access access;
        bool allowed;
    } cases[] = {
        { NEEDS("agents:run"), true },       { NEEDS("teams:read"), true },
        { NEEDS("workflows:run"), true },    { NEEDS("schedules:read"), true },
        { NEEDS("schedules:write"), false }, { NEEDS("config:read"), false },
        { NEEDS("sessions:read"), false },   { ANY_TOKEN, true },
    };
    struct authority_options modes[] = { plain_options(),
                                         plain_options(),
                                         { .security_key = ROOT_KEY } };

    (void)state;
    modes[1].authorization = false; /* its scopes count all the same */
    for (size_t i = 0; i < COUNT(modes); i++) {
        AUTO(arena) *a = arena_new();
        const struct principal *who = NULL;

        modes[i].internal_service_token = INTERNAL;
        struct authority *authority = make(&modes[i]);
        assert_int_equal(send(authority, a, "Bearer " INTERNAL, &who, NULL), AGENTOS_OK);
        assert_int_equal(who->kind, PRINCIPAL_INTERNAL);
        assert_string_equal(who->user_id, "__scheduler__");
        for (EACH(cases, c))
            assert_int_equal(authorize(&c->access, who, STR(""), NULL) == AGENTOS_OK, c->allowed);
        authority_free(authority);
    }
}

/* docs/design/security.md 23. */
static void without_one_there_is_no_internal_token(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);

    (void)state;
    assert_told(authority, "Bearer " INTERNAL, "Invalid token: Not enough segments");
    authority_free(authority);
    options.internal_service_token = "short";
    agentos_error err;
    assert_int_equal(authority_new(&options, &authority, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "internal_service_token: "));
}

/* --- cookies --- */

static void cookie_sources_have_the_contracts_texts(void **state)
{
    static const struct {
        enum token_source source;
        const char *header, *cookie, *missing;
    } cases[] = {
        { TOKEN_IN_HEADER, NULL, NULL, "Authorization header missing" },
        { TOKEN_IN_HEADER, "X-Token", NULL, "X-Token header missing" },
        { TOKEN_IN_COOKIE, NULL, NULL, "JWT cookie 'access_token' missing" },
        { TOKEN_IN_COOKIE, NULL, "jar", "JWT cookie 'jar' missing" },
        { TOKEN_IN_EITHER, NULL, "jar",
          "JWT token missing from both Authorization header and 'jar' cookie" },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct authority_options options = plain_options();

        options.token_source = c->source;
        options.token_header = c->header;
        options.cookie_name = c->cookie;
        struct authority *authority = make(&options);
        assert_told(authority, NULL, c->missing);
        authority_free(authority);
    }
}

/* What browsers say of a request, and what a cookie is then good for. */
static const struct {
    enum method method;
    const char *origin, *site;
    bool upgrades, allowed;
} browsers[] = {
    { GET, NULL, NULL, false, true },
    { GET, "https://evil.example", "cross-site", false, true },
    { HEAD, "https://evil.example", "cross-site", false, true },
    { GET, "https://evil.example", NULL, true, false },
    { GET, NULL, "cross-site", true, false },
    { GET, "http://localhost:7777", "same-origin", true, true },
    { POST, NULL, NULL, false, true }, /* no browser */
    { POST, "http://localhost:7777", NULL, false, true },
    { POST, "https://app.example", NULL, false, true },
    { POST, "https://app.example", "same-site", false, true },
    { POST, "https://app.example", "cross-site", false, false },
    { POST, NULL, "cross-site", false, false },
    { POST, NULL, "Cross-Site", false, false },
    { POST, "https://evil.example", NULL, false, false },
    { POST, "https://evil.example", "same-site", false, false },
    { POST, "null", NULL, false, false },
    { POST, "", NULL, false, false },
    { POST, "http://localhost:7778", NULL, false, false },
    { POST, "http://localhost:7777.evil.example", NULL, false, false },
    { POST, "https://app.example.evil.example", NULL, false, false },
    { PUT, "https://evil.example", NULL, false, false },
    { PATCH, "https://evil.example", NULL, false, false },
    { DELETE, "https://evil.example", NULL, false, false },
    { METHOD_OTHER, "https://evil.example", NULL, false, false },
};

/* Cross-site request forgery, by what browsers say of a request. docs/design/security.md 18. */
static void a_cookie_counts_for_changes_only_from_here(void **state)
{
    static const char *const origins[] = { "https://app.example" };
    struct authority_options options = plain_options();

    (void)state;
    options.token_source = TOKEN_IN_EITHER;
    options.origins = origins;
    options.origin_count = 1;
    struct authority *authority = make(&options);
    for (EACH(browsers, c)) {
        AUTO(arena) *a = arena_new();
        struct request *request = request_with(a, NULL);
        struct header headers[6] = { { STR("host"), STR("localhost:7777") } };
        size_t count = 1;
        const char *token = mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS);
        const struct principal *who = NULL;
        agentos_error err;

        headers[count++] =
            (struct header){ STR("cookie"), str_of(arena_printf(a, "access_token=%s", token)) };
        if (c->origin != NULL)
            headers[count++] = (struct header){ STR("Origin"), str_of(c->origin) };
        if (c->site != NULL)
            headers[count++] = (struct header){ STR("Sec-Fetch-Site"), str_of(c->site) };
        if (c->upgrades)
            headers[count++] = (struct header){ STR("Upgrade"), STR("websocket") };
        request->method = c->method;
        request->headers = (struct headers){ headers, count };
        const struct auth_request how = { .request = request, .now_s = TOKEN_NOW, .arena = a };
        agentos_status status = authenticate(authority, &how, &who, &err);
        if (status != (c->allowed ? AGENTOS_OK : AGENTOS_FORBIDDEN))
            fail_msg("%s from %s, %s: %s", method_name(c->method), c->origin, c->site,
                     status == AGENTOS_OK ? "allowed" : err.message);

        /* The same in a header is no browser's doing. */
        headers[1] =
            (struct header){ STR("authorization"), str_of(arena_printf(a, "Bearer %s", token)) };
        assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_OK);
    }
    authority_free(authority);
}

static void two_origins_are_refused(void **state)
{
    const struct header headers[] = { { STR("host"), STR("a") },
                                      { STR("origin"), STR("http://a") },
                                      { STR("origin"), STR("http://evil") },
                                      { STR("cookie"), STR("access_token=x") } };
    struct authority_options options = plain_options();
    AUTO(arena) *a = arena_new();
    struct request request = { .method = POST, .headers = { headers, COUNT(headers) } };
    const struct principal *who;

    (void)state;
    options.token_source = TOKEN_IN_COOKIE;
    struct authority *authority = make(&options);
    const struct auth_request how = { .request = &request, .now_s = TOKEN_NOW, .arena = a };
    assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_FORBIDDEN);
    authority_free(authority);
}

/* --- validate: false --- */

static struct authority *trusting(const char *key, bool has_scopes)
{
    static const char *const proxies[] = { "127.0.0.0/8", "::1" };
    static const char *keys[1];
    struct authority_options options = plain_options();

    keys[0] = key;
    options.keys = keys;
    options.key_count = key != NULL;
    options.authorization = has_scopes;
    options.accept_unverified = true;
    options.trusted_proxies = proxies;
    options.trusted_proxy_count = 2;
    return make(&options);
}

static agentos_status send_from(const struct authority *authority, arena *a, const char *peer,
                                const char *token, const struct principal **out, agentos_error *err)
{
    struct request *request = request_with(a, arena_printf(a, "Bearer %s", token));

    request->peer = peer;
    const struct auth_request how = { .request = request, .now_s = TOKEN_NOW, .arena = a };
    return authenticate(authority, &how, out, err);
}

/* docs/design/security.md 13. */
static void an_unchecked_token_counts_only_from_a_trusted_proxy(void **state)
{
    static const struct {
        const char *peer;
        bool trusted;
    } cases[] = {
        { "127.0.0.1", true }, { "127.9.9.9", true },
        { "::1", true },       { "::ffff:127.0.0.1", true },
        { "10.0.0.1", false }, { "::2", false },
        { "unix", false },     { "", false },
        { NULL, false },
    };
    struct authority *authority = trusting(NULL, true), *keyed = trusting(TOKEN_SECRET, true);

    (void)state;
    assert_int_equal(authority_mode(authority), AUTH_JWT);
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const char *forged = forge(a, "{\"alg\":\"HS256\"}", USER_CLAIMS, "c2lnbmF0dXJl");
        const struct principal *who = NULL;
        agentos_error err = { 0 };

        assert_int_equal(send_from(authority, a, c->peer, forged, &who, &err),
                         c->trusted ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        if (c->trusted)
            assert_string_equal(who->user_id, "user-1");
        else
            assert_string_equal(err.message, "Invalid token: No verification keys configured");
        /* With keys, who is no proxy is checked as ever. */
        assert_int_equal(send_from(keyed, a, c->peer, forged, &who, &err),
                         c->trusted ? AGENTOS_OK : AGENTOS_UNAUTHENTICATED);
        assert_int_equal(
            send_from(keyed, a, c->peer, mint(a, "HS256", TOKEN_SECRET, USER_CLAIMS), &who, &err),
            AGENTOS_OK);
    }
    authority_free(authority);
    authority_free(keyed);
}

/* docs/design/security.md 13. */
static void an_unchecked_token_makes_no_admin(void **state)
{
    struct authority *authority = trusting(NULL, true);
    AUTO(arena) *a = arena_new();
    static const struct access write = NEEDS("config:write"), read = NEEDS("agents:read");
    const struct principal *who;

    (void)state;
    assert_int_equal(send_from(authority, a, "127.0.0.1",
                               forge(a, "{\"alg\":\"RS256\"}",
                                     "{\"scopes\":[\"agent_os:admin\",\"agents:read\"]}", "c2ln"),
                               &who, NULL),
                     AGENTOS_OK);
    assert_false(who->is_admin);
    assert_true(who->is_unverified);
    assert_int_equal(authorize(&write, who, STR(""), NULL), AGENTOS_FORBIDDEN);
    assert_int_equal(authorize(&read, who, STR(""), NULL), AGENTOS_OK);
    authority_free(authority);
}

static void what_cannot_be_decoded_has_neither_user_nor_scopes(void **state)
{
    struct authority *authority = trusting(NULL, true);
    static const struct access read = NEEDS("agents:read");

    (void)state;
    for (int i = 0; i < 3; i++) {
        AUTO(arena) *a = arena_new();
        const char *tokens[] = { "garbage", forge(a, "{\"alg\":\"none\"}", USER_CLAIMS, ""),
                                 forge(a, "{\"alg\":\"RS256\"}", "[]", "c2ln") };
        const struct principal *who = NULL;

        assert_int_equal(send_from(authority, a, "127.0.0.1", tokens[i], &who, NULL), AGENTOS_OK);
        assert_null(who->user_id);
        assert_int_equal(who->scope_count, 0);
        assert_int_equal(authorize(&read, who, STR(""), NULL), AGENTOS_FORBIDDEN);
    }
    assert_told(authority, NULL, "Authorization header missing");
    authority_free(authority);
}

static void what_can_be_decoded_is_checked_but_for_the_signature(void **state)
{
    struct authority *authority = trusting(NULL, true);
    static const struct {
        const char *header, *claims, *refusal;
    } cases[] = {
        { "{\"alg\":\"RS256\"}", "{\"exp\":1}", "Token has expired" },
        { "{\"alg\":\"RS256\"}", "{\"sub\":\"sa:bot\"}", "Invalid token subject" },
        { "{\"alg\":\"RS256\",\"typ\":\"dpop+jwt\"}", "{}", "Invalid token: Not an access token" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct principal *who = NULL;
        agentos_error err = { 0 };

        assert_int_equal(
            send_from(authority, a, "::1", forge(a, c->header, c->claims, "c2ln"), &who, &err),
            AGENTOS_UNAUTHENTICATED);
        assert_string_equal(err.message, c->refusal);
    }
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_security_key_is_an_unscoped_root_without_user),
        cmocka_unit_test(tokens_go_before_the_security_key),
        cmocka_unit_test(weak_and_sample_secrets_are_refused_unless_allowed),
        cmocka_unit_test(the_internal_token_is_the_scheduler_with_fixed_scopes),
        cmocka_unit_test(without_one_there_is_no_internal_token),
        cmocka_unit_test(cookie_sources_have_the_contracts_texts),
        cmocka_unit_test(a_cookie_counts_for_changes_only_from_here),
        cmocka_unit_test(two_origins_are_refused),
        cmocka_unit_test(an_unchecked_token_counts_only_from_a_trusted_proxy),
        cmocka_unit_test(an_unchecked_token_makes_no_admin),
        cmocka_unit_test(what_cannot_be_decoded_has_neither_user_nor_scopes),
        cmocka_unit_test(what_can_be_decoded_is_checked_but_for_the_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
