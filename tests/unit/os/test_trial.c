/* What only a starting server would find out, told with the place in the file: a row for each class
 * of fault, and the configuration without it. */
#include "folder.h"

#define SECRET "inventory-secret-0123456789-0123456789"
#define ISSUER(iss) \
    "{issuer: '" iss "', audience: x, algorithms: [HS256], verification_keys: [" SECRET "]}"
#define KEYS "authorization:\n  algorithm: HS256\n  verification_keys: [" SECRET "]\n"

static agentos_status check(struct folder *folder, const struct option_flags *flags,
                            const char *text)
{
    folder_write("agentos.yaml", text);
    return options_check(flags, folder->a, &folder->options, &folder->faults, &folder->err);
}

static const struct {
    const char *text, *place, *sentence;
} faulty[] = {
    /* keys */
    { "authorization:\n  algorithm: HS256\n  verification_keys: [" SECRET ", short]\n",
      "agentos.yaml:3:63: authorization.verification_keys[1]: ", "32" },
    { "authorization:\n  verification_keys:\n  - " SECRET "\n",
      "agentos.yaml:3:5: authorization.verification_keys[0]: ", "RS256 needs" },
    { "authorization:\n  jwks_file: set.json\n  algorithm: RS256\n",
      "agentos.yaml:2:14: authorization.jwks_file: ", "none of its keys" },
    /* ways in */
    { "security_key: short\n", "agentos.yaml:1:15: security_key: ", "5 bytes" },
    { KEYS "internal_service_token: short\n",
      "agentos.yaml:4:25: internal_service_token: ", "5 bytes" },
    /* claims, roles, checks */
    { KEYS "  scopes_claim: 'a.'\n", "agentos.yaml:4:17: authorization.scopes_claim: ", "" },
    { KEYS "  roles_claim: r\n  roles:\n    ops.night: [agents]\n",
      "agentos.yaml:6:16: authorization.roles.ops.night: ", "'agents' is not a scope" },
    /* issuers beside each other */
    { "authorization:\n  issuers:\n  - " ISSUER("https://a") "\n  - " ISSUER("https://a") "\n",
      "agentos.yaml:4:14: authorization.issuers[1].issuer: ", "duplicate issuer" },
    { "authorization:\n  issuers:\n  - " ISSUER("https://a") "\n  - " ISSUER("https://b") "\n",
      "agentos.yaml:4:5: authorization.issuers[1]: ", "its own keys" },
    { "authorization:\n  validate: false\n  issuers:\n  - " ISSUER("https://a") "\n",
      "agentos.yaml:2:13: authorization.validate: ", "always verified" },
    /* routes */
    { KEYS "  scope_mappings:\n    GET /config: [app]\n",
      "agentos.yaml:5:18: authorization.scope_mappings.GET /config: ", "'app' is not a scope" },
    { KEYS "  scope_mappings:\n    config: []\n",
      "agentos.yaml:5:13: authorization.scope_mappings.config: ", "METHOD /path" },
    { KEYS "  excluded_routes: [health]\n",
      "agentos.yaml:4:20: authorization.excluded_routes: ", "'health' is neither" },
    /* models and prompts */
    { "agents:\n- {id: a, model: 'offline:echo'}\n- {id: b, model: 'offline:parrot'}\n",
      "agentos.yaml:3:18: agents[1].model: ", "'parrot'" },
    { "agents:\n- {id: a, model: {provider: openai, id: x, api_key: 'a b', base_url: "
      "'http://x'}}\n",
      "agentos.yaml:2:18: agents[0].model: ", "api_key contains a space" },
    /* the audit */
    { "audit:\n  key: short\n", "agentos.yaml:2:8: audit.key: ", "32" },
    /* an open server within reach */
    { "listen: 0.0.0.0:7777\n", "agentos.yaml:1:9: listen: ", "--open" },
};

static size_t count_errors(const struct folder *folder)
{
    size_t count = 0;

    for (size_t i = 0; i < folder->faults.count; i++)
        count += !folder->faults.all[i].is_warning;
    return count;
}

static void what_a_start_would_find_is_told_with_its_place(void **state)
{
    struct folder *folder = *state;

    folder_write("set.json", "{\"keys\":[]}");
    for (EACH(faulty, c)) {
        assert_int_equal(check(folder, &no_flags, c->text), AGENTOS_INVALID);
        const char *said = folder_faults(folder);

        if (strstr(said, c->place) == NULL || strstr(said, c->sentence) == NULL ||
            count_errors(folder) != 1)
            fail_msg("%s\n%s", c->text, said);
    }
}

static void a_prompt_that_is_too_long_is_told_at_its_agent(void **state)
{
    struct folder *folder = *state;
    AUTO_BUF text = buf_with_limit(MiB), page = buf_with_limit(KEY_FILE_MAX_BYTES);

    while (page.len < KEY_FILE_MAX_BYTES - 1)
        buf_append_char(&page, 'x');
    folder_write("page.txt", page.ptr);
    buf_append(&text, STR("agents:\n- id: a\n  model: offline:echo\n  instructions:\n"));
    for (size_t i = 0; i <= PROMPT_MAX_BYTES / KEY_FILE_MAX_BYTES; i++)
        buf_append(&text, STR("  - {file: page.txt}\n"));
    assert_int_equal(check(folder, &no_flags, text.ptr), AGENTOS_INVALID);
    assert_true(str_starts(str_of(folder_faults(folder)), STR("agentos.yaml:2:3: agents[0]: ")));
}

static void every_part_is_tried_and_every_fault_told(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(
        check(folder, &no_flags,
              "audit: {key: short}\n"
              "authorization:\n  algorithm: HS256\n  verification_keys: [a, b]\n"
              "  excluded_routes: [health]\n"
              "agents:\n- {id: a, model: 'offline:x'}\n- {id: b, model: 'offline:y'}\n"),
        AGENTOS_INVALID);
    assert_int_equal(folder->faults.count, 6);
}

static void what_is_right_passes_and_loading_alone_tries_nothing(void **state)
{
    static const char *const right[] = {
        "",
        KEYS,
        KEYS "  scope_mappings: {'GET /config': [app:read]}\n  roles_claim: r\n"
             "  roles: {ops: ['agents:read']}\n",
        KEYS "listen: 0.0.0.0:7777\n",
        "security_key: " SECRET "\nlisten: 0.0.0.0:7777\naudit: {key: " SECRET "}\n",
        "listen: '[::1]:7777'\nagents:\n- {id: a, model: 'offline:echo'}\n",
    };
    struct folder *folder = *state;

    for (EACH(right, text)) {
        if (check(folder, &no_flags, *text) != AGENTOS_OK)
            fail_msg("%s\n%s", *text, folder_faults(folder));
        assert_int_equal(folder->faults.count, 0);
    }
    folder_write("agentos.yaml", "listen: 0.0.0.0:7777\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
}

static void a_fault_of_a_variable_names_the_variable(void **state)
{
    static const struct {
        const char *name, *value, *place;
    } cases[] = {
        { "JWT_VERIFICATION_KEY", "short", "environment: JWT_VERIFICATION_KEY: " },
        { "JWT_JWKS", "{\"keys\":[]}", "environment: JWT_JWKS: " },
        { "OS_SECURITY_KEY", "short", "environment: OS_SECURITY_KEY: it has 5 bytes" },
        { "AGENT_OS_HOST", "0.0.0.0", "environment: AGENT_OS_HOST: 0.0.0.0 is reachable" },
    };
    struct folder *folder = *state;

    for (EACH(cases, c)) {
        assert_int_equal(setenv(c->name, c->value, 1), 0);
        assert_int_equal(check(folder, &no_flags, "security_key: " SECRET "\n") == AGENTOS_OK,
                         strcmp(c->name, "AGENT_OS_HOST") == 0);
        assert_int_equal(check(folder, &no_flags, "name: x\n"), AGENTOS_INVALID);
        if (!str_starts(str_of(folder_faults(folder)), str_of(c->place)))
            fail_msg("%s: %s", c->name, folder_faults(folder));
        assert_int_equal(unsetenv(c->name), 0);
    }
    folder_write(".env", "OS_SECURITY_KEY=short\n");
    assert_int_equal(check(folder, &no_flags, "name: x\n"), AGENTOS_INVALID);
    assert_true(str_starts(str_of(folder_faults(folder)), STR(".env: OS_SECURITY_KEY: ")));
}

static void flags_count_as_they_do_for_a_server(void **state)
{
    static const struct option_flags open = { .port = -1, .open = true },
                                     elsewhere = { .port = -1, .host = "0.0.0.0" },
                                     here = { .port = -1, .host = "127.0.0.1" };
    struct folder *folder = *state;

    assert_int_equal(check(folder, &open, "listen: 0.0.0.0:1\n"), AGENTOS_OK);
    assert_int_equal(check(folder, &here, "listen: 0.0.0.0:1\n"), AGENTOS_OK);
    assert_int_equal(check(folder, &elsewhere, "listen: 127.0.0.1:1\n"), AGENTOS_INVALID);
    assert_int_equal(check(folder, &elsewhere, KEYS), AGENTOS_OK);
}

static void what_has_no_effect_is_a_warning_with_its_place(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(check(folder, &no_flags,
                           KEYS "  scope_mappings: {GET /nowhere: []}\n"
                                "  excluded_routes_add: [/nowhere]\n"),
                     AGENTOS_OK);
    assert_int_equal(folder->faults.count, 2);
    assert_non_null(strstr(folder_faults(folder), "agentos.yaml:4:"));
    assert_non_null(strstr(folder_faults(folder),
                           "agentos.yaml:5:24: authorization.excluded_routes_add: warning: "));
}

static void nothing_is_left_behind(void **state)
{
    struct folder *folder = *state;

    assert_int_equal(check(folder, &no_flags, "database: sqlite:data/x.db\n"), AGENTOS_OK);
    assert_int_not_equal(access("data", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(what_a_start_would_find_is_told_with_its_place),
        TEST_IN_FOLDER(a_prompt_that_is_too_long_is_told_at_its_agent),
        TEST_IN_FOLDER(every_part_is_tried_and_every_fault_told),
        TEST_IN_FOLDER(what_is_right_passes_and_loading_alone_tries_nothing),
        TEST_IN_FOLDER(a_fault_of_a_variable_names_the_variable),
        TEST_IN_FOLDER(flags_count_as_they_do_for_a_server),
        TEST_IN_FOLDER(what_has_no_effect_is_a_warning_with_its_place),
        TEST_IN_FOLDER(nothing_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
