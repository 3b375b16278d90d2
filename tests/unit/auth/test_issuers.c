/* Strict issuers: what every token of one must be, what it can confer, and which options are
 * refused. Providers' habits are test_providers.c's. */
#include "issuers.h"

#define ISSUER "https://id.example.com"

static const char *const audience[] = { "api" };

static struct issuer_options plain_issuer(arena *a)
{
    struct issuer_options options = issuer_options_for(NULL, ISSUER, audience);

    options.jwks = test_key_set(a, "RS256", "k1");
    options.jwks_name = "keys.json";
    return options;
}

static str sign(arena *a, const char *payload)
{
    return test_token(a, test_key("RS256"), "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

// clang-format off
#define BASE "\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"aud\":\"api\""

static const struct {
    const char *payload, *says;
} claims[] = {
    { "{" BASE ",\"iat\":1795290000,\"exp\":1795290060,\"scopes\":[\"agents:read\"]}", "agents:read" },
    { "{" BASE ",\"iat\":1795290000,\"exp\":1795290060.5,\"scope\":\"agents:read agents:run\"}", "agents:read agents:run" },
    /* exp is required, and of the right type (CVE-2026-25537) */
    { "{" BASE ",\"iat\":1795290000}", "Invalid token: Token is missing the \"exp\" claim" },
    { "{" BASE ",\"exp\":\"1795290060\"}", "Invalid token: Expiration Time claim (exp) must be an integer." },
    { "{" BASE ",\"exp\":null}", "Invalid token: Expiration Time claim (exp) must be an integer." },
    { "{" BASE ",\"exp\":1795289990}", "Token has expired" },
    { "{" BASE ",\"exp\":1795289991,\"scopes\":[\"agents:read\"]}", "agents:read" },
    /* a lifetime of 24 h, from iat, and from now where there is none or it lies ahead */
    { "{" BASE ",\"iat\":1795290000,\"exp\":1795376400,\"scopes\":[\"agents:read\"]}", "agents:read" },
    { "{" BASE ",\"iat\":1795290000,\"exp\":1795376401}", "Invalid token: It lives longer than the 86400 seconds allowed" },
    { "{" BASE ",\"exp\":1795376401}", "Invalid token: It lives longer than the 86400 seconds allowed" },
    { "{" BASE ",\"iat\":1795290010,\"exp\":1795376411}", "Invalid token: It lives longer than the 86400 seconds allowed" },
    { "{" BASE ",\"iat\":1795290011,\"exp\":1795290060}", "Invalid token: The token is not yet valid (iat)" },
    /* iss is one text, compared whole (CVE-2025-30144, CVE-2024-53861) */
    { "{\"iss\":[\"" ISSUER "\"],\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}", "not listed" },
    { "{\"iss\":\"https://id.example\",\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}", "not listed" },
    { "{\"iss\":\"" ISSUER "/\",\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}", "not listed" },
    { "{\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}", "not listed" },
    { "{\"iss\":\"" ISSUER "\",\"iss\":\"https://evil\",\"sub\":\"u\",\"aud\":\"api\",\"exp\":1795290060}",
      "Invalid token: Invalid payload string: JSON line 1: duplicate object key near '\"iss\"'" },
    /* aud is required, also of a list (CVE-2020-26160; python-jose #407) */
    { "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"exp\":1795290060}",
      "Invalid token: Token is missing the \"aud\" claim. Audience verification requires this claim to be present in the token." },
    { "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"aud\":[\"x\",7,\"api\"],\"exp\":1795290060}",
      "Invalid token audience - token not valid for this AgentOS instance" },
    { "{\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"aud\":\"ap\",\"exp\":1795290060}",
      "Invalid token audience - token not valid for this AgentOS instance" },
    /* what a provider signs for other purposes */
    { "{" BASE ",\"exp\":1795290060,\"events\":{}}", "Invalid token: Security event tokens are not accepted" },
    { "{\"iss\":\"" ISSUER "\",\"sub\":\"sa:robot\",\"aud\":\"api\",\"exp\":1795290060}", "Invalid token subject" },
};
// clang-format on

/* docs/design/security.md 9, 10. */
static void claims_are_judged_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(claims); i++) {
        AUTO(arena) *a = arena_new();
        struct issuer_options options = plain_issuer(a);
        struct bench bench = bench_of(&options);
        const char *said = bench_says(&bench, a, sign(a, claims[i].payload));

        if (strcmp(said, claims[i].says) != 0)
            fail_msg("case %zu: %s, not %s", i, said, claims[i].says);
        bench_clear(&bench);
    }
}

/* docs/design/security.md 24: which kid is unknown, only the explanation says. */
static void an_unknown_kid_is_refused_as_a_bad_signature_is(void **state)
{
    static const char payload[] = "{" BASE ",\"exp\":1795290060}";
    static const char *const headers[] = { "{\"alg\":\"RS256\",\"kid\":\"k1\"}",
                                           "{\"alg\":\"RS256\",\"kid\":\"k2\"}",
                                           "{\"alg\":\"RS256\"}" };
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);
    struct bench bench = bench_of(&options);

    (void)state;
    for (EACH(headers, header))
        assert_string_equal(bench_says(&bench, a, test_forgery(a, *header, payload, "AAAA")),
                            "Invalid token: Signature verification failed");
    bench_clear(&bench);
}

/* RFC 8725 §3.1: neither the header nor a key of another kind chooses the algorithm. */
static void only_listed_algorithms_are_accepted(void **state)
{
    static const char *const es256[] = { "ES256" };
    static const char payload[] = "{" BASE ",\"exp\":1795290060}";
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);
    struct bench bench = bench_of(&options);

    (void)state;
    assert_string_equal(
        bench_says(&bench, a, test_token(a, test_key("RS512"), "{\"alg\":\"RS512\"}", payload)),
        "Invalid token: The specified alg value is not allowed");
    assert_string_equal(
        bench_says(&bench, a, test_token(a, test_key("HS256"), "{\"alg\":\"HS256\"}", payload)),
        "Invalid token: The specified alg value is not allowed");
    bench_clear(&bench);

    options.algorithms = es256;
    options.algorithm_count = 1;
    assert_non_null(
        strstr(bench_refusal(a, &options, 1), "none of its keys can be used with ES256"));
}

static const struct principal *principal_of(arena *a, const struct issuer_options *options,
                                            const char *payload)
{
    struct bench bench = bench_of(options);
    const char *why;
    const struct principal *who = bench_judge(&bench, a, sign(a, payload), &why);

    if (who == NULL)
        fail_msg("%s", why);
    bench_clear(&bench);
    return who;
}

/* docs/design/security.md 1. */
static void a_principal_is_its_issuer_and_its_subject(void **state)
{
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);
    const struct principal *who = principal_of(
        a, &options, "{" BASE ",\"exp\":1795290060,\"session_id\":\"s\",\"org\":{\"id\":\"o1\"}}");

    (void)state;
    assert_string_equal(who->issuer, ISSUER);
    assert_string_equal(who->user_id, "u");
    assert_null(who->session_id); /* a provider's session is a login, not a conversation */
    assert_null(who->tenant);

    options.tenant_claim = "org.id";
    options.session_id_claim = "session_id";
    options.user_id_claim = "org.id";
    who = principal_of(
        a, &options, "{" BASE ",\"exp\":1795290060,\"session_id\":\"s\",\"org\":{\"id\":\"o1\"}}");
    assert_string_equal(who->tenant, "o1");
    assert_string_equal(who->session_id, "s");
    assert_string_equal(who->user_id, "o1");
}

/* docs/design/security.md 4. */
static void claims_that_users_write_are_refused_wherever_they_are_named(void **state)
{
    static const char *const names[] = { "user_metadata.scopes", "user_metadata",
                                         "a.unsafe_metadata.b" };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        AUTO(arena) *a = arena_new();
        struct issuer_options options = plain_issuer(a);
        struct claim_names list = { &names[i], 1 };

        options.scopes_claim = list;
        assert_non_null(strstr(bench_refusal(a, &options, 1), ".scopes_claim: "));
        options = plain_issuer(a);
        options.roles_claim = list;
        assert_non_null(strstr(bench_refusal(a, &options, 1), ".roles_claim: "));
        options = plain_issuer(a);
        options.user_id_claim = names[i];
        assert_non_null(strstr(bench_refusal(a, &options, 1), ".user_id_claim: "));
    }
}

/* docs/design/security.md 2. */
static void one_issuer_or_one_key_in_two_places_is_refused(void **state)
{
    AUTO(arena) *a = arena_new();
    struct issuer_options two[] = { plain_issuer(a), plain_issuer(a) };

    (void)state;
    assert_non_null(strstr(bench_refusal(a, two, 2), "duplicate issuer"));
    two[1].issuer = "https://other.example.com";
    assert_non_null(strstr(bench_refusal(a, two, 2), "one of its keys is also used elsewhere"));

    /* the same pair, for another algorithm */
    static const char *const ps256[] = { "PS256" };
    two[1].jwks = test_key_set(a, "PS256", "k2");
    two[1].algorithms = ps256;
    two[1].algorithm_count = 1;
    assert_non_null(strstr(bench_refusal(a, two, 2), "one of its keys is also used elsewhere"));

    static const char *const es256[] = { "ES256" };
    two[1].jwks = test_key_set(a, "ES256", "k1");
    two[1].algorithms = es256;
    assert_string_equal(bench_refusal(a, two, 2), "");
}

/* docs/design/security.md 2: else a token of the plain block could call itself the issuer's, or the
 * other way round. */
static void a_key_of_the_plain_block_is_no_issuers_key(void **state)
{
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);
    struct bench bench = bench_of(&options);
    struct keyring plain = { .algs = { alg_find(STR("RS256")) }, .alg_count = 1 };
    agentos_error err = { .message = "" };

    (void)state;
    assert_int_equal(
        keyring_set(&plain, "jwks", str_of(test_key_set(a, "RS256", "another")), KEY_STRONG, NULL),
        AGENTOS_OK);
    assert_int_equal(issuers_refuse_keys(bench.issuers, &plain, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "authorization.issuers[0]: one of its keys"));
    keyring_clear(&plain);

    plain.algs[0] = alg_find(STR("ES256"));
    assert_int_equal(
        keyring_set(&plain, "jwks", str_of(test_key_set(a, "ES256", "k1")), KEY_STRONG, NULL),
        AGENTOS_OK);
    assert_int_equal(issuers_refuse_keys(bench.issuers, &plain, &err), AGENTOS_OK);
    keyring_clear(&plain);
    bench_clear(&bench);
}

static void options_that_cannot_be_meant_are_refused(void **state)
{
    static const char *const bad[] = { "agents" };
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);

    (void)state;
    options.issuer = NULL;
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".issuer: must be set"));
    options = plain_issuer(a);
    options.audience_count = 0;
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".audience: must be set"));
    options = plain_issuer(a);
    options.preset = "auth1";
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".preset: must be one of: workos auth0"));
    options.preset = "plain"; /* the plain block's own row, which demands nothing */
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".preset: must be one of: workos auth0"));
    options = plain_issuer(a);
    options.audience_claim = "a..b";
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".audience_claim: a claim path with"));
    options.audience_claim = "user_metadata.aud";
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".audience_claim: "));
    options = plain_issuer(a);
    options.leeway_s = 301;
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".leeway: must be at most 300"));
    options = plain_issuer(a);
    options.jwks_url = "https://x/jwks";
    assert_non_null(strstr(bench_refusal(a, &options, 1), "keep one"));
    options = plain_issuer(a);
    options.grants = bad;
    options.grant_count = 1;
    assert_non_null(strstr(bench_refusal(a, &options, 1), ".grants: 'agents' is not a scope"));
}

static const struct {
    const char *preset, *issuer, *audience, *jwks_url, *x509_url;
} places[] = {
    { "workos", "https://api.workos.com/user_management/client_1", "client_1",
      "https://api.workos.com/sso/jwks/client_1", NULL },
    { "workos", "https://id.example.com", "x", "https://id.example.com/oauth2/jwks", NULL },
    { "auth0", "https://t.auth0.com/", "x", "https://t.auth0.com/.well-known/jwks.json", NULL },
    { "okta", "https://o.okta.com/oauth2/default", "x", "https://o.okta.com/oauth2/default/v1/keys",
      NULL },
    { "clerk", "https://c.example", "x", "https://c.example/.well-known/jwks.json", NULL },
    { "supabase", "https://r.supabase.co/auth/v1", "x",
      "https://r.supabase.co/auth/v1/.well-known/jwks.json", NULL },
    { "firebase", "https://securetoken.google.com/p", "p", NULL,
      "https://www.googleapis.com/robot/v1/metadata/x509/"
      "securetoken@system.gserviceaccount.com" },
    { "cognito", "https://cognito-idp.eu-west-1.amazonaws.com/p", "x",
      "https://cognito-idp.eu-west-1.amazonaws.com/p/.well-known/jwks.json", NULL },
    { "keycloak", "https://h/auth/realms/r", "x",
      "https://h/auth/realms/r/protocol/openid-connect/certs", NULL },
    { "generic", "https://h", "x", NULL, NULL },
    /* an audience cannot lead to another place */
    { "workos", "https://api.workos.com", "../x?y#z", "https://api.workos.com/sso/jwks/..xyz",
      NULL },
};

/* docs/design/security.md 5. */
static void presets_know_where_keys_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        AUTO(arena) *a = arena_new();
        struct issuer_options expanded;
        const struct issuer_options options =
            issuer_options_for(places[i].preset, places[i].issuer, &places[i].audience);

        assert_int_equal(preset_expand(&options, a, &expanded, NULL), AGENTOS_OK);
        assert_text(str_of(expanded.jwks_url), str_of(places[i].jwks_url));
        assert_text(str_of(expanded.x509_url), str_of(places[i].x509_url));
        assert_null(expanded.session_id_claim);
    }
}

static void presets_refuse_an_issuer_of_another_shape(void **state)
{
    static const char *const wrong[][2] = {
        { "auth0", "https://t.auth0.com" },
        { "okta", "https://o.okta.com" },
        { "supabase", "https://r.supabase.co" },
        { "firebase", "https://session.firebase.google.com/p" },
        { "cognito", "https://example.com/pool" },
        { "entra", "https://login.microsoftonline.com/0f2e" },
        { "entra", "https://sts.windows.net/0f2e" },
        { "google", "https://google.example" },
        { "keycloak", "https://h/r" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        AUTO(arena) *a = arena_new();
        const struct issuer_options options =
            issuer_options_for(wrong[i][0], wrong[i][1], audience);

        assert_non_null(strstr(bench_refusal(a, &options, 1), "it looks like https://"));
    }
}

/* As `agentos config check` prints it. */
static const struct {
    const char *preset, *issuer, *audience, *says;
} expansions[] = {
    { "cognito", "https://cognito-idp.eu-west-1.amazonaws.com/p", "client",
      "preset: cognito\n"
      "issuer: https://cognito-idp.eu-west-1.amazonaws.com/p\n"
      "jwks_url: https://cognito-idp.eu-west-1.amazonaws.com/p/.well-known/jwks.json\n"
      "audience: client\n"
      "audience_claim: client_id\n"
      "algorithms: RS256\n"
      "typ: (none), JWT\n"
      "equal_claims.token_use: access\n"
      "scopes_claim: scope\n"
      "roles_claim: cognito:groups\n"
      "user_id_claim: sub\n"
      "max_lifetime: 86400 s, leeway: 10 s, max_stale: 86400 s\n" },
    { "auth0", "https://t.auth0.com/", "api",
      "preset: auth0\n"
      "issuer: https://t.auth0.com/\n"
      "jwks_url: https://t.auth0.com/.well-known/jwks.json\n"
      "audience: api\n"
      "audience_claim: aud\n"
      "algorithms: RS256, PS256\n"
      "typ: JWT, at+jwt\n"
      "scopes_claim: permissions\n"
      "scopes narrowed by: scope\n"
      "user_id_claim: sub\n"
      "max_lifetime: 86400 s, leeway: 10 s, max_stale: 86400 s\n" },
    { NULL, "https://h", "api",
      "preset: generic\n"
      "issuer: https://h\n"
      "keys: discovery from https://h\n"
      "audience: api\n"
      "audience_claim: aud\n"
      "algorithms: RS256, ES256\n"
      "typ: (none), JWT, at+jwt\n"
      "scopes_claim: scopes, scope, scp\n"
      "roles_claim: roles\n"
      "user_id_claim: sub\n"
      "max_lifetime: 86400 s, leeway: 10 s, max_stale: 86400 s\n" },
};

static void what_a_preset_became_can_be_read(void **state)
{
    (void)state;
    for (EACH(expansions, e)) {
        AUTO(arena) *a = arena_new();
        AUTO_BUF text = buf_with_limit(4 * KiB);
        const struct issuer_options options =
            issuer_options_for(e->preset, e->issuer, &e->audience);
        struct issuer_options expanded;

        assert_int_equal(preset_expand(&options, a, &expanded, NULL), AGENTOS_OK);
        issuer_options_write(&expanded, &text);
        assert_text(buf_view(&text), str_of(e->says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_judged_strictly),
        cmocka_unit_test(an_unknown_kid_is_refused_as_a_bad_signature_is),
        cmocka_unit_test(only_listed_algorithms_are_accepted),
        cmocka_unit_test(a_principal_is_its_issuer_and_its_subject),
        cmocka_unit_test(claims_that_users_write_are_refused_wherever_they_are_named),
        cmocka_unit_test(one_issuer_or_one_key_in_two_places_is_refused),
        cmocka_unit_test(a_key_of_the_plain_block_is_no_issuers_key),
        cmocka_unit_test(options_that_cannot_be_meant_are_refused),
        cmocka_unit_test(presets_know_where_keys_are),
        cmocka_unit_test(presets_refuse_an_issuer_of_another_shape),
        cmocka_unit_test(what_a_preset_became_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
