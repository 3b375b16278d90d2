/* flag > environment > .env > file > default, and where files are looked for. */
#include "folder.h"

static void check(struct folder *folder, const struct option_flags *flags, const char *host,
                  int port)
{
    if (folder_load(folder, flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(folder));
    assert_string_equal(folder->options.host, host);
    assert_int_equal(folder->options.port, port);
}

static void the_nearer_source_wins(void **state)
{
    struct folder *folder = *state;
    struct option_flags flags = no_flags;

    check(folder, &flags, "127.0.0.1", 7777);
    folder_write("agentos.yaml", "listen: '[::1]:1'\n");
    check(folder, &flags, "::1", 1);
    folder_write(".env", "AGENT_OS_HOST=dotenv\nAGENT_OS_PORT=2\n");
    check(folder, &flags, "dotenv", 2);
    assert_int_equal(setenv("AGENT_OS_HOST", "environment", 1), 0);
    assert_int_equal(setenv("AGENT_OS_PORT", "3", 1), 0);
    check(folder, &flags, "environment", 3);
    flags.port = 0;
    check(folder, &flags, "environment", 0);
    flags.host = "[::]";
    check(folder, &flags, "::", 0);
}

static void addresses_that_are_none_are_refused_wherever_they_stand(void **state)
{
    struct folder *folder = *state;
    struct option_flags flags = no_flags;

    assert_int_equal(setenv("AGENT_OS_HOST", "a b", 1), 0);
    assert_int_equal(setenv("AGENT_OS_PORT", "99999", 1), 0);
    flags.host = "a/b";
    flags.port = 65536;
    assert_int_equal(folder_load(folder, &flags), AGENTOS_INVALID);
    assert_string_equal(folder_faults(folder),
                        "environment: AGENT_OS_HOST: must be a host name or an address\n"
                        "environment: AGENT_OS_PORT: must be a port from 0 to 65535\n"
                        "command line: --host: must be a host name or an address\n"
                        "command line: --port: must be a port from 0 to 65535\n");
    assert_string_equal(folder->err.message, "invalid configuration: 4 errors");
}

static void a_file_that_was_asked_for_must_be_there(void **state)
{
    struct folder *folder = *state;
    struct option_flags flags = no_flags;

    assert_int_equal(folder_load(folder, &flags), AGENTOS_OK);
    assert_null(folder->options.file);
    flags.config = "sub/other.yaml";
    flags.env_file = "other.env";
    assert_int_equal(folder_load(folder, &flags), AGENTOS_INVALID);
    assert_string_equal(folder_faults(folder),
                        "sub/other.yaml: cannot be read: No such file or directory\n"
                        "other.env: cannot be read: No such file or directory\n");
}

static void paths_are_relative_to_the_file(void **state)
{
    struct folder *folder = *state;
    struct option_flags flags = no_flags;

    assert_int_equal(mkdir("sub", 0700), 0);
    folder_write(
        "sub/other.yaml",
        "name: {file: name.txt}\ndescription: {env: DESCRIPTION}\ndatabase: sqlite:x/y.db\n");
    folder_write("sub/name.txt", "My OS\n");
    folder_write("sub/.env", "DESCRIPTION=from dotenv\n");
    flags.config = "sub/other.yaml";
    check(folder, &flags, "127.0.0.1", 7777);
    assert_string_equal(folder->options.file, "sub/other.yaml");
    assert_string_equal(folder->options.name, "My OS");
    assert_string_equal(folder->options.id, "my-os");
    assert_string_equal(folder->options.description, "from dotenv");
    assert_string_equal(folder->options.database, "sqlite:sub/x/y.db");
    folder_write("sub/other.yaml", "database: sqlite:/x/y.db\n");
    check(folder, &flags, "127.0.0.1", 7777);
    assert_string_equal(folder->options.database, "sqlite:/x/y.db");
    folder_write("sub/other.yaml", "");
    check(folder, &flags, "127.0.0.1", 7777);
    assert_string_equal(folder->options.database, "sqlite:sub/data/agentos.db");
}

static void a_broken_env_file_is_a_fault_with_its_line(void **state)
{
    struct folder *folder = *state;

    folder_write(".env", "A=b\nplanted-secret\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
    assert_string_equal(folder_faults(folder), ".env:2:1: must be NAME=VALUE\n");
}

static void the_environments_key_is_appended_once(void **state)
{
    struct folder *folder = *state;
    const struct authority_options *authorization = &folder->options.authorization;

    assert_int_equal(setenv("JWT_VERIFICATION_KEY", "key one", 1), 0);
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
    assert_int_equal(authorization->key_count, 1);
    assert_string_equal(authorization->key_names[0], "JWT_VERIFICATION_KEY");
    assert_false(authorization->authorization);

    folder_write("agentos.yaml",
                 "authorization: {verification_keys: [key two, {env: JWT_VERIFICATION_KEY}]}\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
    assert_int_equal(authorization->key_count, 2);
    assert_string_equal(authorization->keys[1], "key one");
    assert_string_equal(authorization->key_names[1], "authorization.verification_keys[1]");

    folder_write("agentos.yaml", "authorization: {verification_keys: [key two]}\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
    assert_int_equal(authorization->key_count, 2);
    assert_string_equal(authorization->keys[0], "key two");
    assert_string_equal(authorization->keys[1], "key one");
}

static void the_provider_key_goes_only_where_it_belongs(void **state)
{
    static const struct {
        const char *model, *key, *url;
    } cases[] = {
        { "openai:gpt-5.2", "from environment", "http://127.0.0.1:1/v1" },
        { "openai-chat:llama", "from environment", NULL },
        { "{provider: openai, id: x, base_url: 'http://h/v1'}", NULL, "http://h/v1" },
        { "{provider: openai-chat, id: x, base_url: 'http://h/v1'}", NULL, "http://h/v1" },
        { "{provider: openai, id: x, api_key: own}", "own", "http://127.0.0.1:1/v1" },
        { "offline:echo", NULL, NULL },
    };
    struct folder *folder = *state;

    assert_int_equal(setenv("OPENAI_API_KEY", "from environment", 1), 0);
    assert_int_equal(setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1", 1), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        folder_write("agentos.yaml",
                     arena_printf(folder->a, "agents: [{id: a, model: %s}]\n", cases[i].model));
        if (folder_load(folder, &no_flags) != AGENTOS_OK)
            fail_msg("%s", folder_faults(folder));
        const struct model_options *model = &folder->options.agents[0].model;
        assert_true(str_equal(str_of(model->api_key), str_of(cases[i].key)));
        assert_true(str_equal(str_of(model->base_url), str_of(cases[i].url)));
    }
    assert_int_equal(setenv("OPENAI_BASE_URL", "ftp://x", 1), 0);
    folder_write("agentos.yaml", "agents: [{id: a, model: 'openai:x'}]\n");
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
    assert_string_equal(folder_faults(folder),
                        "environment: OPENAI_BASE_URL: must begin with http:// or https://\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(the_nearer_source_wins),
        TEST_IN_FOLDER(addresses_that_are_none_are_refused_wherever_they_stand),
        TEST_IN_FOLDER(a_file_that_was_asked_for_must_be_there),
        TEST_IN_FOLDER(paths_are_relative_to_the_file),
        TEST_IN_FOLDER(a_broken_env_file_is_a_fault_with_its_line),
        TEST_IN_FOLDER(the_environments_key_is_appended_once),
        TEST_IN_FOLDER(the_provider_key_goes_only_where_it_belongs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
