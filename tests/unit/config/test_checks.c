/* Single values of the configuration. */
#include "config/checks.h"

#include "unit.h"

static void a_url_names_a_host(void **state)
{
    static const struct {
        const char *url;
        bool is_valid;
    } cases[] = {
        { "http://localhost", true },
        { "https://example.com/jwks.json?a=b:c#d", true },
        { "http://[::1]:8080/v1", true },
        { "http://user:secret@example.com:8080/", true },
        { "https://example.com?x", true },
        { "http://[::1", false },
        { "http://[::1/jwks", false },
        { "http://::1/", false },
        { "https://example.com:port/", false },
        { "https://example.com:70000", false },
        { "https://:443/", false },
        { "https://?x", false },
        { "https://user@/", false },
        { "https:///path", false },
        { "ftp://example.com", false },
        { "https://exa mple.com", false },
    };

    (void)state;
    for (EACH(cases, c))
        if ((check_url(str_of(c->url)) == NULL) != c->is_valid)
            fail_msg("%s", c->url);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_url_names_a_host) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
