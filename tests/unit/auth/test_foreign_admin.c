/* An issuer that makes itself admins. LiteLLM took a `scope` that a tenant's issuer had written for
 * one of its own, and PROXY_ADMIN it was (LiteLLM PR #30586). ceiling_apply() is the most that an
 * issuer's tokens confer: the admin scope, `authz:*` and `service_accounts:*` count only where
 * `grants` lists them (security.md 4), whether they come as scopes or by a role. */
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

/* security.md 4. */
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

/* security.md 4. */
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
        cmocka_unit_test(the_ceiling_holds_for_roles_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
