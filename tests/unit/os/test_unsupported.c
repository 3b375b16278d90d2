/* What this version does not build is refused by name, in the file and in the environment: never
 * ignored, never an open server. */
#include "folder.h"

static const struct {
    const char *text, *faults;
} unbuilt[] = {
    { "teams: [x]\n", "agentos.yaml:1:8: teams: " },
    { "workflows: [x]\n", "agentos.yaml:1:12: workflows: " },
    { "public_url: https://x\n", "agentos.yaml:1:13: public_url: " },
    { "agents: [{id: a, model: 'offline:echo', tools: [x]}]\n",
      "agentos.yaml:1:48: agents[0].tools: " },
    { "authorization:\n  jwks_url: x\n", "agentos.yaml:2:13: authorization.jwks_url: " },
    { "authorization:\n  plain_fallback: true\n",
      "agentos.yaml:2:19: authorization.plain_fallback: " },
    { "authorization:\n  issuers: [{preset: auth0}]\n",
      "agentos.yaml:2:12: authorization.issuers: " },
};

static void every_key_that_is_not_built_is_refused_by_name(void **state)
{
    struct folder *folder = *state;

    for (size_t i = 0; i < COUNT(unbuilt); i++) {
        folder_write("agentos.yaml", unbuilt[i].text);
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        const char *expected =
            arena_printf(folder->a, "%snot supported in this version\n", unbuilt[i].faults);
        assert_string_equal(folder_faults(folder), expected);
    }
}

static void values_that_ask_for_nothing_are_accepted(void **state)
{
    struct folder *folder = *state;

    folder_write(
        "agentos.yaml",
        "teams: []\nworkflows: []\ntrusted_proxies: []\nsecurity_key:\n"
        "agents: [{id: a, model: 'offline:echo', tools: []}]\n"
        "authorization:\n  validate: true\n  token_source: header\n"
        "  token_header: Authorization\n  cookie_name: access_token\n  scopes_claim: scopes\n"
        "  user_id_claim: sub\n  session_id_claim: session_id\n  audience_claim: aud\n"
        "  scope_mappings: {}\n  excluded_routes_add: []\n  plain_fallback: false\n  issuers: []\n"
        "  jwks_url: ~\n  jwks_file:\n");
    if (folder_load(folder, &no_flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(folder));
    assert_int_equal(folder->faults.count, 0);
}

static void every_variable_that_is_not_built_refuses_to_start(void **state)
{
    static const char *const names[] = { "JWT_JWKS_URL" };
    struct folder *folder = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(setenv(names[i], "planted-secret", 1), 0);
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        const char *expected = arena_printf(
            folder->a, "environment: %s: not supported in this version; unset it\n", names[i]);
        assert_string_equal(folder_faults(folder), expected);
        assert_int_equal(unsetenv(names[i]), 0);

        folder_write(".env", arena_printf(folder->a, "%s=planted-secret\n", names[i]));
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        expected = arena_printf(folder->a, ".env: %s: not supported in this version; unset it\n",
                                names[i]);
        assert_string_equal(folder_faults(folder), expected);
        assert_int_equal(remove(".env"), 0);
    }
    assert_int_equal(setenv("JWT_JWKS_URL", "", 1), 0);
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(every_key_that_is_not_built_is_refused_by_name),
        TEST_IN_FOLDER(values_that_ask_for_nothing_are_accepted),
        TEST_IN_FOLDER(every_variable_that_is_not_built_refuses_to_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
