/* Networks: what is one, and who is in it. */
#include "http/network.h"

#include "unit.h"

static void only_networks_are_read(void **state)
{
    static const char *const good[] = { "127.0.0.0/8", "10.0.0.7", "0.0.0.0/0",  "::1",
                                        "::/0",        "fd00::/8", "10.0.0.7/32" };
    static const char *const bad[] = { "",          "127.0.0.1/8", "127.0.0.0/33", "10.0.0/8",
                                       "10.0.0.0/", "10.0.0.0/-1", "010.0.0.0/8",  "localhost",
                                       "::1/129",   "fd00::1/8",   "1.2.3.4/8/8",  "*",
                                       "1.2.3.4 ",  "0x7f.0.0.1" };
    struct network network;

    (void)state;
    for (EACH(good, text))
        if (!network_parse(str_of(*text), &network))
            fail_msg("%s", *text);
    for (EACH(bad, text))
        if (network_parse(str_of(*text), &network))
            fail_msg("%s", *text);
}

static void an_address_is_inside_or_not(void **state)
{
    static const struct {
        const char *network, *address;
        bool inside;
    } cases[] = {
        { "127.0.0.0/8", "127.0.0.1", true },
        { "127.0.0.0/8", "128.0.0.1", false },
        { "127.0.0.0/8", "::ffff:127.0.0.1", true },
        { "127.0.0.0/8", "::1", false },
        { "10.1.0.0/20", "10.1.15.255", true },
        { "10.1.0.0/20", "10.1.16.0", false },
        { "0.0.0.0/0", "8.8.8.8", true },
        { "0.0.0.0/0", "2001:db8::1", false },
        { "::/0", "8.8.8.8", true },
        { "::1", "::1", true },
        { "::1", "::2", false },
        { "fd00::/8", "fdff::1", true },
        { "127.0.0.0/8", "", false },
        { "127.0.0.0/8", "127.0.0.1:80", false },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct network network;

        assert_true(network_parse(str_of(c->network), &network));
        if (network_has(&network, 1, c->address) != c->inside)
            fail_msg("%s in %s", c->address, c->network);
    }
    assert_false(network_has(NULL, 0, "127.0.0.1"));
    assert_false(network_has(NULL, 0, NULL));
}

static void a_client_is_an_ipv4_address_or_an_ipv6_network(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_same;
    } cases[] = {
        { "10.0.0.1", "10.0.0.1", true },
        { "10.0.0.1", "10.0.0.2", false },
        { "2001:db8::1", "2001:db8::ffff:2", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
        { "::1", "127.0.0.1", false },
        { "", "nonsense", true },
    };

    (void)state;
    for (EACH(cases, c)) {
        unsigned char a[NETWORK_CLIENT_BYTES], b[NETWORK_CLIENT_BYTES];

        network_client(c->a, a);
        network_client(c->b, b);
        if ((memcmp(a, b, sizeof(a)) == 0) != c->is_same)
            fail_msg("%s %s", c->a, c->b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_an_ipv4_address_or_an_ipv6_network),
        cmocka_unit_test(only_networks_are_read),
        cmocka_unit_test(an_address_is_inside_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
