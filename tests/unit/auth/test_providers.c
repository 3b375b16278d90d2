/* Tokens as eight identity providers make them, each under its preset with nothing but an issuer
 * and an audience: what gets in, and every trap that is known of them. */
#include "issuers.h"

struct provider_case {
    const char *preset, *issuer, *audience;
    const char *header;  /* beside alg and kid */
    const char *payload; /* beside iss, iat and exp */
    const char *says;    /* the scopes, or the refusal */
};

#define AUD_REFUSED "Invalid token audience - token not valid for this AgentOS instance"
#define AUD_MISSING(claim)                                                                     \
    "Invalid token: Token is missing the \"" claim "\" claim. Audience verification requires " \
    "this claim to be present in the token."
#define MISSING(claim) "Invalid token: Token is missing the \"" claim "\" claim"
#define UNEQUAL(claim) \
    "Invalid token: The \"" claim "\" claim is not what this issuer's access tokens carry"
#define TYPE(typ) "Invalid token: Tokens of this issuer are not of the type '" typ "'"

#define WORKOS   "workos", "https://api.workos.com", "client_01"
#define CONNECT  "workos", "https://id.example.com", "https://api.example.com"
#define AUTH0    "auth0", "https://t.eu.auth0.com/", "https://api.example.com"
#define OKTA     "okta", "https://org.okta.com/oauth2/default", "api://default"
#define CLERK    "clerk", "https://clerk.example.com", "https://app.example.com"
#define SUPABASE "supabase", "https://ref.supabase.co/auth/v1", NULL
#define FIREBASE "firebase", "https://securetoken.google.com/my-project", NULL
#define COGNITO  "cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_X", "client-1"
#define KEYCLOAK "keycloak", "https://sso.example.com/realms/main", "my.client"
#define GENERIC  "generic", "https://id.example.com", "api"
#define JWT      "\"typ\":\"JWT\","

// clang-format off
static const struct provider_case cases[] = {
    /* WorkOS: no aud; the key set is the client's; permissions are scopes. */
    { WORKOS, "", "\"sub\":\"user_1\",\"sid\":\"session_1\",\"org_id\":\"org_1\",\"role\":\"member\","
                  "\"permissions\":[\"agents:read\",\"agents:run\"]", "agents:read agents:run" },
    { WORKOS, "", "\"sub\":\"user_1\",\"permissions\":[\"agents:read\"]", MISSING("sid") },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"aud\":\"https://api.example.com\",\"permissions\":[\"agents:read\"]", "agents:read" },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"permissions\":[\"agents:read\"]", AUD_MISSING("aud") },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"aud\":\"client_of_another\",\"permissions\":[]", AUD_REFUSED },

    /* Auth0: an aud list; permissions count, scope alone does not, and only narrows. */
    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":[\"https://api.example.com\",\"https://t.eu.auth0.com/userinfo\"],"
                  "\"azp\":\"c\",\"scope\":\"openid profile\",\"permissions\":[\"agents:read\",\"agents:run\"]", "agents:read agents:run" },
    { AUTH0, "\"typ\":\"at+jwt\",", "\"sub\":\"c@clients\",\"aud\":\"https://api.example.com\",\"permissions\":[\"agents:read\"]", "agents:read" },
    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":\"https://api.example.com\",\"scope\":\"agents:read agent_os:admin\"", "" },
    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":\"https://api.example.com\",\"scope\":\"openid agents:read\","
                  "\"permissions\":[\"agents:read\",\"agents:run\"]", "agents:read" },
    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":\"my-spa\",\"nonce\":\"n\"", AUD_REFUSED },
    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":\"https://api.example.com\",\"permissions\":[\"agent_os:admin\",\"agents:read\"]", "agents:read" },
    { AUTH0, "", "\"sub\":\"auth0|1\",\"aud\":\"https://api.example.com\"", TYPE("") },

    /* Okta: scp is a list; groups are roles. */
    { OKTA, "", "\"ver\":1,\"sub\":\"a@x\",\"cid\":\"c\",\"uid\":\"u\",\"aud\":\"api://default\",\"scp\":[\"openid\",\"agents:read\"]", "openid agents:read" },
    { OKTA, "\"typ\":\"application/okta-internal-at+jwt\",", "\"sub\":\"a@x\",\"aud\":\"api://default\"", TYPE("application/okta-internal-at+jwt") },
    { OKTA, "", "\"sub\":\"a@x\",\"aud\":\"https://org.okta.com\",\"scp\":[]", AUD_REFUSED },

    /* Clerk: no aud but azp; permissions are packed (version 2) or prefixed (version 1). */
    { CLERK, JWT, "\"sub\":\"user_1\",\"azp\":\"https://app.example.com\",\"sid\":\"s\",\"v\":2,\"fea\":\"o:agents,o:sessions,u:beta\","
                  "\"o\":{\"id\":\"org_1\",\"slg\":\"x\",\"rol\":\"admin\",\"per\":\"read,run,write\",\"fpm\":\"3,1\"}", "agents:read agents:run sessions:read" },
    { CLERK, JWT, "\"sub\":\"user_1\",\"azp\":\"https://app.example.com\",\"org_permissions\":[\"org:agents:read\",\"agents:run\"]", "agents:read" },
    { CLERK, JWT, "\"sub\":\"user_1\",\"azp\":\"https://evil.example.com\"", AUD_REFUSED },
    { CLERK, JWT, "\"sub\":\"user_1\"", AUD_MISSING("azp") },
    { CLERK, JWT, "\"sub\":\"user_1\",\"azp\":\"https://app.example.com\",\"o\":{\"per\":\"read\",\"fpm\":\"x,-1,99999999999999999999\"},\"fea\":\"o:a,o:b,o:c\"", "" },

    /* Supabase: aud authenticated by itself; app_metadata is the administrators', user_metadata is not. */
    { SUPABASE, JWT, "\"sub\":\"9f1c\",\"aud\":\"authenticated\",\"role\":\"authenticated\",\"session_id\":\"s\","
                     "\"app_metadata\":{\"scopes\":[\"agents:read\"]},\"user_metadata\":{\"scopes\":[\"agents:run\"]}", "agents:read" },
    { SUPABASE, JWT, "\"sub\":\"9f1c\",\"aud\":[\"authenticated\"],\"role\":\"authenticated\"", "" },
    { SUPABASE, JWT, "\"role\":\"service_role\"", AUD_MISSING("aud") },
    { SUPABASE, JWT, "\"aud\":\"authenticated\",\"role\":\"anon\"", MISSING("sub") },

    /* Firebase: aud is the project; custom claims stand flat. */
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"user_id\":\"uid1\",\"aud\":\"my-project\",\"auth_time\":1795289000,\"scopes\":[\"agents:read\"],"
                     "\"firebase\":{\"sign_in_provider\":\"password\"}", "agents:read" },
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"aud\":\"other-project\",\"auth_time\":1795289000", AUD_REFUSED },
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"aud\":\"my-project\"", MISSING("auth_time") },
    { FIREBASE, JWT, "\"sub\":\"\",\"aud\":\"my-project\",\"auth_time\":1795289000", MISSING("sub") },

    /* Cognito: no typ, client_id for aud; an ID token is not an access token. */
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\",\"username\":\"u\",\"cognito:groups\":[\"admins\"],"
                   "\"scope\":\"aws.cognito.signin.user.admin agents:read\"", "aws.cognito.signin.user.admin agents:read" },
    { COGNITO, "", "\"sub\":\"u\",\"aud\":\"client-1\",\"client_id\":\"client-1\",\"token_use\":\"id\"", UNEQUAL("token_use") },
    { COGNITO, "", "\"sub\":\"u\",\"aud\":\"client-1\",\"token_use\":\"access\"", AUD_MISSING("client_id") },
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-2\",\"token_use\":\"access\"", AUD_REFUSED },
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\"", MISSING("token_use") },

    /* Keycloak: payload typ Bearer; the client's own roles are scopes, dots in its name or not. */
    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":[\"my.client\",\"account\"],\"azp\":\"spa\",\"sid\":\"s\","
                     "\"realm_access\":{\"roles\":[\"offline_access\"]},\"resource_access\":{\"my.client\":{\"roles\":[\"agents:read\"]}},"
                     "\"scope\":\"openid agents:run\"", "agents:read" },
    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"agents:run\"]}", "agents:run" },
    { KEYCLOAK, JWT, "\"typ\":\"ID\",\"sub\":\"u\",\"aud\":\"my.client\"", UNEQUAL("typ") },
    { KEYCLOAK, JWT, "\"typ\":\"Refresh\",\"sub\":\"u\",\"aud\":\"my.client\"", UNEQUAL("typ") },
    { KEYCLOAK, JWT, "\"typ\":\"DPoP\",\"sub\":\"u\",\"aud\":\"my.client\",\"cnf\":{\"jkt\":\"x\"}", "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
    { KEYCLOAK, JWT, "\"typ\":\"DPoP\",\"sub\":\"u\",\"aud\":\"my.client\"", UNEQUAL("typ") },
    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"account\"", AUD_REFUSED },
    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"azp\":\"my.client\"", AUD_MISSING("aud") },

    /* Others: RFC 9068, and what it forbids. */
    { GENERIC, "\"typ\":\"at+jwt\",", "\"sub\":\"u\",\"aud\":\"api\",\"scope\":\"agents:read agents:run\"", "agents:read agents:run" },
    { GENERIC, "\"typ\":\"application/at+jwt\",", "\"sub\":\"u\",\"aud\":[\"x\",\"api\"],\"scopes\":[\"agents:read\"]", "agents:read" },
    { GENERIC, "\"typ\":\"id+jwt\",", "\"sub\":\"u\",\"aud\":\"api\"", "Invalid token: Not an access token" },
    { GENERIC, "\"typ\":\"logout+jwt\",", "\"sub\":\"u\",\"aud\":\"api\"", "Invalid token: Not an access token" },
    { GENERIC, "\"typ\":\"whatever\",", "\"sub\":\"u\",\"aud\":\"api\"", TYPE("whatever") },
    { GENERIC, JWT, "\"sub\":\"u\",\"aud\":7", AUD_REFUSED },
    { GENERIC, JWT, "\"sub\":\"u\",\"aud\":\"api\",\"cnf\":{\"jkt\":\"x\"}", "Invalid token: A token bound to a key (cnf) is not accepted as a bearer token" },
};
// clang-format on

static const char *alg_of(const struct provider_case *c)
{
    return strcmp(c->preset, "supabase") == 0 ? "ES256" : "RS256";
}

static struct bench bench_for(arena *a, const struct provider_case *c)
{
    const char **audience = arena_alloc(a, sizeof(*audience));

    *audience = c->audience;
    struct issuer_options options =
        issuer_options_for(c->preset, c->issuer, c->audience != NULL ? audience : NULL);
    options.jwks = test_key_set(a, alg_of(c), "k1");
    options.jwks_name = "keys.json";
    return bench_of(&options);
}

static str token_for(arena *a, const struct provider_case *c, const char *issuer)
{
    const char *header = arena_printf(a, "{%s\"alg\":\"%s\",\"kid\":\"k1\"}", c->header, alg_of(c));
    const char *payload = arena_printf(a, "{\"iss\":\"%s\",\"iat\":%d,\"exp\":%d,%s}", issuer,
                                       TEST_NOW_S - 5, TEST_NOW_S + 55, c->payload);

    return test_token(a, test_key(alg_of(c)), header, payload);
}

static void each_provider_is_judged_by_its_own_habits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        struct bench bench = bench_for(a, &cases[i]);
        const char *said = bench_says(&bench, a, token_for(a, &cases[i], cases[i].issuer));

        if (strcmp(said, cases[i].says) != 0)
            fail_msg("%s, case %zu: %s, not %s", cases[i].preset, i, said, cases[i].says);
        bench_clear(&bench);
    }
}

/* Issuers are compared byte for byte: with a slash, without one, another project, pool, realm. */
static void no_provider_takes_an_issuer_that_is_almost_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        struct bench bench = bench_for(a, &cases[i]);
        const char *issuer = cases[i].issuer;
        size_t len = strlen(issuer);
        bool has_slash = issuer[len - 1] == '/';
        const char *others[] = { has_slash ? arena_copy(a, (str){ issuer, len - 1 })
                                           : arena_printf(a, "%s/", issuer),
                                 arena_printf(a, "%sx", issuer), arena_printf(a, " %s", issuer) };

        for (size_t j = 0; j < COUNT(others); j++)
            assert_string_equal(bench_says(&bench, a, token_for(a, &cases[i], others[j])),
                                "not listed");
        bench_clear(&bench);
    }
}

static void roles_of_providers_are_looked_up(void **state)
{
    static const char *const read[] = { "agents:read" };
    static const struct named_scopes roles[] = { { "admins", read, 1 },
                                                 { "authenticated", read, 1 } };
    static const char *const client[] = { "client-1" };
    AUTO(arena) *a = arena_new();
    struct issuer_options options =
        issuer_options_for("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/p", client);
    static const struct provider_case c = {
        .preset = "cognito",
        .header = "",
        .payload = "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\","
                   "\"cognito:groups\":[\"admins\",\"nobody\"]",
    };

    (void)state;
    options.jwks = test_key_set(a, "RS256", "k1");
    options.jwks_name = "keys.json";
    options.roles = roles;
    options.role_count = 2;
    struct bench bench = bench_of(&options);
    assert_string_equal(bench_says(&bench, a, token_for(a, &c, options.issuer)), "agents:read");
    bench_clear(&bench);
}

/* An AWS resource server's scopes stand behind its name: another server's do not count. */
static void scopes_of_another_resource_server_do_not_count(void **state)
{
    static const char *const client[] = { "client-1" };
    AUTO(arena) *a = arena_new();
    struct issuer_options options =
        issuer_options_for("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/p", client);
    static const struct provider_case c = {
        .preset = "cognito",
        .header = "",
        .payload = "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\","
                   "\"scope\":\"agentos/agents:read other/agents:run agents:run\"",
    };

    (void)state;
    options.jwks = test_key_set(a, "RS256", "k1");
    options.jwks_name = "keys.json";
    options.scope_prefix = "agentos/";
    struct bench bench = bench_of(&options);
    assert_string_equal(bench_says(&bench, a, token_for(a, &c, options.issuer)), "agents:read");
    bench_clear(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_provider_is_judged_by_its_own_habits),
        cmocka_unit_test(no_provider_takes_an_issuer_that_is_almost_its_own),
        cmocka_unit_test(roles_of_providers_are_looked_up),
        cmocka_unit_test(scopes_of_another_resource_server_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
