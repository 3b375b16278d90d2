/* An issuer that makes itself admins. LiteLLM took a `scope` that a tenant's issuer had written for
 * one of its own, and PROXY_ADMIN it was (LiteLLM PR #30586). ceiling_apply() is the most that an
 * issuer's tokens confer: the admin scope, `authz:*` and `service_accounts:*` count only where
 * `grants` lists them (docs/design/security.md 4), whether they come as scopes or by a role. */
#include "auth/authority.h"
#include "auth/scope/access.h"
#include "auth/token/token_cache.h"
#include "issuers.h"

#define ISSUER "https://id.example.com"
#define BASE   "\"iss\":\"" ISSUER "\",\"sub\":\"u\",\"aud\":\"api\""

static struct issuer_options plain_issuer(arena *a)
{
    static const char *const audience[] = { "api" };
    struct issuer_options options = issuer_options_for(NULL, ISSUER, audience);

    options.jwks = test_key_set(a, "RS256", "k1");
    options.jwks_name = "keys.json";
    return options;
}

static str sign(arena *a, const char *payload)
{
    return test_token(a, test_key("RS256"), "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

static void power_over_others_counts_only_where_it_is_granted(void **state)
{
    static const struct {
        const char *scopes, *left;
    } cases[] = {
        { "\"scopes\":[\"agent_os:admin\",\"authz:write\",\"service_accounts:write\",\"agents:"
          "run\"]",
          "agents:run" },
        { "\"scope\":\"agent_os:admin authz:read agents:read\"", "agents:read" },
        { "\"scopes\":[\"authz:*\",\"authz:x:write\",\"service_accounts:y:read\"]", "" },
        { "\"scopes\":[\"PROXY_ADMIN\",\"admin\",\"*\",\"agents:read\"]",
          "PROXY_ADMIN admin * agents:read" }, /* texts that open nothing */
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        struct issuer_options options = plain_issuer(a);
        struct bench bench = bench_of(&options);
        str token = sign(a, arena_printf(a, "{" BASE ",\"exp\":1795290060,%s}", c->scopes));
        const char *why;
        const struct principal *who = bench_judge(&bench, a, token, &why);

        assert_string_equal(bench_says(&bench, a, token), c->left);
        assert_true(who != NULL && !who->is_admin);
        bench_clear(&bench);
    }
}

// clang-format off
static const struct {
    const char *grants[4];
    size_t count;
    const char *left;
} ceilings[] = {
    { { 0 }, 0, "" },
    { { "agents:read" }, 1, "agents:read agents:x:read agents:*:read" },
    { { "agents:x:read" }, 1, "agents:x:read" },
    { { "agents:*" }, 1, "agents:read agents:x:read agents:*:read agents:run" },
    { { "authz:read", "agent_os:admin" }, 2, "authz:read agent_os:admin" },
    { { "authz:*" }, 1, "authz:read authz:write" },
};
// clang-format on

/* docs/design/security.md 4. */
static void grants_are_a_ceiling(void **state)
{
    static const char payload[] =
        "{" BASE ",\"exp\":1795290060,\"scopes\":[\"agents:read\",\"agents:x:read\","
        "\"agents:*:read\",\"agents:run\",\"authz:read\",\"authz:write\",\"agent_os:admin\"]}";

    (void)state;
    for (size_t i = 0; i < COUNT(ceilings); i++) {
        AUTO(arena) *a = arena_new();
        struct issuer_options options = plain_issuer(a);

        options.has_grants = true;
        options.grants = ceilings[i].grants;
        options.grant_count = ceilings[i].count;
        struct bench bench = bench_of(&options);
        const char *why;
        const struct principal *who = bench_judge(&bench, a, sign(a, payload), &why);
        assert_string_equal(bench_says(&bench, a, sign(a, payload)), ceilings[i].left);
        assert_int_equal(who->is_admin, strstr(ceilings[i].left, "agent_os:admin") != NULL);
        bench_clear(&bench);
    }
}

static bool may(const struct principal *who, const char *scope)
{
    const struct access access = NEEDS(scope);

    return authorize(&access, who, STR(""), NULL) == AGENTOS_OK;
}

/* What is shown and what is asked are two memories of one list: the ceiling cuts both, of the token
 * when it is verified, of its roles whenever they are looked up. */
static void what_the_ceiling_takes_is_refused_when_it_is_asked(void **state)
{
    static const char *const all[] = { "authz:write", "agents:run", "teams:run" };
    static const char *const claim[] = { "role" };
    static const char *const grants[] = { "agents:*", "teams:run" };
    static const struct named_scopes roles[] = { { "boss", all, 3 } };
    static const char *const payloads[] = {
        "{" BASE ",\"exp\":1795290060,\"scopes\":[\"authz:write\",\"agents:run\",\"teams:run\"]}",
        "{" BASE ",\"exp\":1795290060,\"role\":\"boss\"}",
        "{" BASE ",\"exp\":1795290060,\"scopes\":[\"authz:write\"],\"role\":\"boss\"}",
    };
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);

    (void)state;
    options.roles = roles;
    options.role_count = 1;
    options.roles_claim = (struct claim_names){ claim, 1 };
    options.has_grants = true;
    options.grants = grants;
    options.grant_count = 2;
    struct bench bench = bench_of(&options);
    for (size_t i = 0; i < COUNT(payloads); i++) {
        const char *why;
        const struct principal *who = bench_judge(&bench, a, sign(a, payloads[i]), &why);

        assert_true(may(who, "agents:run"));
        assert_true(may(who, "teams:run"));
        assert_false(may(who, "authz:write"));
        assert_false(may(who, "agents:read"));
    }
    bench_clear(&bench);
}

/* A token that is found in the cache has been under the ceiling since it was put there. */
static void a_remembered_token_is_under_the_ceiling(void **state)
{
    static const char payload[] =
        "{" BASE ",\"exp\":1795290060,\"scopes\":[\"agents:run\",\"agent_os:admin\"]}";
    AUTO(arena) *a = arena_new();
    struct issuer_options issuer = plain_issuer(a);
    struct authority_options options = { .authorization = true,
                                         .issuers = &issuer,
                                         .issuer_count = 1 };
    struct authority *authority = NULL;
    struct token_cache *cache = token_cache_new(4);
    str token = sign(a, payload);
    const struct header header = {
        STR("authorization"), str_of(arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr))
    };
    const struct request request = { .method = GET,
                                     .path = STR("/agents"),
                                     .headers = { &header, 1 } };

    (void)state;
    assert_int_equal(authority_new(&options, &authority, NULL), AGENTOS_OK);
    for (uint64_t hits = 0; hits < 2; hits++) {
        const struct principal *who;
        const struct auth_request how = {
            .cache = cache, .request = &request, .now_s = TEST_NOW_S, .arena = a
        };

        assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_OK);
        assert_int_equal(token_cache_count(cache).hits, hits);
        assert_int_equal(who->scope_count, 1);
        assert_false(who->is_admin);
        assert_true(may(who, "agents:run"));
        assert_false(may(who, "authz:write"));
    }
    token_cache_free(cache);
    authority_free(authority);
}

/* docs/design/security.md 4. */
static void the_ceiling_holds_for_roles_too(void **state)
{
    static const char *const all[] = { "agent_os:admin", "agents:run", "agents:read" };
    static const char *const claim[] = { "role" }, *const read[] = { "agents:read" };
    static const struct named_scopes roles[] = { { "boss", all, 3 } };
    AUTO(arena) *a = arena_new();
    struct issuer_options options = plain_issuer(a);
    struct bench bench;

    (void)state;
    options.roles = roles;
    options.role_count = 1;
    options.roles_claim = (struct claim_names){ claim, 1 };
    options.has_grants = true;
    options.grants = read;
    options.grant_count = 1;
    bench = bench_of(&options);
    assert_string_equal(
        bench_says(&bench, a, sign(a, "{" BASE ",\"exp\":1795290060,\"role\":\"boss\"}")),
        "agents:read");
    /* a text is one role, never several */
    assert_string_equal(
        bench_says(&bench, a, sign(a, "{" BASE ",\"exp\":1795290060,\"role\":\"boss x\"}")), "");
    bench_clear(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_over_others_counts_only_where_it_is_granted),
        cmocka_unit_test(grants_are_a_ceiling),
        cmocka_unit_test(what_the_ceiling_takes_is_refused_when_it_is_asked),
        cmocka_unit_test(a_remembered_token_is_under_the_ceiling),
        cmocka_unit_test(the_ceiling_holds_for_roles_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
