/* Which Host an open server answers to; and that one with authentication asks nothing. */
#include "api/host.h"

#include "unit.h"

static const char *const listed[] = { "agents.example.com", "internal:8080" };

static struct authority *authority_with(const char *key)
{
    struct authority *authority = NULL;
    const char *name = "key";
    struct authority_options options = { .keys = &key,
                                         .key_names = &name,
                                         .key_count = key != NULL,
                                         .algorithm = key != NULL ? "HS256" : NULL,
                                         .verify_audience = -1,
                                         .os_id = "os" };

    assert_int_equal(authority_new(&options, &authority, NULL), AGENTOS_OK);
    return authority;
}

static bool is_allowed(struct authority *authority, const char *host)
{
    struct catalogue catalogue = { .authority = authority,
                                   .allowed_hosts = listed,
                                   .allowed_host_count = COUNT(listed) };
    struct header header = { STR("Host"), str_of(host) };
    struct headers headers = { &header, host != NULL };

    return host_is_allowed(&catalogue, &headers);
}

static void an_open_server_answers_to_loopback_and_to_what_is_listed(void **state)
{
    static const struct {
        const char *host;
        bool allowed;
    } cases[] = {
        { "localhost", true },
        { "localhost:7777", true },
        { "LOCALHOST:7777", true },
        { "127.0.0.1", true },
        { "127.0.0.1:7777", true },
        { "[::1]", true },
        { "[::1]:7777", true },
        { "agents.example.com", true },
        { "Agents.Example.com:443", true },
        { "internal:9999", true },
        { NULL, true }, /* HTTP/1.0 without one: no browser */
        { "", false },
        { "evil.example", false },
        { "evil.example:7777", false },
        { "localhost.evil.example", false },
        { "127.0.0.1.evil.example", false },
        { "evil.agents.example.com", false },
        { "agents.example.com.", false },
        { "[::1", false },
        { "[::2]:7777", false },
        { "[::1]evil.example", false },
        { "0.0.0.0", false },
        { ":7777", false },
    };
    struct authority *open = authority_with(NULL);

    (void)state;
    assert_int_equal(authority_mode(open), AUTH_NONE);
    for (EACH(cases, c))
        if (is_allowed(open, c->host) != c->allowed)
            fail_msg("Host: %s", c->host != NULL ? c->host : "(none)");
    authority_free(open);
}

static void a_server_with_authentication_answers_to_any(void **state)
{
    struct authority *closed = authority_with("a secret of at least thirty-two bytes");

    (void)state;
    assert_int_equal(authority_mode(closed), AUTH_JWT);
    assert_true(is_allowed(closed, "anything.example"));
    assert_true(is_allowed(closed, ""));
    authority_free(closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_server_answers_to_loopback_and_to_what_is_listed),
        cmocka_unit_test(a_server_with_authentication_answers_to_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
