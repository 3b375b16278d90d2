/* The C API as its header promises it: what is refused and in which words, and who frees what (the
 * sanitized run looks for what nobody freed, and for what was freed twice). */
#include <math.h>

#include "agentos/agentos.h"

#include "folder.h"

#define SECRET "inventory-secret-0123456789-0123456789"

static agentos_agent *agent_called(const char *id, agentos_error *err)
{
    return agentos_agent_new(
        &(agentos_agent_options){
            .id = id, .model = agentos_offline(&(agentos_model_options){ .id = "echo" }, err) },
        err);
}

static agentos_agent *agent_with(agentos_model_options model)
{
    model.id = "m";
    return agentos_agent_new(
        &(agentos_agent_options){ .id = "x", .model = agentos_openai_chat(&model, NULL) }, NULL);
}

/* ---- what cannot be meant ---- */

#define SPOIL(name, statement)           \
    static void name(agentos_options *o) \
    {                                    \
        statement;                       \
    }

// clang-format off
#define AUTH o->authorization_config
#define ISSUERS o->authorization_config.issuers

SPOIL(bad_choice,     AUTH.validate = (agentos_choice)7)
SPOIL(bad_choice_in,  ISSUERS[0].allow_weak_keys = (agentos_choice)-1)
SPOIL(gap,            AUTH.audience[1] = "b")
SPOIL(gap_in_keys,    AUTH.verification_keys[0] = NULL; AUTH.verification_keys[15] = SECRET)
SPOIL(gap_in_hosts,   o->allowed_hosts[2] = "a")
SPOIL(gap_in_roles,   AUTH.roles[1].name = "viewer")
SPOIL(gap_in_scopes,  AUTH.roles[0].name = "viewer"; AUTH.roles[0].scopes[1] = "a:b")
SPOIL(nameless,       AUTH.scope_mappings[0].scopes[0] = "a:b")
SPOIL(valueless,      ISSUERS[0].equal_claims[0].claim = "azp")
SPOIL(claimless,      ISSUERS[0].equal_claims[0].value = "x")
SPOIL(gap_in_issuers, ISSUERS[2].issuer = "https://c.example.com")
SPOIL(no_issuer,      ISSUERS[0].issuer = NULL)
SPOIL(no_audience,    ISSUERS[0].audience[0] = NULL)
SPOIL(bad_preset,     ISSUERS[0].preset = "auth1")
SPOIL(bad_algorithm,  AUTH.algorithm = "none")
SPOIL(short_secret,   AUTH.verification_keys[0] = "short")
SPOIL(long_leeway,    ISSUERS[0].leeway_s = 301)
SPOIL(less_leeway,    ISSUERS[0].leeway_s = -2)
SPOIL(less_lifetime,  ISSUERS[0].max_lifetime_s = -1)
SPOIL(bad_source,     AUTH.token_source = "query")
SPOIL(no_more,        AUTH.more_issuer_count = 1)
SPOIL(many_loops,     o->loops = AGENTOS_LOOPS_MAX + 1)
SPOIL(bad_listen,     o->listen = "127.0.0.1:99999")
SPOIL(bad_utf8,       o->name = "\xff\xfe")
SPOIL(bad_level,      o->log_level = "loud")
SPOIL(less_body,      o->body_limit_bytes = -1)
SPOIL(no_proxies,     o->trusted_proxies[0] = "nowhere")
SPOIL(agent_twice,    o->agents[1] = o->agents[0])
SPOIL(agent_gap,      o->agents[AGENTOS_AGENTS_MAX - 1] = agent_called("y", NULL))
SPOIL(same_id,        o->agents[1] = agent_called("a", NULL))
SPOIL(no_number,      o->agents[1] = agent_with((agentos_model_options){ .temperature = (double)NAN }))
SPOIL(endless,        o->agents[1] = agent_with((agentos_model_options){ .top_p = (double)INFINITY }))
SPOIL(too_hot,        o->agents[1] = agent_with((agentos_model_options){ .temperature = 9 }))
SPOIL(less_tokens,    o->agents[1] = agent_with((agentos_model_options){ .max_output_tokens = -1 }))
SPOIL(less_retries,   o->agents[1] = agent_with((agentos_model_options){ .retries = -2 }))

static const struct {
    void (*spoil)(agentos_options *options);
    const char *says;
} refusals[] = {
    { bad_choice,     "authorization.validate: must be AGENTOS_UNSET, AGENTOS_YES or AGENTOS_NO" },
    { bad_choice_in,  "authorization.issuers[0].allow_weak_keys: must be AGENTOS_UNSET" },
    { gap,            "authorization.audience: an entry follows NULL" },
    { gap_in_keys,    "authorization.verification_keys: an entry follows NULL" },
    { gap_in_hosts,   "allowed_hosts: an entry follows NULL" },
    { gap_in_roles,   "authorization.roles: an entry follows NULL" },
    { gap_in_scopes,  "authorization.roles: an entry follows NULL" },
    { nameless,       "authorization.scope_mappings: scopes without a name" },
    { valueless,      "authorization.issuers[0].equal_claims: a claim without a value" },
    { claimless,      "authorization.issuers[0].equal_claims: a claim without a value, or a value without a claim" },
    { gap_in_issuers, "authorization.issuers: an entry follows an empty one" },
    { no_issuer,      "authorization.issuers[0].issuer: " },
    { no_audience,    "authorization.issuers[0].audience: must be set" },
    { bad_preset,     "authorization.issuers[0].preset: did you mean 'auth0'" },
    { bad_algorithm,  "authorization.algorithm: must be one of" },
    { short_secret,   "authorization.verification_keys[0]: the shared secret has 5 bytes" },
    { long_leeway,    "authorization.issuers[0].leeway: must be an integer from 0 to 300" },
    { less_leeway,    "authorization.issuers[0].leeway: must be an integer from 0 to 300" },
    { less_lifetime,  "authorization.issuers[0].max_lifetime: must be a duration" },
    { bad_source,     "authorization.token_source: must be one of" },
    { no_more,        "authorization.issuers: more_issuers is NULL" },
    { many_loops,     "loops: more than 64" },
    { bad_listen,     "listen: " },
    { bad_utf8,       "an option is not UTF-8" },
    { bad_level,      "log.level: must be one of" },
    { less_body,      "limits.body: must be" },
    { no_proxies,     "trusted_proxies[0]: " },
    { agent_twice,    "agents: an agent is listed twice or belongs to another AgentOS" },
    { agent_gap,      "agents: an entry follows NULL" },
    { same_id,        "agents[1].id: " },
    { no_number,      "agents[1].model.temperature: must be a finite number" },
    { endless,        "agents[1].model.top_p: must be a finite number" },
    { too_hot,        "agents[1].model.temperature: must be a number from 0 to 2" },
    { less_tokens,    "agents[1].model.max_output_tokens: must be an integer from 1" },
    { less_retries,   "agents[1].model.retries: must be an integer from 0" },
};
// clang-format on

static agentos_options right_options(void)
{
    return (agentos_options){
        .id = "an-os",
        .database = "memory",
        .agents = AGENTOS_LIST(agent_called("a", NULL)),
        .authorization_config = { .verification_keys = AGENTOS_LIST(SECRET),
                                  .algorithm = "HS256",
                                  .plain_fallback = AGENTOS_YES,
                                  .issuers = AGENTOS_LIST({ .issuer = "https://id.example.com",
                                                            .audience = AGENTOS_LIST("api") }) },
    };
}

static void each_mistake_is_refused_by_its_name(void **state)
{
    (void)state;
    for (EACH(refusals, refusal)) {
        agentos_options options = right_options();
        agentos_error err = { 0 };

        refusal->spoil(&options);
        if (agentos_new(&options, &err) != NULL)
            fail_msg("taken: %s", refusal->says);
        assert_int_equal(err.status, AGENTOS_INVALID);
        if (strncmp(err.message, refusal->says, strlen(refusal->says)) != 0)
            fail_msg("\"%s\", not \"%s\"", err.message, refusal->says);
    }
}

static void what_is_right_is_taken(void **state)
{
    const agentos_options options = right_options();
    agentos_error err = { 0 };
    agentos *os = agentos_new(&options, &err);

    (void)state;
    if (os == NULL)
        fail_msg("%s", err.message);
    assert_int_equal(err.status, AGENTOS_OK);
    agentos_free(os);
}

static agentos_status say_nothing(void *user, const agentos_message *messages, size_t count,
                                  agentos_reply *reply, agentos_error *err)
{
    (void)user, (void)messages, (void)count, (void)reply, (void)err; /* it is never run */
    return AGENTOS_OK;
}

static void a_function_is_a_model_under_any_name(void **state)
{
    agentos_error err = { 0 };
    agentos_agent *agent = agentos_agent_new(
        &(agentos_agent_options){
            .id = "a", .model = agentos_callback_model("shout-1", say_nothing, NULL, &err) },
        &err);
    agentos *os = agentos_new(
        &(agentos_options){ .database = "memory", .agents = AGENTOS_LIST(agent) }, &err);

    (void)state;
    if (os == NULL)
        fail_msg("%s", err.message);
    agentos_free(os);
}

/* ---- limits ---- */

static void the_limits_of_the_header_are_reached(void **state)
{
    static agentos_issuer more[AGENTOS_ISSUERS_MAX];
    static char urls[AGENTOS_ISSUERS_MAX][48];
    agentos_options *options = test_calloc(1, sizeof(*options));
    agentos_error err = { 0 };

    (void)state;
    options->database = "memory";
    options->loops = AGENTOS_LOOPS_MAX;
    for (int i = 0; i < AGENTOS_AGENTS_MAX; i++) {
        char id[16];
        (void)snprintf(id, sizeof(id), "agent-%d", i);
        options->agents[i] = agent_called(id, &err);
    }
    for (int i = 0; i < AGENTOS_ISSUERS_MAX; i++) {
        (void)snprintf(urls[i], sizeof(urls[i]), "https://id-%d.example.com", i);
        more[i] = (agentos_issuer){ .issuer = urls[i], .audience = AGENTOS_LIST("api") };
    }
    for (int i = 0; i < AGENTOS_LIST_MAX; i++)
        options->authorization_config.issuers[0].grants[i] = "agents:read";
    options->authorization_config.issuers[0].issuer = "https://id.example.com";
    options->authorization_config.issuers[0].audience[0] = "api";
    options->authorization_config.more_issuers = more;
    options->authorization_config.more_issuer_count = AGENTOS_ISSUERS_MAX - 1;
    agentos *os = agentos_new(options, &err);
    if (os == NULL)
        fail_msg("%s", err.message);
    agentos_free(os);

    memset(options->agents, 0, sizeof(options->agents));
    options->authorization_config.more_issuer_count++;
    assert_null(agentos_new(options, &err));
    assert_string_equal(err.message, "authorization.issuers: more than 256");
    test_free(options);
}

static void what_is_too_large_is_refused(void **state)
{
    char *text = test_malloc((1 << 20) + 1);
    agentos_options options = right_options();
    agentos_error err = { 0 };

    (void)state;
    memset(text, 'x', 1 << 20);
    text[1 << 20] = '\0';
    options.description = text;
    assert_null(agentos_new(&options, &err));
    assert_string_equal(err.message, "the options are larger than 1048576 bytes");
    test_free(text);
}

/* ---- who frees what ---- */

static void nothing_at_all_is_answered_with_a_sentence(void **state)
{
    static const agentos_model_options unnamed = { .id = "" };
    agentos_error err[6] = { 0 };

    (void)state;
    assert_null(agentos_offline(NULL, &err[0]));
    assert_string_equal(err[0].message, "a model of provider 'offline' needs an id");
    assert_null(agentos_openai_responses(&unnamed, &err[1]));
    assert_string_equal(err[1].message, "a model of provider 'openai' needs an id");
    assert_null(agentos_callback_model("x", NULL, NULL, &err[2]));
    assert_string_equal(err[2].message, "a callback model needs a function");
    assert_null(agentos_agent_new(NULL, &err[3]));
    assert_string_equal(err[3].message, "an agent needs a model");
    assert_null(agentos_new(NULL, &err[4]));
    assert_string_equal(err[4].message, "options must not be NULL");
    assert_int_equal(agentos_serve(NULL, &err[5]), AGENTOS_INVALID);
    assert_string_equal(err[5].message, "os must not be NULL");
    assert_null(agentos_new(NULL, NULL));
    agentos_stop(NULL);
    agentos_on_ready(NULL, NULL, NULL);
    agentos_model_free(NULL);
    agentos_agent_free(NULL);
    agentos_free(NULL);
}

static void a_failed_chain_releases_what_it_was_given_and_keeps_its_reason(void **state)
{
    agentos_error err = { 0 };
    agentos_agent *good = agent_called("good", &err);
    agentos_agent *bad = agentos_agent_new(
        &(agentos_agent_options){ .model = agentos_offline(&(agentos_model_options){ 0 }, &err) },
        &err);

    (void)state;
    assert_null(bad);
    assert_null(agent_called("late", &err));
    assert_null(agentos_new(&(agentos_options){ .agents = AGENTOS_LIST(good, bad) }, &err));
    assert_null(agentos_from_file("no-such-file.yaml", &err));
    assert_int_equal(agentos_serve(NULL, &err), AGENTOS_INVALID);
    assert_string_equal(err.message, "a model of provider 'offline' needs an id");
}

static void a_model_belongs_to_one_agent(void **state)
{
    agentos_error err = { 0 };
    agentos_model *model = agentos_offline(&(agentos_model_options){ .id = "echo" }, &err);
    agentos_agent *agent =
        agentos_agent_new(&(agentos_agent_options){ .id = "a", .model = model }, &err);

    (void)state;
    assert_null(agentos_agent_new(&(agentos_agent_options){ .id = "b", .model = model }, &err));
    assert_string_equal(err.message, "the model already belongs to another agent");
    agentos_agent_free(agent);
}

/* What the caller had is not looked at again. */
static void texts_are_copied(void **state)
{
    char id[] = "agent", url[] = "https://id.example.com", audience[] = "api";
    agentos_error err = { 0 };
    agentos_agent *agent = agent_called(id, &err);

    (void)state;
    memset(id, '?', strlen(id));
    agentos *os = agentos_new(
        &(agentos_options){ .database = "memory",
                            .agents = AGENTOS_LIST(agent),
                            .authorization_config.issuers = AGENTOS_LIST(
                                { .issuer = url, .audience = AGENTOS_LIST(audience) }) },
        &err);
    memset(url, '?', strlen(url));
    memset(audience, '?', strlen(audience));
    assert_non_null(os);
    agentos_free(os);
}

static void a_file_is_read_as_the_program_reads_it(void **state)
{
    agentos_error err = { 0 };

    (void)state;
    folder_write("agentos.yaml", "agents: [{id: x, model: offline:echo}]\n");
    for (int i = 0; i < 2; i++) {
        agentos *os = agentos_from_file(i == 0 ? "agentos.yaml" : NULL, &err);

        assert_non_null(os);
        agentos_free(os);
    }
    folder_write("agentos.yaml", "agents: [{id: x, model: offline:echo, nonsense: 1}]\n");
    assert_null(agentos_from_file("agentos.yaml", &err));
    assert_non_null(strstr(err.message, "agents[0].nonsense: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(each_mistake_is_refused_by_its_name),
        TEST_IN_FOLDER(what_is_right_is_taken),
        TEST_IN_FOLDER(a_function_is_a_model_under_any_name),
        TEST_IN_FOLDER(the_limits_of_the_header_are_reached),
        TEST_IN_FOLDER(what_is_too_large_is_refused),
        TEST_IN_FOLDER(nothing_at_all_is_answered_with_a_sentence),
        TEST_IN_FOLDER(a_failed_chain_releases_what_it_was_given_and_keeps_its_reason),
        TEST_IN_FOLDER(a_model_belongs_to_one_agent),
        TEST_IN_FOLDER(texts_are_copied),
        TEST_IN_FOLDER(a_file_is_read_as_the_program_reads_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
