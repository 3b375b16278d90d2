/* Guesses without end, which caddy-security allowed (CVE-2024-21500). The throttle of
 * failures_count(): when it says "too many", for whom, and that its memory has an end. */
#include "auth/account/failures.h"

#include <stdio.h>

#include "unit.h"

enum { NOW = 1795288566 };

/* How many of these failures are not yet too many. */
static int tolerated(struct failures *failures, const char *address, int64_t now_s)
{
    int count = 0;

    while (count < 100 && !failures_count(failures, address, now_s))
        count++;
    return count;
}

static void twenty_failures_in_a_minute_are_tolerated(void **state)
{
    struct failures *failures = failures_new();

    (void)state;
    assert_int_equal(tolerated(failures, "192.0.2.1", NOW), 20);
    assert_true(failures_count(failures, "192.0.2.1", NOW + 59));
    assert_false(failures_count(failures, "192.0.2.1", NOW + 60)); /* a new minute */
    assert_int_equal(tolerated(failures, "192.0.2.1", NOW + 60), 19);
    failures_free(failures);
}

static void a_clock_set_back_forgets(void **state)
{
    struct failures *failures = failures_new();

    (void)state;
    assert_int_equal(tolerated(failures, "192.0.2.1", NOW), 20);
    assert_false(failures_count(failures, "192.0.2.1", NOW - 1));
    failures_free(failures);
}

static void clients_are_told_apart_by_address_and_by_a_v6_network(void **state)
{
    static const struct {
        const char *one, *other;
        bool are_same;
    } cases[] = {
        { "192.0.2.1", "192.0.2.2", false },
        { "192.0.2.1", "::ffff:192.0.2.1", true },
        { "2001:db8::1", "2001:db8::2", true },
        { "2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
        { "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
        { "no address", "nor this", true },
        { "no address", "192.0.2.1", false },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct failures *failures = failures_new();

        assert_int_equal(tolerated(failures, c->one, NOW), 20);
        assert_int_equal(failures_count(failures, c->other, NOW), c->are_same);
        failures_free(failures);
    }
}

/* However many come: who is new is never refused for the others, and who was forgotten starts
 * anew. */
static void a_flood_of_addresses_refuses_nobody_else(void **state)
{
    struct failures *failures = failures_new();
    char address[32];

    (void)state;
    assert_int_equal(tolerated(failures, "192.0.2.1", NOW), 20);
    for (unsigned i = 0; i < 100000; i++) {
        (void)snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
        assert_false(failures_count(failures, address, NOW + 1));
    }
    assert_int_equal(tolerated(failures, "198.51.100.1", NOW + 1), 20);
    assert_false(failures_count(failures, "192.0.2.1", NOW + 1));
    failures_free(failures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twenty_failures_in_a_minute_are_tolerated),
        cmocka_unit_test(a_clock_set_back_forgets),
        cmocka_unit_test(clients_are_told_apart_by_address_and_by_a_v6_network),
        cmocka_unit_test(a_flood_of_addresses_refuses_nobody_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
