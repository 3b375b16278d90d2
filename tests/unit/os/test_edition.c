/* An edition is what the options say, whole or not at all, and lives as long as it is referred to.
 */
#include "os/edition.h"

#include "folder.h"
#include "os/exposure.h"

static agentos_status make(struct folder *folder, const char *text, struct surface **out)
{
    folder_write("agentos.yaml", text);
    if (folder_load(folder, &no_flags) != AGENTOS_OK)
        fail_msg("%s", folder_faults(folder));
    return edition_new(&(struct edition_options){ .options = &folder->options,
                                                  .os_id = "os-1",
                                                  .exposed_host = exposure_of(&folder->options),
                                                  .started_at_us = 7 },
                       out, &folder->err);
}

static struct catalogue *catalogue_of(struct surface *surface)
{
    return LIST_OWNER(surface, struct catalogue, surface);
}

static void an_edition_is_what_the_options_say(void **state)
{
    struct surface *surface = NULL;

    assert_int_equal(make(*state,
                          "name: Shop\ndescription: Sells\nversion: '2'\nlimits: {body: 2MiB}\n"
                          "cors_origins: ['https://a.example']\nallowed_hosts: [shop.local]\n"
                          "agents:\n- {name: My Agent, model: 'offline:echo', role: helper,\n"
                          "   add_history_to_context: true, num_history_runs: 5}\n",
                          &surface),
                     AGENTOS_OK);
    assert_string_equal(surface->title, "Shop");
    assert_string_equal(surface->description, "Sells");
    assert_string_equal(surface->version, "2");
    assert_int_equal(surface->started_at_us, 7);
    assert_int_equal(surface->body_limit_bytes, 2 * 1024 * 1024);
    assert_int_equal(surface->cors.count, 1);
    assert_string_equal(surface->allowed_hosts[0], "shop.local");
    assert_int_equal(authority_mode(surface->authority), AUTH_NONE);
    assert_string_equal(catalogue_of(surface)->id, "os-1");
    const struct agent *agent = catalogue_agent(catalogue_of(surface), STR("my-agent"));
    assert_non_null(agent);
    assert_string_equal(agent->role, "helper");
    assert_true(agent->add_history_to_context);
    assert_int_equal(agent->num_history_runs, 5);
    assert_null(catalogue_agent(catalogue_of(surface), STR("another")));
    surface_unref(surface);
}

static void a_call_keeps_the_edition_that_it_began_with(void **state)
{
    struct surface *surface = NULL;

    assert_int_equal(make(*state, "name: one\n", &surface), AGENTOS_OK);
    surface_ref(surface);
    surface_unref(surface);
    assert_string_equal(surface->title, "one");
    surface_unref(surface);
}

/* Nothing of it is left: the sanitizers would name it. */
static void an_edition_that_cannot_be_made_is_not_made(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        { "listen: 0.0.0.0:7777\nagents: [{id: a, model: 'offline:echo'}]\n",
          "listen: 0.0.0.0 is reachable from elsewhere and there is no authentication; set "
          "`authorization: true` and a key, or say --open if everybody may do everything" },
        { "agents: [{id: a, model: 'offline:echo'}]\n"
          "authorization: {enabled: true, algorithm: HS256, verification_keys: [short]}\n",
          "authorization.verification_keys[0]: the shared secret has 5 bytes; HS256 needs at "
          "least 32" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct surface *surface = NULL;
        struct folder *folder = *state;

        assert_int_equal(make(folder, cases[i].text, &surface), AGENTOS_INVALID);
        assert_string_equal(folder->err.message, cases[i].why);
        assert_null(surface);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_FOLDER(an_edition_is_what_the_options_say),
        TEST_IN_FOLDER(a_call_keeps_the_edition_that_it_began_with),
        TEST_IN_FOLDER(an_edition_that_cannot_be_made_is_not_made),
    };

    log_setup(LOG_ERROR, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
