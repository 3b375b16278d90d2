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

#define WORKOS        "workos", "https://api.workos.com", "client_01"
#define CONNECT       "workos", "https://id.example.com", "https://api.example.com"
#define AUTH0         "auth0", "https://t.eu.auth0.com/", "https://api.example.com"
#define OKTA          "okta", "https://org.okta.com/oauth2/default", "api://default"
#define CLERK         "clerk", "https://clerk.example.com", "https://app.example.com"
#define SUPABASE      "supabase", "https://ref.supabase.co/auth/v1", NULL
#define FIREBASE      "firebase", "https://securetoken.google.com/my-project", NULL
#define COGNITO       "cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_X", "client-1"
#define KEYCLOAK      "keycloak", "https://sso.example.com/realms/main", "my.client"
#define EMULATED      "cognito", "http://localhost:9229/local_1AbC", "client-1"
#define ENTRA_2       "entra", "https://login.microsoftonline.com/0f2e/v2.0", "5e1d"
#define ENTRA_1       "entra", "https://sts.windows.net/0f2e/", "api://5e1d"
#define GOOGLE        "google", "https://accounts.google.com", "https://os.example.com"
#define GITLAB        "gitlab", "https://gitlab.example.com", "https://os.example.com"
#define KUBERNETES    "kubernetes", "https://kubernetes.default.svc.cluster.local", "agentos"
#define ENTRA_USER    "\"sub\":\"pairwise\",\"oid\":\"o\",\"tid\":\"0f2e\","
#define GENERIC       "generic", "https://id.example.com", "api"
#define LEGACY_SECRET "a legacy secret of no less than 32 bytes"
#define SUB_16        "0123456789abcdef"
#define SUB_128       SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16
#define SUB_255       SUB_128 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 SUB_16 "0123456789abcde"
#define JWT           "\"typ\":\"JWT\","

// clang-format off
static const struct provider_case cases[] = {
    /* WorkOS: no aud; the key set is the client's; permissions are scopes. */
    { WORKOS, "", "\"sub\":\"user_1\",\"sid\":\"session_1\",\"org_id\":\"org_1\",\"role\":\"member\","
                  "\"permissions\":[\"agents:read\",\"agents:run\"]", "agents:read agents:run" },
    { WORKOS, "", "\"sub\":\"user_1\",\"permissions\":[\"agents:read\"]", MISSING("sid") },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"aud\":\"https://api.example.com\",\"permissions\":[\"agents:read\"]", "agents:read" },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"permissions\":[\"agents:read\"]", AUD_MISSING("aud") },
    { CONNECT, JWT, "\"sub\":\"client_9\",\"aud\":\"client_of_another\",\"permissions\":[]", AUD_REFUSED },

    { WORKOS, JWT, "\"sub\":\"user_1\",\"sid\":\"session_1\",\"act\":{\"sub\":\"support@workos.com\"},\"aud\":\"client_01\","
                   "\"feature_flags\":[\"x\"],\"entitlements\":[\"agents:run\"],\"permissions\":[\"agents:read\"]", "agents:read" },

    /* Cognito behind another host. */
    { EMULATED, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\",\"scope\":\"agents:read\"", "agents:read" },
    { EMULATED, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"id\"", "Invalid token: The \"token_use\" claim is not what this issuer's access tokens carry" },
    { EMULATED, "", "\"sub\":\"u\",\"aud\":\"client-1\",\"token_use\":\"access\"", AUD_MISSING("client_id") },

    /* Entra ID: delegated scopes in scp; an application's app roles in roles; ID tokens have neither azp nor appid. */
    { ENTRA_2, JWT, ENTRA_USER "\"ver\":\"2.0\",\"aud\":\"5e1d\",\"azp\":\"c\",\"scp\":\"agents:read agents:run\",\"roles\":[\"sessions:read\"]", "agents:read agents:run" },
    { ENTRA_2, JWT, ENTRA_USER "\"ver\":\"2.0\",\"aud\":\"5e1d\",\"azp\":\"c\",\"roles\":[\"agents:read\"]", "agents:read" },
    { ENTRA_2, JWT, ENTRA_USER "\"ver\":\"2.0\",\"aud\":\"5e1d\",\"name\":\"Ann\"", MISSING("azp") },
    { ENTRA_2, JWT, ENTRA_USER "\"ver\":\"1.0\",\"aud\":\"5e1d\",\"azp\":\"c\"", "Invalid token: The \"ver\" claim is not what this issuer's access tokens carry" },
    { ENTRA_2, JWT, ENTRA_USER "\"ver\":\"2.0\",\"aud\":\"api://5e1d\",\"azp\":\"c\"", AUD_REFUSED },
    { ENTRA_1, JWT, ENTRA_USER "\"ver\":\"1.0\",\"aud\":\"api://5e1d\",\"appid\":\"c\",\"scp\":\"agents:read\"", "agents:read" },
    { ENTRA_1, JWT, ENTRA_USER "\"ver\":\"1.0\",\"aud\":\"api://5e1d\",\"appid\":\"c\",\"roles\":[\"agents:run\",\"agent_os:admin\"]", "agents:run" },
    { ENTRA_1, JWT, ENTRA_USER "\"ver\":\"1.0\",\"aud\":\"api://5e1d\"", MISSING("appid") },
    { ENTRA_1, "", ENTRA_USER "\"ver\":\"1.0\",\"aud\":\"api://5e1d\",\"appid\":\"c\"", TYPE("") },

    /* Google: ID tokens, whose address must be verified; nothing in them is a scope. */
    { GOOGLE, JWT, "\"sub\":\"117\",\"aud\":\"https://os.example.com\",\"email\":\"r@p.iam.gserviceaccount.com\",\"email_verified\":true", "" },
    { GOOGLE, JWT, "\"sub\":\"117\",\"aud\":\"https://os.example.com\",\"email\":\"a@b.example\",\"email_verified\":false", "Invalid token: The \"email_verified\" claim is not what this issuer's access tokens carry" },
    { GOOGLE, JWT, "\"sub\":\"117\",\"aud\":\"https://os.example.com\",\"email_verified\":true", MISSING("email") },
    { GOOGLE, JWT, "\"sub\":\"117\",\"aud\":\"https://other.example.com\",\"email\":\"a@b.example\",\"email_verified\":true", AUD_REFUSED },

    /* GitLab: ID tokens of CI jobs, not of people who sign in. */
    { GITLAB, JWT, "\"sub\":\"project_path:g/p:ref_type:branch:ref:main\",\"aud\":\"https://os.example.com\",\"project_id\":\"22\",\"job_id\":\"302\",\"project_path\":\"g/p\"", "" },
    { GITLAB, JWT, "\"sub\":\"7\",\"aud\":\"https://os.example.com\",\"project_path\":\"g/p\",\"groups\":[\"g\"]", MISSING("project_id") },
    { GITLAB, JWT, "\"sub\":\"x\",\"aud\":\"https://vault.example.com\",\"project_id\":\"22\",\"job_id\":\"302\"", AUD_REFUSED },

    /* Kubernetes: projected tokens, for the audience that the pod asked for. */
    { KUBERNETES, "", "\"sub\":\"system:serviceaccount:prod:worker\",\"aud\":[\"agentos\"],\"kubernetes.io\":{\"namespace\":\"prod\",\"serviceaccount\":{\"name\":\"worker\"}}", "" },
    { KUBERNETES, "", "\"sub\":\"system:serviceaccount:prod:worker\",\"aud\":[\"https://kubernetes.default.svc\"],\"kubernetes.io\":{\"namespace\":\"prod\"}", AUD_REFUSED },
    { KUBERNETES, "", "\"sub\":\"system:serviceaccount:prod:worker\",\"aud\":[\"agentos\"]", MISSING("kubernetes.io") },

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

    { AUTH0, JWT, "\"sub\":\"auth0|1\",\"aud\":\"https://api.example.com\",\"client_id\":\"c\",\"https://example.com/roles\":[\"admin\"]", "" },

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

    { SUPABASE, JWT, "\"sub\":\"9f1c\",\"aud\":\"authenticated\",\"is_anonymous\":true,\"aal\":\"aal1\",\"amr\":[{\"method\":\"anonymous\"}]", "" },

    /* Firebase: aud is the project; custom claims stand flat. */
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"user_id\":\"uid1\",\"aud\":\"my-project\",\"auth_time\":1795289000,\"scopes\":[\"agents:read\"],"
                     "\"firebase\":{\"sign_in_provider\":\"password\"}", "agents:read" },
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"aud\":\"other-project\",\"auth_time\":1795289000", AUD_REFUSED },
    { FIREBASE, JWT, "\"sub\":\"uid1\",\"aud\":\"my-project\"", MISSING("auth_time") },
    { FIREBASE, JWT, "\"sub\":\"\",\"aud\":\"my-project\",\"auth_time\":1795289000", MISSING("sub") },

    { FIREBASE, JWT, "\"sub\":\"" SUB_255 "\",\"aud\":\"my-project\",\"auth_time\":1795289000,\"roles\":[\"x\"]", "" },
    { FIREBASE, JWT, "\"sub\":\"" SUB_255 "9\",\"aud\":\"my-project\",\"auth_time\":1795289000", "Invalid token subject" },

    /* Cognito: no typ, client_id for aud; an ID token is not an access token. */
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\",\"username\":\"u\",\"cognito:groups\":[\"admins\"],"
                   "\"scope\":\"aws.cognito.signin.user.admin agents:read\"", "aws.cognito.signin.user.admin agents:read" },
    { COGNITO, "", "\"sub\":\"u\",\"aud\":\"client-1\",\"client_id\":\"client-1\",\"token_use\":\"id\"", UNEQUAL("token_use") },
    { COGNITO, "", "\"sub\":\"u\",\"aud\":\"client-1\",\"token_use\":\"access\"", AUD_MISSING("client_id") },
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-2\",\"token_use\":\"access\"", AUD_REFUSED },
    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\"", MISSING("token_use") },

    { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\",\"aud\":\"https://bound.example.com\",\"scope\":\"agents:read\"",
      "agents:read" }, /* resource binding adds an aud */

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

    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"agents:read\"]}", "agents:read" }, /* lightweight: no sub */
    { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"resource_access\":{\"my\":{\"client\":{\"roles\":[\"agents:run\"]}}}", "" },
    { KEYCLOAK, JWT, "\"sub\":\"u\",\"aud\":\"my.client\"", MISSING("typ") },

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

static const char *payload_of(arena *a, const struct provider_case *c, const char *issuer)
{
    return arena_printf(a, "{\"iss\":\"%s\",\"iat\":%d,\"exp\":%d,%s}", issuer, TEST_NOW_S - 5,
                        TEST_NOW_S + 55, c->payload);
}

static str token_for(arena *a, const struct provider_case *c, const char *issuer)
{
    const char *header = arena_printf(a, "{%s\"alg\":\"%s\",\"kid\":\"k1\"}", c->header, alg_of(c));

    return test_token(a, test_key(alg_of(c)), header, payload_of(a, c, issuer));
}

/* docs/design/security.md 4, 7, 10. */
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

/* What each signs with, may sign with, and what it signs for other purposes. */
// clang-format off
#define ALG_REFUSED "Invalid token: The specified alg value is not allowed"

static const struct {
    struct provider_case c;
    const char *set, *alg; /* of the published key, and of the token */
} signed_with[] = {
    { { AUTH0, JWT, "\"sub\":\"u\",\"aud\":\"https://api.example.com\",\"permissions\":[\"agents:read\"]", "agents:read" }, "PS256", "PS256" },
    { { AUTH0, JWT, "\"sub\":\"u\",\"aud\":\"https://api.example.com\"", ALG_REFUSED }, "RS256", "HS256" },
    { { OKTA, "", "\"sub\":\"u\",\"aud\":\"api://default\"", ALG_REFUSED }, "RS256", "ES256" },
    { { SUPABASE, JWT, "\"sub\":\"u\",\"aud\":\"authenticated\",\"app_metadata\":{\"scopes\":[\"agents:read\"]}", "agents:read" }, "RS256", "RS256" },
    { { SUPABASE, JWT, "\"sub\":\"u\",\"aud\":\"authenticated\"", ALG_REFUSED }, "ES256", "HS256" },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"agents:read\"]}", "agents:read" }, "EdDSA", "EdDSA" },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"agents:read\"]}", "agents:read" }, "Ed25519", "Ed25519" },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\"", "Invalid token: Signature verification failed" }, "EdDSA", "Ed25519" },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"agents:read\"]}", "agents:read" }, "ES256", "ES256" },
    { { KEYCLOAK, JWT, "\"typ\":\"Refresh\",\"sub\":\"u\",\"aud\":\"https://sso.example.com/realms/main\"", ALG_REFUSED }, "RS256", "HS512" },
};
// clang-format on

static void each_provider_signs_by_its_own_algorithms(void **state)
{
    (void)state;
    for (EACH(signed_with, s)) {
        AUTO(arena) *a = arena_new();
        struct issuer_options options = issuer_options_for(
            s->c.preset, s->c.issuer, s->c.audience != NULL ? &s->c.audience : NULL);
        options.jwks = test_key_set(a, s->set, "k1");
        options.jwks_name = "keys.json";
        struct bench bench = bench_of(&options);
        const char *header =
            arena_printf(a, "{%s\"alg\":\"%s\",\"kid\":\"k1\"}", s->c.header, s->alg);
        str token = test_token(a, test_key(s->alg), header, payload_of(a, &s->c, s->c.issuer));

        if (strcmp(bench_says(&bench, a, token), s->c.says) != 0)
            fail_msg("%s, %s: %s", s->c.preset, s->alg, bench_says(&bench, a, token));
        bench_clear(&bench);
    }
}

/* Firebase's emulator signs nothing. */
static void a_token_of_an_emulator_is_refused(void **state)
{
    static const struct provider_case c = { FIREBASE, "", "\"sub\":\"u\",\"aud\":\"my-project\"",
                                            "" };
    AUTO(arena) *a = arena_new();
    struct bench bench = bench_for(a, &c);
    const char *payload = payload_of(a, &c, c.issuer);

    (void)state;
    assert_string_equal(
        bench_says(&bench, a, test_forgery(a, "{\"alg\":\"none\",\"typ\":\"JWT\"}", payload, "")),
        ALG_REFUSED);
    bench_clear(&bench);
}

/* Supabase's legacy secret stands in the configuration; its old keys for anybody are of another
 * issuer. */
static void a_legacy_secret_of_supabase_verifies_where_it_is_listed(void **state)
{
    static const struct provider_case c = { SUPABASE, JWT,
                                            "\"sub\":\"u\",\"aud\":\"authenticated\"", "" };
    static const char *const algorithms[] = { "HS256" }, *const names[] = { "keys[0]" };
    static const char *const secret[] = { LEGACY_SECRET };
    AUTO(arena) *a = arena_new();
    struct issuer_options options = issuer_options_for(c.preset, c.issuer, NULL);

    (void)state;
    options.algorithms = algorithms;
    options.keys = secret;
    options.key_names = names;
    options.algorithm_count = options.key_count = 1;
    struct bench bench = bench_of(&options);
    struct key *key = NULL;
    assert_int_equal(
        key_read_signing(str_of(secret[0]), alg_find(STR("HS256")), KEY_STRONG, &key, NULL),
        AGENTOS_OK);
    const char *header = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    assert_string_equal(
        bench_says(&bench, a, test_token(a, key, header, payload_of(a, &c, c.issuer))), "");
    assert_string_equal(
        bench_says(&bench, a, test_token(a, key, header, payload_of(a, &c, "supabase"))),
        "not listed");
    key_free(key);
    bench_clear(&bench);
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

/* One role, by the name its provider gives it, from the place its provider puts it. */
// clang-format off
static const struct {
    struct provider_case c;
    const char *role, *claim; /* claim NULL: the preset's */
} roles_at[] = {
    { { WORKOS, "", "\"sub\":\"u\",\"sid\":\"s\",\"role\":\"member\"", "" }, "member", NULL },
    { { WORKOS, "", "\"sub\":\"u\",\"sid\":\"s\",\"roles\":[\"a\",\"member\"]", "" }, "member", NULL },
    { { AUTH0, JWT, "\"sub\":\"u\",\"aud\":\"https://api.example.com\",\"https://example.com/roles\":[\"admin\"]", "" },
      "admin", "\"https://example.com/roles\"" },
    { { OKTA, "", "\"sub\":\"u\",\"aud\":\"api://default\",\"groups\":[\"Everyone\"]", "" }, "Everyone", NULL },
    { { CLERK, JWT, "\"sub\":\"u\",\"azp\":\"https://app.example.com\",\"o\":{\"rol\":\"admin\"}", "" }, "admin", NULL },
    { { CLERK, JWT, "\"sub\":\"u\",\"azp\":\"https://app.example.com\",\"org_role\":\"org:admin\"", "" }, "org:admin", NULL },
    { { SUPABASE, JWT, "\"sub\":\"u\",\"aud\":\"authenticated\",\"role\":\"authenticated\"", "" }, "authenticated", NULL },
    { { FIREBASE, JWT, "\"sub\":\"u\",\"aud\":\"my-project\",\"auth_time\":1,\"roles\":[\"editor\"]", "" }, "editor", NULL },
    { { COGNITO, "", "\"sub\":\"u\",\"client_id\":\"client-1\",\"token_use\":\"access\",\"cognito:groups\":[\"g\"]", "" }, "g", NULL },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"groups\":[\"/staff\"]", "" }, "/staff", NULL },
    { { KEYCLOAK, JWT, "\"typ\":\"Bearer\",\"sub\":\"u\",\"aud\":\"my.client\",\"realm_access\":{\"roles\":[\"boss\"]},"
                       "\"resource_access\":{\"my.client\":{\"roles\":[]}}", "" }, "boss", NULL },
    { { GENERIC, JWT, "\"sub\":\"u\",\"aud\":\"api\",\"roles\":[\"viewer\"]", "" }, "viewer", NULL },
};
// clang-format on

static void roles_are_found_wherever_a_provider_has_them(void **state)
{
    static const char *const read[] = { "agents:read" };

    (void)state;
    for (EACH(roles_at, r)) {
        const struct named_scopes role = { r->role, read, 1 };
        AUTO(arena) *a = arena_new();
        struct issuer_options options = issuer_options_for(
            r->c.preset, r->c.issuer, r->c.audience != NULL ? &r->c.audience : NULL);
        options.jwks = test_key_set(a, alg_of(&r->c), "k1");
        options.jwks_name = "keys.json";
        options.roles = &role;
        options.role_count = 1;
        if (r->claim != NULL)
            options.roles_claim = (struct claim_names){ &r->claim, 1 };
        struct bench bench = bench_of(&options);
        const char *said = bench_says(&bench, a, token_for(a, &r->c, r->c.issuer));

        if (strstr(said, "agents:read") == NULL)
            fail_msg("%s, role %s: %s", r->c.preset, r->role, said);
        bench_clear(&bench);
    }
}

/* An AWS resource server's scopes stand behind its name: another server's do not count.
 * docs/design/security.md 4. */
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
        cmocka_unit_test(each_provider_signs_by_its_own_algorithms),
        cmocka_unit_test(a_token_of_an_emulator_is_refused),
        cmocka_unit_test(a_legacy_secret_of_supabase_verifies_where_it_is_listed),
        cmocka_unit_test(roles_of_providers_are_looked_up),
        cmocka_unit_test(roles_are_found_wherever_a_provider_has_them),
        cmocka_unit_test(scopes_of_another_resource_server_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
