/* What this version does not build is refused by name: never ignored, never an open server. */
#include "folder.h"

static const struct {
    const char *text, *faults;
} unbuilt[] = {
    { "teams: [x]\n", "agentos.yaml:1:8: teams: " },
    { "workflows: [x]\n", "agentos.yaml:1:12: workflows: " },
    { "public_url: https://x\n", "agentos.yaml:1:13: public_url: " },
    { "agents: [{id: a, model: 'offline:echo', tools: [x]}]\n",
      "agentos.yaml:1:48: agents[0].tools: " },
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(every_key_that_is_not_built_is_refused_by_name),
        TEST_IN_FOLDER(values_that_ask_for_nothing_are_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
