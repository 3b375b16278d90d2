/* Whom failures are counted for: nobody chooses his address but by his own proxy (CVE-2024-21494
 * caddy-security: X-Forwarded-For was believed of anybody). */
#include "auth/client_address.h"

#include "unit.h"

static void only_what_a_trusted_proxy_wrote_is_believed(void **state)
{
    // clang-format off
    static const struct {
        const char *peer, *first, *second; /* X-Forwarded-For, twice; NULL: not there */
        const char *client;
    } cases[] = {
        { "192.0.2.1", NULL, NULL, "192.0.2.1" },
        { "192.0.2.1", "198.51.100.7", NULL, "192.0.2.1" }, /* anybody can write it */
        { "10.0.0.1", NULL, NULL, "10.0.0.1" },
        { "10.0.0.1", "198.51.100.7", NULL, "198.51.100.7" },
        { "10.0.0.1", "203.0.113.9, 198.51.100.7", NULL, "198.51.100.7" },
        { "10.0.0.1", "203.0.113.9,10.0.0.2 , 10.0.0.3", NULL, "203.0.113.9" },
        { "10.0.0.1", "203.0.113.9", "198.51.100.7", "198.51.100.7" },
        { "10.0.0.1", "203.0.113.9", "10.0.0.2", "203.0.113.9" },
        { "10.0.0.1", "10.0.0.2", NULL, "10.0.0.2" },
        { "10.0.0.1", "", NULL, "10.0.0.1" },
        { "10.0.0.1", "203.0.113.9, nonsense", NULL, "nonsense" }, /* not an address: one client */
        { "10.0.0.1", "203.0.113.9,", NULL, "" },
    };
    // clang-format on
    struct network proxies[1];

    (void)state;
    assert_true(network_parse(STR("10.0.0.0/8"), &proxies[0]));
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct header headers[] = { { STR("X-Forwarded-For"), str_of(c->first) },
                                          { STR("host"), STR("x") },
                                          { STR("x-forwarded-for"), str_of(c->second) } };
        const struct request request = {
            .peer = c->peer,
            .headers = { headers, c->second != NULL  ? 3
                                  : c->first != NULL ? 2
                                                     : 0 },
        };

        assert_string_equal(client_address(&request, proxies, 1, a), c->client);
        assert_string_equal(client_address(&request, NULL, 0, a), c->peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_a_trusted_proxy_wrote_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
