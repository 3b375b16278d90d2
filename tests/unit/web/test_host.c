/* Which Host and which Origin an open server answers to; and that one with authentication asks
 * nothing. */
#include "web/host.h"

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
                                         .os_id = "os" };

    assert_int_equal(authority_new(&options, &authority, NULL), AGENTOS_OK);
    return authority;
}

static bool is_allowed(struct authority *authority, const char *host)
{
    struct surface surface = { .authority = authority,
                               .allowed_hosts = listed,
                               .allowed_host_count = COUNT(listed) };
    struct header header = { STR("Host"), str_of(host) };
    struct headers headers = { &header, host != NULL };

    return host_is_allowed(&surface, &headers);
}

/* docs/design/security.md 19. */
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
        { "127.8.9.10:7777", true },
        { "127.evil.example", false },
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

static bool may_send(struct authority *authority, enum method method, const char *origin,
                     const char *site)
{
    static const char *const pages[] = { "http://localhost:3000", "https://os.agno.com" };
    struct surface surface = { .authority = authority, .cors = { pages, COUNT(pages) } };
    struct header all[3] = { { STR("Host"), STR("localhost:7777") } };
    struct request request = { .method = method, .headers = { all, 1 } };

    if (origin != NULL)
        all[request.headers.count++] = (struct header){ STR("Origin"), str_of(origin) };
    if (site != NULL)
        all[request.headers.count++] = (struct header){ STR("Sec-Fetch-Site"), str_of(site) };
    return origin_is_allowed(&surface, &request);
}

static void a_strange_page_cannot_post_to_an_open_server(void **state)
{
    static const struct {
        enum method method;
        const char *origin, *site;
        bool allowed;
    } cases[] = {
        { POST, NULL, NULL, true }, /* no browser */
        { POST, NULL, "none", true },
        { POST, NULL, "same-origin", true },
        { POST, NULL, "cross-site", false },
        { POST, "http://localhost:3000", "same-site", true },
        { POST, "https://os.agno.com", "cross-site", true },
        { POST, "http://localhost:7777", "same-origin", true },
        { POST, "https://localhost:7777", "same-origin", true },
        { POST, "http://localhost:7778", "same-site", false },
        { POST, "https://evil.example", "cross-site", false },
        { POST, "https://evil.example", NULL, false },
        { POST, "http://localhost:7777.evil.example", NULL, false },
        { POST, "ftp://localhost:7777", NULL, false },
        { POST, "null", NULL, false },
        { POST, "", NULL, false },
        { PUT, "https://evil.example", NULL, false },
        { PATCH, "https://evil.example", NULL, false },
        { DELETE, "https://evil.example", NULL, false },
        { METHOD_OTHER, "https://evil.example", NULL, false },
        { GET, "https://evil.example", "cross-site", true }, /* CORS keeps the answer from it */
        { OPTIONS, "https://evil.example", "cross-site", true },
    };
    struct authority *open = authority_with(NULL);

    (void)state;
    for (EACH(cases, c))
        if (may_send(open, c->method, c->origin, c->site) != c->allowed)
            fail_msg("Origin: %s", c->origin != NULL ? c->origin : "(none)");
    authority_free(open);
}

static void a_server_with_authentication_takes_any_origin(void **state)
{
    struct authority *closed = authority_with("a secret of at least thirty-two bytes");

    (void)state;
    assert_true(may_send(closed, POST, "https://evil.example", "cross-site"));
    authority_free(closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_server_answers_to_loopback_and_to_what_is_listed),
        cmocka_unit_test(a_server_with_authentication_answers_to_any),
        cmocka_unit_test(a_strange_page_cannot_post_to_an_open_server),
        cmocka_unit_test(a_server_with_authentication_takes_any_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
