/* The `authorization:` block as the file and the environment give it: sources in their order, what
 * turns it on, and contradictions. */
#include "folder.h"

#define SECRET  "inventory-secret-0123456789-0123456789"
#define KEY     "authorization:\n  verification_keys: [" SECRET "]\n  algorithm: HS256\n"
#define ROOT    "a root key of no less than 32 bytes"
#define SET(id) "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"" id "\"}]}"

static void load(struct folder *folder, const char *text)
{
    folder_write("agentos.yaml", text);
    if (folder_load(folder, &no_flags) != AGENTOS_OK)
        fail_msg("%s\n%s", text, folder_faults(folder));
}

static void the_key_set_comes_from_the_first_place_that_names_one(void **state)
{
    struct folder *folder = *state;
    const struct authority_options *options = &folder->options.authorization;

    folder_write("a.json", SET("a"));
    folder_write("b.json", SET("b"));
    assert_int_equal(setenv("JWT_JWKS", SET("c"), 1), 0);
    load(folder, "name: x\n");
    assert_string_equal(options->jwks, SET("c"));
    assert_string_equal(options->jwks_name, "JWT_JWKS");
    assert_int_equal(setenv("JWT_JWKS_FILE", "b.json", 1), 0);
    load(folder, "name: x\n");
    assert_string_equal(options->jwks, SET("b"));
    assert_string_equal(options->jwks_name, "JWT_JWKS_FILE");
    load(folder, "authorization: {jwks_file: a.json}\n");
    assert_string_equal(options->jwks, SET("a"));
    assert_string_equal(options->jwks_name, "authorization.jwks_file");
    assert_int_equal(folder->options.watched_count, 1);
    assert_string_equal(folder->options.watched[0], "a.json");
    assert_int_equal(unsetenv("JWT_JWKS"), 0);
    assert_int_equal(unsetenv("JWT_JWKS_FILE"), 0);
    folder_write(".env", "JWT_JWKS_FILE=b.json\n");
    load(folder, "name: x\n");
    assert_string_equal(options->jwks, SET("b"));
}

static void a_key_set_that_is_not_there_is_one_fault(void **state)
{
    struct folder *folder = *state;

    folder_write("agentos.yaml", "authorization: {enabled: true, jwks_file: no.json}\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
    assert_string_equal(folder_faults(folder),
                        "agentos.yaml:1:43: authorization.jwks_file: cannot read 'no.json' (No "
                        "such file or directory); create it or correct the path\n");
    folder_write("agentos.yaml", "authorization: true\n");
    assert_int_equal(setenv("JWT_JWKS_FILE", "no.json", 1), 0);
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
    assert_non_null(strstr(folder_faults(folder), "environment: JWT_JWKS_FILE: cannot read"));
    assert_int_equal(folder->faults.count, 1);
}

/* docs/design/security.md 3. */
static void mappings_and_roles_turn_it_on(void **state)
{
    static const struct {
        const char *more;
        bool is_on;
    } cases[] = {
        { "", false },
        { "  scope_mappings: {}\n  roles: {}\n", false },
        { "  scope_mappings: {GET /config: [a:b]}\n", true },
        { "  roles: {x: [a:b]}\n  roles_claim: r\n", true },
        { "  enabled: true\n  scope_mappings: {GET /config: []}\n", true },
        { "  user_id_claim: uid\n", false },
        { "  jwks_url: https://id.example/keys\n", true },
        { "  issuers: [{issuer: https://id.example, audience: x}]\n", true },
    };
    struct folder *folder = *state;

    for (EACH(cases, c)) {
        load(folder, arena_printf(folder->a, KEY "%s", c->more));
        assert_int_equal(folder->options.authorization.authorization, c->is_on);
    }
}

static void every_option_reaches_its_place(void **state)
{
    struct folder *folder = *state;
    const struct authority_options *o = &folder->options.authorization;
    const struct policy_options *policy = &folder->options.policy;

    load(folder, KEY "  token_source: both\n  token_header: X-Token\n  cookie_name: jar\n"
                     "  scopes_claim: [permissions, scope]\n  user_id_claim: uid\n"
                     "  session_id_claim: sid\n  audience_claim: client_id\n"
                     "  dependencies_claims: [name]\n  session_state_claims: [org, team]\n"
                     "  scope_strings: single\n  validate: false\n  roles_claim: role\n"
                     "  roles: {viewer: ['agents:read', 'config:read']}\n"
                     "  scope_mappings: {GET /config: ['app:read'], GET /models: []}\n"
                     "  excluded_routes: [/health]\n  excluded_routes_add: [GET /models]\n"
                     "cors_origins: []\ntrusted_proxies: [10.0.0.0/8]\n"
                     "internal_service_token: '" ROOT "'\n");
    assert_int_equal(o->token_source, TOKEN_IN_EITHER);
    assert_string_equal(o->token_header, "X-Token");
    assert_string_equal(o->cookie_name, "jar");
    assert_int_equal(o->scopes_claim.count, 2);
    assert_string_equal(o->scopes_claim.all[1], "scope");
    assert_string_equal(o->user_id_claim, "uid");
    assert_string_equal(o->session_id_claim, "sid");
    assert_string_equal(o->audience_claim, "client_id");
    assert_int_equal(o->dependencies_claims.count, 1);
    assert_int_equal(o->session_state_claims.count, 2);
    assert_int_equal(o->scope_strings, SCOPE_STRINGS_SINGLE);
    assert_true(o->accept_unverified);
    assert_int_equal(o->role_count, 1);
    assert_string_equal(o->roles[0].name, "viewer");
    assert_int_equal(o->roles[0].count, 2);
    assert_int_equal(policy->mapping_count, 2);
    assert_string_equal(policy->mappings[0].scopes[0], "app:read");
    assert_int_equal(policy->mappings[1].count, 0);
    assert_int_equal(policy->excluded_count, 1);
    assert_int_equal(policy->excluded_add_count, 1);
    assert_int_equal(o->trusted_proxy_count, 1);
    assert_string_equal(o->internal_service_token, ROOT);
    assert_int_equal(o->origin_count, 0);
    assert_string_equal(policy->admin_scope, "agent_os:admin");
}

static void defaults_are_the_contracts(void **state)
{
    struct folder *folder = *state;
    const struct authority_options *o = &folder->options.authorization;

    load(folder, "name: x\n");
    assert_int_equal(o->token_source, TOKEN_IN_HEADER);
    assert_string_equal(o->token_header, "Authorization");
    assert_string_equal(o->cookie_name, "access_token");
    assert_string_equal(o->scopes_claim.all[0], "scopes");
    assert_int_equal(o->scope_strings, SCOPE_STRINGS_BY_NAME);
    assert_false(o->accept_unverified);
    assert_int_equal(o->trusted_proxy_count, 2);
    assert_null(o->roles_claim);
    assert_null(o->security_key);
    assert_null(folder->options.policy.excluded);
    assert_int_equal(o->origin_count, 8);
}

static void the_security_key_comes_from_the_environment_first(void **state)
{
    struct folder *folder = *state;

    load(folder, "security_key: '" ROOT "'\n");
    assert_string_equal(folder->options.authorization.security_key, ROOT);
    assert_int_equal(setenv("OS_SECURITY_KEY", ROOT "!", 1), 0);
    load(folder, "security_key: '" ROOT "'\n");
    assert_string_equal(folder->options.authorization.security_key, ROOT "!");
    load(folder, "security_key: {env: OS_SECURITY_KEY}\n");
    load(folder, KEY);
    assert_string_equal(folder_faults(folder),
                        "environment: OS_SECURITY_KEY: warning: unused: JWT authentication is also "
                        "configured and takes precedence\n");
}

static void contradictions_are_refused_where_they_stand(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { KEY "  enabled: false\n  scope_mappings: {GET /config: [a:b]}\n",
          "agentos.yaml:4:12: authorization.enabled: false, but scope_mappings is set" },
        { KEY "  enabled: false\n  roles: {x: [a:b]}\n  roles_claim: r\n",
          "agentos.yaml:4:12: authorization.enabled: false, but roles is set" },
        { KEY "  roles: {x: [a:b]}\n", "agentos.yaml:4:10: authorization.roles: no token can" },
        { KEY "  token_source: cook\n", "agentos.yaml:4:17: authorization.token_source: " },
        { KEY "  token_source: both\ncors_origins: ['*']\n", "cors_origins[0]: must be an origin" },
        { KEY "  token_source: cookie\ncors_origins: ['null']\n", "cors_origins[0]: must be" },
        { KEY "  token_source: query\n", "must be one of: header cookie both" },
        { KEY "  token_header: 'X Token'\n", "authorization.token_header: must be a name" },
        { KEY "  cookie_name: 'a=b'\n", "authorization.cookie_name: must be a name" },
        { KEY "  validate: maybe\n", "authorization.validate: must be true or false" },
        { KEY "  roles: [x]\n  roles_claim: r\n", "authorization.roles: must be a map" },
        { KEY "  roles: {x: 'a:b'}\n  roles_claim: r\n", "authorization.roles.x: must be a list" },
        { KEY "  scope_strings: sometimes\n", "must be one of: by-name split single" },
        { "trusted_proxies: [localhost]\n", "trusted_proxies[0]: must be a network" },
        { "security_key: {env: NOT_THERE}\n",
          "agentos.yaml:1:15: security_key: is not set, leaving the server open" },
        { "authorization: {scope_mappings: {GET /config: ['a:b']}}\n",
          "authorization: no verification key" },
    };
    struct folder *folder = *state;

    for (EACH(cases, c)) {
        folder_write("agentos.yaml", c->text);
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        if (strstr(folder_faults(folder), c->fault) == NULL)
            fail_msg("%s\n%s", c->text, folder_faults(folder));
    }
}

static void what_weakens_the_server_is_said_at_start(void **state)
{
    struct folder *folder = *state;

    load(folder, "authorization: {enabled: true, validate: false}\n");
    assert_non_null(strstr(folder_faults(folder), "authorization.validate: warning: signatures"));
    load(folder, KEY "  token_source: Both\n");
    assert_non_null(strstr(folder_faults(folder), "authorization.token_source: warning: cookies"));
    assert_true(folder->options.authorization.same_origin_cookies_only);
    assert_int_equal(folder->options.authorization.origin_count, 0);
    assert_int_equal(folder->options.authorization.token_source, TOKEN_IN_EITHER);
    load(folder, KEY "  token_source: COOKIE\ncors_origins: [https://A.example:443]\n");
    assert_string_equal(folder_faults(folder), "");
    assert_false(folder->options.authorization.same_origin_cookies_only);
    assert_string_equal(folder->options.authorization.origins[0], "https://a.example");
    load(folder, KEY "  roles_claim: r\n");
    assert_non_null(strstr(folder_faults(folder), "authorization.roles_claim: warning: there are"));
}

/* A role that can never count is said at start: the admin scope, and the scopes over other callers,
 * need the issuer's grants. */
static void a_role_beyond_its_issuers_grants_is_said(void **state)
{
    static const char told[] = "authorization.issuers[0]: warning: the role 'r' names '%s', which "
                               "tokens of this issuer never confer; list it in grants";
    static const struct {
        const char *scope, *grants;
        bool is_idle;
    } cases[] = {
        { "agent_os:admin", "", true },
        { "agent_os:admin", "    grants: ['agent_os:admin']\n", false },
        { "agent_os:admin", "    grants: ['agents:*']\n", true },
        { "authz:read", "", true },
        { "service_accounts:write", "    grants: ['service_accounts:*']\n", false },
        { "sessions:read", "    grants: ['agents:*']\n", true },
        { "agents:a:run", "    grants: ['agents:run']\n", false },
        { "agents:run", "", false },
    };
    struct folder *folder = *state;

    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();

        load(folder, arena_printf(a,
                                  "authorization:\n  issuers:\n  - issuer: https://id.example\n"
                                  "    audience: x\n    roles: {r: ['%s']}\n%s",
                                  c->scope, c->grants));
        bool is_told = strstr(folder_faults(folder), arena_printf(a, told, c->scope)) != NULL;
        if (is_told != c->is_idle)
            fail_msg("%s %s: %s", c->scope, c->grants, folder_faults(folder));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(the_key_set_comes_from_the_first_place_that_names_one),
        TEST_IN_FOLDER(a_key_set_that_is_not_there_is_one_fault),
        TEST_IN_FOLDER(mappings_and_roles_turn_it_on),
        TEST_IN_FOLDER(every_option_reaches_its_place),
        TEST_IN_FOLDER(defaults_are_the_contracts),
        TEST_IN_FOLDER(the_security_key_comes_from_the_environment_first),
        TEST_IN_FOLDER(contradictions_are_refused_where_they_stand),
        TEST_IN_FOLDER(what_weakens_the_server_is_said_at_start),
        TEST_IN_FOLDER(a_role_beyond_its_issuers_grants_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
