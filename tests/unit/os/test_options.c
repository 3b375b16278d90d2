/* The file: texts in, options or exact faults out. */
#include "base/limits.h"
#include "folder.h"

static void load(struct folder *folder, const char *text)
{
    folder_write("agentos.yaml", text);
    if (folder_load(folder, &no_flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(folder));
}

static const struct {
    const char *text, *faults;
} faulty_files[] = {
    { "- a\n", "agentos.yaml:1:1: must be a map of keys and values\n" },
    { "text\n", "agentos.yaml:1:1: must be a map of keys and values\n" },
    { "a: [\n", "agentos.yaml:2:1: flow sequence without a closing bracket\n" },
    { "name: x\nname: y\n", "agentos.yaml:2:1: duplicate key 'name'\n" },
    { "agnets: []\n", "agentos.yaml:1:1: agnets: unknown key; did you mean 'agents'?\n" },
    { "banana: 1\n", "agentos.yaml:1:1: banana: unknown key\n" },
    { "authorization:\n  enable: true\n",
      "agentos.yaml:2:3: authorization.enable: unknown key; did you mean 'enabled'?\n" },
    { "agents:\n  - id: a\n    model: offline:echo\n    instruction: x\n",
      "agentos.yaml:4:5: agents[0].instruction: unknown key; did you mean 'instructions'?\n" },
    { "name: [x]\n", "agentos.yaml:1:7: name: must be a text, {file: PATH} or {env: NAME}\n" },
    { "name: ''\n", "agentos.yaml:1:7: name: must not be empty\n" },
    { "name: \"a\\0b\"\n", "agentos.yaml:1:7: name: must be UTF-8 text without NUL bytes\n" },
    { "name: {file: absent.txt}\n",
      "agentos.yaml:1:7: name: cannot read 'absent.txt' (No such file or "
      "directory); create it or correct the path\n" },
    { "name: {file: .}\n", "agentos.yaml:1:7: name: cannot read '.' (Is a directory); create it or "
                           "correct the path\n" },
    { "listen: 7777\n",
      "agentos.yaml:1:9: listen: must be HOST:PORT, such as 127.0.0.1:7777 or [::1]:7777\n" },
    { "listen: ::1:7777\n",
      "agentos.yaml:1:9: listen: must be HOST:PORT, such as 127.0.0.1:7777 or [::1]:7777\n" },
    { "listen: 127.0.0.1:65536\n",
      "agentos.yaml:1:9: listen: must be HOST:PORT, such as 127.0.0.1:7777 or [::1]:7777\n" },
    { "cors_origins: https://a\n",
      "agentos.yaml:1:15: cors_origins: must be a list, as in [first, second]\n" },
    { "cors_origins: [https://a, https://b/, '*']\n",
      "agentos.yaml:1:27: cors_origins[1]: must be an origin such as https://app.example.com: "
      "no path, no "
      "'*'\n"
      "agentos.yaml:1:39: cors_origins[2]: must be an origin such as https://app.example.com: "
      "no path, no "
      "'*'\n" },
    { "allowed_hosts: ['a b']\n",
      "agentos.yaml:1:17: allowed_hosts[0]: must be a host name or an address\n" },
    { "database: postgres://u:planted@h/d\n",
      "agentos.yaml:1:11: database: PostgreSQL is not supported "
      "in this version; use sqlite:PATH or memory\n" },
    { "database: 'sqlite:'\n", "agentos.yaml:1:11: database: must be sqlite:PATH or memory\n" },
    { "log: {level: loud, format: xml}\n",
      "agentos.yaml:1:14: log.level: must be one of: debug info warning error\n"
      "agentos.yaml:1:28: log.format: must be one of: text json\n" },
    { "limits: {body: 0}\n",
      "agentos.yaml:1:16: limits.body: must be a size such as 512KiB or 2MiB, from "
      "1024 to 67108864 bytes\n" },
    { "limits: {body: 9223372036854775807GiB}\n",
      "agentos.yaml:1:16: limits.body: must be a size such as 512KiB or 2MiB, from 1024 to "
      "67108864 "
      "bytes\n" },
    { "authorization: yes\n", "agentos.yaml:1:16: authorization: must be true or false\n" },
    { "authorization: {enabled: 'true'}\n",
      "agentos.yaml:1:26: authorization.enabled: must be true or false; quotes make it a text\n" },
    { "authorization: {algorithm: none}\n", "agentos.yaml:1:28: authorization.algorithm: must "
                                            "be one of: RS256 RS384 RS512 PS256 PS384 PS512 "
                                            "ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512\n" },
    { "authorization: {bare_token: maybe}\n",
      "agentos.yaml:1:29: authorization.bare_token: must be one of: accept refuse\n" },
    { "authorization: {verify_audience: 1}\n",
      "agentos.yaml:1:34: authorization.verify_audience: must be true or false\n" },
    { "authorization: {verification_keys: planted}\n",
      "agentos.yaml:1:36: authorization.verification_keys: must be a list, as in [first, "
      "second]\n" },
    { "authorization: true\n",
      "agentos.yaml:1:16: authorization: no verification key: set JWT_VERIFICATION_KEY, or "
      "list one under "
      "authorization.verification_keys (`agentos keys generate` makes a pair), or name a "
      "jwks_file\n" },
    { "authorization:\n  verification_keys: [{env: ABSENT}]\n",
      "agentos.yaml:2:22: authorization.verification_keys: none of these keys is set, leaving the "
      "server open; set one or remove the list\n"
      "agentos.yaml:2:23: authorization.verification_keys[0]: warning: the environment "
      "variable 'ABSENT' "
      "is not set; the key is ignored\n" },
    { "authorization:\n  verification_keys: [{file: absent.pem}]\n",
      "agentos.yaml:2:23: authorization.verification_keys[0]: cannot read 'absent.pem' (No "
      "such file or "
      "directory); create it or correct the path\n" },
    { "authorization:\n  verification_keys: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]\n",
      "agentos.yaml:2:62: authorization.verification_keys[16]: more than 16 keys\n" },
    { "models: []\n", "agentos.yaml:1:9: models: must be a map of at most 1000 models by name\n" },
    { "models: {a: {id: x}}\n",
      "agentos.yaml:1:13: models.a: needs a provider: openai, openai-chat or offline\n" },
    { "models: {'a:b': {provider: offline}}\n",
      "agentos.yaml:1:17: models.a:b: a model's name must not be empty or contain a colon\n" },
    { "models: {a: {provider: opnai}}\n",
      "agentos.yaml:1:24: models.a.provider: did you mean 'openai'? It must be one of: openai "
      "openai-chat offline\n" },
    { "models: {a: {provider: offline, base_url: ftp://x}}\n",
      "agentos.yaml:1:43: models.a.base_url: must begin with http:// or https://\n" },
    { "models: {a: {provider: offline, temperature: 3, retries: 11, timeout_s: x, top_p: "
      "'1'}}\n",
      "agentos.yaml:1:46: models.a.temperature: must be a number from 0 to 2\n"
      "agentos.yaml:1:58: models.a.retries: must be an integer from 0 to 10\n"
      "agentos.yaml:1:73: models.a.timeout_s: must be an integer from 1 to 3600\n"
      "agentos.yaml:1:83: models.a.top_p: must be a number from 0 to 1\n" },
    { "agents: {}\n", "agentos.yaml:1:9: agents: must be a list of at most 1000 agents, each as in "
                      "`- id: my-agent`\n" },
    { "agents: [{}]\n", "agentos.yaml:1:10: agents[0]: needs an id or a name\n"
                        "agentos.yaml:1:10: agents[0]: needs a model, such as openai:gpt-5.2 or "
                        "offline:echo\n" },
    { "agents: [{id: a}]\n",
      "agentos.yaml:1:10: agents[0]: needs a model, such as openai:gpt-5.2 or offline:echo\n" },
    { "agents: [{id: 'a:b', model: 'offline:echo'}]\n",
      "agentos.yaml:1:15: agents[0].id: must be 1 to 128 letters, digits, '.', '_', '~' or "
      "'-', but not '.' or '..'\n" },
    { "agents: [{id: '..', model: 'offline:echo'}]\n",
      "agentos.yaml:1:15: agents[0].id: must be 1 to 128 letters, digits, '.', '_', '~' or "
      "'-', but not '.' or '..'\n" },
    { "agents: [{name: '.', model: 'offline:echo'}]\n",
      "agentos.yaml:1:10: agents[0]: cannot derive an id from the name; an id must be 1 to 128 "
      "letters, digits, '.', '_', '~' or '-', but not '.' or '..'\n" },
    { "agents: [{name: 'B\xC3\xB6rse', model: 'offline:echo'}]\n",
      "agentos.yaml:1:10: agents[0]: cannot derive an id from the name; an id must be 1 to 128 "
      "letters, digits, "
      "'.', '_', '~' or '-', but not '.' or '..'\n" },
    { "agents:\n- {id: a, model: 'offline:echo'}\n- {name: A, model: 'offline:echo'}\n"
      "- {id: a, model: 'offline:echo'}\n",
      "agentos.yaml:3:3: agents[1]: duplicate agent id 'a'\n"
      "agentos.yaml:4:8: agents[2].id: duplicate agent id 'a'\n" },
    { "agents: [{id: a, model: 'ofline:echo'}]\n",
      "agentos.yaml:1:25: agents[0].model: unknown provider or model 'ofline'; did you mean "
      "'offline'?\n" },
    { "agents: [{id: a, model: 'claude:x'}]\n",
      "agentos.yaml:1:25: agents[0].model: unknown provider or model 'claude'; "
      "providers: openai, openai-chat, offline; any server with Chat Completions: a models: entry "
      "with provider: openai-chat and its base_url\n" },
    { "agents: [{id: a, model: 'offline'}]\n",
      "agentos.yaml:1:25: agents[0].model: needs a model id: NAME_OR_PROVIDER:MODEL_ID, such as "
      "openai:gpt-5.2\n" },
    { "agents: [{id: a, model: 'offline:echo', num_history_runs: 0}]\n",
      "agentos.yaml:1:59: agents[0].num_history_runs: must be an integer from 1 to 100\n" },
    { "agents: [{id: a, model: 'offline:echo', instructions: {a: b}}]\n",
      "agentos.yaml:1:55: agents[0].instructions: must be a text, {file: PATH} or {env: "
      "NAME}\n" },
    { "name: {env: ABSENT}\nid: [x]\n",
      "agentos.yaml:1:7: name: warning: the environment variable 'ABSENT' is not set; the key "
      "is ignored\n"
      "agentos.yaml:2:5: id: must be a text, {file: PATH} or {env: NAME}\n" },
};

static void every_fault_names_its_place_and_key(void **state)
{
    struct folder *folder = *state;

    for (size_t i = 0; i < COUNT(faulty_files); i++) {
        folder_write("agentos.yaml", faulty_files[i].text);
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        assert_string_equal(folder_faults(folder), faulty_files[i].faults);
    }
}

static void without_a_file_everything_has_its_default(void **state)
{
    struct folder *folder = *state;
    const struct options *options = &folder->options;

    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_OK);
    assert_int_equal(folder->faults.count, 0);
    assert_null(options->file);
    assert_null(options->id);
    assert_string_equal(options->host, "127.0.0.1");
    assert_int_equal(options->port, 7777);
    assert_string_equal(options->database, "sqlite:data/agentos.db");
    assert_int_equal(options->cors_origin_count, 8);
    assert_string_equal(options->cors_origins[0], "http://localhost:3000");
    assert_string_equal(options->cors_origins[7], "http://127.0.0.1:7780");
    assert_int_equal(options->log_level, LOG_INFO);
    assert_int_equal(options->log_format, LOG_TEXT);
    assert_int_equal(options->body_limit_bytes, BODY_MAX_BYTES);
    assert_false(options->authorization.authorization);
    assert_int_equal(options->authorization.key_count, 0);
    assert_int_equal(options->authorization.verify_audience, CHOICE_UNSET);
    assert_string_equal(options->authorization.algorithm, "RS256");
    assert_string_equal(options->authorization.admin_scope, "agent_os:admin");
}

static void a_full_file_is_read_into_every_option(void **state)
{
    struct folder *folder = *state;
    const struct options *options = &folder->options;

    load(folder,
         "id: my-os\nname: My OS\ndescription: {env: D}\nversion: 1.0\nlisten: 0.0.0.0:80\n"
         "cors_origins: [https://a.example, 'chrome-extension://abc']\nallowed_hosts: [a.example]\n"
         "database: memory\nlog: {level: debug, format: json}\nlimits: {body: 2 MiB}\n");
    assert_string_equal(options->file, "agentos.yaml");
    assert_string_equal(options->id, "my-os");
    assert_string_equal(options->name, "My OS");
    assert_null(options->description);
    assert_string_equal(options->version, "1.0");
    assert_string_equal(options->host, "0.0.0.0");
    assert_int_equal(options->port, 80);
    assert_int_equal(options->cors_origin_count, 2);
    assert_string_equal(options->allowed_hosts[0], "a.example");
    assert_string_equal(options->database, "memory");
    assert_int_equal(options->log_level, LOG_DEBUG);
    assert_int_equal(options->log_format, LOG_JSON);
    assert_int_equal(options->body_limit_bytes, 2 * MiB);
    assert_int_equal(folder->faults.count, 1);
    assert_true(folder->faults.all[0].is_warning);
}

static void authorization_is_read_into_what_the_authority_takes(void **state)
{
    struct folder *folder = *state;
    const struct authority_options *authorization = &folder->options.authorization;

    folder_write("public.pem", "the key\n\n");
    load(folder,
         "authorization:\n  enabled: true\n  verification_keys: [{file: public.pem}, text, text]\n"
         "  algorithm: ES256\n  audience: [a, b]\n  verify_audience: false\n  issuer: https://i\n"
         "  admin_scope: root:all\n  allow_weak_keys: true\n  bare_token: refuse\n"
         "  user_isolation: true\n");
    assert_true(authorization->authorization);
    assert_int_equal(authorization->key_count, 2);
    assert_string_equal(authorization->keys[0], "the key\n");
    assert_string_equal(authorization->key_names[0], "authorization.verification_keys[0]");
    assert_string_equal(authorization->keys[1], "text");
    assert_string_equal(authorization->algorithm, "ES256");
    assert_int_equal(authorization->audience_count, 2);
    assert_string_equal(authorization->audiences[1], "b");
    assert_int_equal(authorization->verify_audience, CHOICE_NO);
    assert_string_equal(authorization->issuer, "https://i");
    assert_string_equal(authorization->admin_scope, "root:all");
    assert_true(authorization->allow_weak_keys);
    assert_true(authorization->refuse_bare_tokens);
    assert_true(authorization->user_isolation);

    load(folder, "authorization: {verification_keys: [k], audience: a}\n");
    assert_false(authorization->authorization);
    assert_int_equal(authorization->audience_count, 1);
    assert_int_equal(setenv("JWT_VERIFICATION_KEY", "k", 1), 0);
    load(folder, "authorization: true\n");
    assert_true(authorization->authorization);
    load(folder, "authorization: false\n");
    assert_false(authorization->authorization);
    assert_int_equal(authorization->key_count, 1);
}

static void models_are_found_by_name_wherever_they_stand(void **state)
{
    struct folder *folder = *state;
    const struct agent_options *agents;

    load(folder,
         "agents:\n"
         "- {id: a, model: 'local:llama3'}\n"
         "- {id: b, model: local}\n"
         "- {id: c, model: 'offline:echo'}\n"
         "- {id: d, model: {provider: offline, content: Fixed}}\n"
         "models:\n  local: {provider: openai-chat, base_url: 'http://127.0.0.1:11434/v1', id: "
         "qwen,\n"
         "          temperature: 0.5, top_p: 1, max_output_tokens: 10, timeout_s: 5, retries: 0,\n"
         "          stream_usage: false}\n");
    agents = folder->options.agents;
    assert_int_equal(folder->options.agent_count, 4);
    assert_int_equal(folder->options.model_count, 1);
    assert_string_equal(folder->options.models[0].name, "local");
    assert_string_equal(agents[0].model.provider, "openai-chat");
    assert_string_equal(agents[0].model.id, "llama3");
    assert_string_equal(agents[1].model.id, "qwen");
    assert_true(agents[1].model.temperature > 0.49 && agents[1].model.temperature < 0.51);
    assert_int_equal(agents[1].model.max_output_tokens, 10);
    assert_int_equal(agents[1].model.timeout_s, 5);
    assert_int_equal(agents[1].model.retries, 0);
    assert_string_equal(agents[2].model.provider, "offline");
    assert_string_equal(agents[2].model.id, "echo");
    assert_int_equal(agents[2].model.retries, 2);
    assert_int_equal(agents[2].model.timeout_s, 60);
    assert_false(agents[0].model.stream_usage);
    assert_false(agents[1].model.stream_usage);
    assert_true(agents[2].model.stream_usage);
    assert_true(agents[3].model.stream_usage);
    assert_true(agents[2].model.temperature < 0);
    assert_string_equal(agents[3].model.content, "Fixed");
}

static void agents_are_read_with_ids_made_of_names(void **state)
{
    struct folder *folder = *state;
    const struct agent_options *agents;

    load(folder, "agents:\n"
                 "- {name: My First_Agent, model: 'offline:echo', description: D, role: R,\n"
                 "   instructions: [one, two], add_history_to_context: true, num_history_runs: 5}\n"
                 "- {id: Second, model: 'offline:echo', instructions: text}\n");
    agents = folder->options.agents;
    assert_string_equal(agents[0].id, "my-first-agent");
    assert_string_equal(agents[0].name, "My First_Agent");
    assert_string_equal(agents[0].description, "D");
    assert_string_equal(agents[0].role, "R");
    assert_string_equal(agents[0].instructions, "one\ntwo");
    assert_true(agents[0].add_history_to_context);
    assert_int_equal(agents[0].num_history_runs, 5);
    assert_string_equal(agents[1].id, "Second");
    assert_null(agents[1].name);
    assert_string_equal(agents[1].instructions, "text");
    assert_int_equal(agents[1].num_history_runs, 3);
}

static void a_missing_provider_key_is_a_warning(void **state)
{
    struct folder *folder = *state;

    load(folder, "agents: [{id: a, model: 'openai:gpt-5.2'}]\n");
    assert_string_equal(
        folder_faults(folder),
        "agentos.yaml:1:25: agents[0].model: warning: neither api_key nor OPENAI_API_KEY is "
        "set; the provider will reject requests\n");
}

static void a_secret_is_never_in_a_fault(void **state)
{
    static const char *const texts[] = {
        "authorization: {verification_keys: [\"planted\\0\"]}\n",
        "authorization: {verification_keys: planted}\n",
        "authorization: {verification_keys: [[planted]]}\n",
        "authorization: planted\n",
        "authorization: {enabled: planted, algorithm: planted}\n",
        "models: {a: {provider: openai, api_key: [planted]}}\n",
        "models: {a: {provider: openai, api_key: {x: planted}}}\n",
        "models: {a: {provider: openai, base_url: 'planted'}}\n",
        "models: {a: {provider: openai, api_key: !planted}}\n",
        "models: {a: {provider: openai, api_key: &planted}}\n",
        "models: {a: {provider: openai, api_key: *planted}}\n",
        "models: {a: {provider: openai, api_key: !planted!x }}\n",
        "models: {a: {provider: openai, api_key: \"planted}}\n",
        "models: {a: {provider: openai, api_key: planted: x}\n",
        "models:\n  a:\n    api_key: planted: x\n",
        "models:\n  a:\n    api_key: %planted\n",
        "models:\n  a:\n    api_key: @planted\n",
        "models:\n  a:\n  api_key:planted\n",
        "database: postgres://u:planted@h/d\n",
        "security_key: planted\nname: [x]\n",
        "internal_service_token: planted\nname: [x]\n",
        "name: {file: secret.txt}\nlisten: {file: secret.txt}\ndatabase: {file: secret.txt}\n",
        "cors_origins: [planted]\nlisten: planted\nlog: planted\nlimits: {body: planted}\n",
        "agents: [{id: a, model: {env: SECRET}, num_history_runs: planted}]\n",
    };
    struct folder *folder = *state;

    folder_write("secret.txt", "planted");
    for (size_t i = 0; i < COUNT(texts); i++) {
        folder_write("agentos.yaml", texts[i]);
        assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
        const char *faults = folder_faults(folder);
        if (strstr(faults, "planted") != NULL || strstr(folder->err.message, "planted") != NULL)
            fail_msg("%s leaks: %s", texts[i], faults);
    }
}

static void a_file_that_is_all_wrong_ends_after_a_hundred_faults(void **state)
{
    struct folder *folder = *state;
    AUTO_BUF text = buf_with_limit(CONFIG_MAX_BYTES);

    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "wrong%d: x\n", i);
    folder_write("agentos.yaml", text.ptr);
    assert_int_equal(folder_load(folder, &no_flags), AGENTOS_INVALID);
    assert_int_equal(folder->faults.count, FAULTS_MAX);
}

static void json_is_a_configuration_too(void **state)
{
    struct folder *folder = *state;

    load(
        folder,
        "{\n\t\"name\": \"J\",\n\t\"agents\": [{\"id\": \"a\", \"model\": \"offline:echo\"}]\n}\n");
    assert_string_equal(folder->options.name, "J");
    assert_int_equal(folder->options.agent_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(every_fault_names_its_place_and_key),
        TEST_IN_FOLDER(without_a_file_everything_has_its_default),
        TEST_IN_FOLDER(a_full_file_is_read_into_every_option),
        TEST_IN_FOLDER(authorization_is_read_into_what_the_authority_takes),
        TEST_IN_FOLDER(models_are_found_by_name_wherever_they_stand),
        TEST_IN_FOLDER(agents_are_read_with_ids_made_of_names),
        TEST_IN_FOLDER(a_missing_provider_key_is_a_warning),
        TEST_IN_FOLDER(a_secret_is_never_in_a_fault),
        TEST_IN_FOLDER(a_file_that_is_all_wrong_ends_after_a_hundred_faults),
        TEST_IN_FOLDER(json_is_a_configuration_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
