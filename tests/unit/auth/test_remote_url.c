/* Which URLs keys may come from, and which addresses a name may turn out to have (server-side
 * request forgery; CVE-2026-48522). */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "auth/keys/key_fetch.h"
#include "auth/keys/remote_url.h"
#include "unit.h"

static const struct {
    const char *url;
    bool is_right;
    enum egress egress;
} urls[] = {
    { "https://id.example.com/jwks", true, EGRESS_GUARDED },
    { "HTTPS://id.example.com:8443/jwks?x=1", true, EGRESS_GUARDED },
    { "https://10.0.0.7/jwks", true, EGRESS_GUARDED },
    { "https://127.example.com/jwks", true, EGRESS_GUARDED },
    { "https://localhost.example.com/jwks", true, EGRESS_GUARDED },
    { "http://localhost:8080/jwks", true, EGRESS_LOOPBACK },
    { "http://127.0.0.1/jwks", true, EGRESS_LOOPBACK },
    { "http://127.9.9.9/jwks", true, EGRESS_LOOPBACK },
    { "http://[::1]:80/jwks", true, EGRESS_LOOPBACK },
    { "https://127.0.0.1/jwks", true, EGRESS_LOOPBACK },
    /* other spellings of an address: what they come to is judged when it is called */
    { "https://2130706433/jwks", true, EGRESS_GUARDED },
    { "https://0x7f.1/jwks", true, EGRESS_GUARDED },
    { "https://[::ffff:127.0.0.1]/jwks", true, EGRESS_LOOPBACK },
    { "http://2130706433/jwks", false, EGRESS_ANYWHERE },
    { "http://0x7f000001/jwks", false, EGRESS_ANYWHERE },
    { "http://0177.0.0.1/jwks", false, EGRESS_ANYWHERE },
    { "http://127.1/jwks", false, EGRESS_ANYWHERE },
    { "http://0.0.0.0/jwks", false, EGRESS_ANYWHERE },
    { "http://[::]/jwks", false, EGRESS_ANYWHERE },
    { "http://localhost./jwks", false, EGRESS_ANYWHERE },
    { "http://[fe80::1%25lo]/jwks", false, EGRESS_ANYWHERE },
    { "http://id.example.com/jwks", false, EGRESS_ANYWHERE },
    { "http://127.0.0.1.example.com/jwks", false, EGRESS_ANYWHERE },
    { "http://localhost.example.com/", false, EGRESS_ANYWHERE },
    { "http://localhost@evil.example/", false, EGRESS_ANYWHERE },
    { "https://user@id.example.com/jwks", false, EGRESS_ANYWHERE },
    { "https:///jwks", false, EGRESS_ANYWHERE },
    { "https://", false, EGRESS_ANYWHERE },
    { "https://id.example.com/#x", false, EGRESS_ANYWHERE },
    { "https://id.example.com/a b", false, EGRESS_ANYWHERE },
    { "https://id.example.com\\@evil.example/", false, EGRESS_ANYWHERE },
    { "https://id.example.com/\n", false, EGRESS_ANYWHERE },
    { "file:///etc/passwd", false, EGRESS_ANYWHERE },
    { "ftp://id.example.com/jwks", false, EGRESS_ANYWHERE },
    { "data:application/json,{}", false, EGRESS_ANYWHERE },
    { "", false, EGRESS_ANYWHERE },
};

static void keys_come_by_https_or_from_this_machine(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        enum egress egress = EGRESS_ANYWHERE;
        agentos_error err = { .message = "" };
        agentos_status status = remote_url_check("key", str_of(urls[i].url), false, &egress, &err);

        if ((status == AGENTOS_OK) != urls[i].is_right || egress != urls[i].egress)
            fail_msg("%s: %s", urls[i].url, err.message);
        assert_true(urls[i].is_right || str_starts(str_of(err.message), STR("key: ")));
    }
}

static void plain_http_is_allowed_by_name_and_nothing_else_with_it(void **state)
{
    static const struct {
        const char *url;
        bool is_right;
        enum egress egress;
    } cases[] = {
        { "http://keycloak:8080/realms/x", true, EGRESS_GUARDED },
        { "http://10.0.0.7/jwks", true, EGRESS_GUARDED },
        { "http://169.254.169.254/jwks", true, EGRESS_GUARDED }, /* refused when it is called */
        { "http://127.0.0.1:8080/jwks", true, EGRESS_LOOPBACK },
        { "https://id.example.com/jwks", true, EGRESS_GUARDED },
        { "http://user@keycloak/jwks", false, EGRESS_ANYWHERE },
        { "http://keycloak/#x", false, EGRESS_ANYWHERE },
        { "ftp://keycloak/jwks", false, EGRESS_ANYWHERE },
        { "file:///etc/passwd", false, EGRESS_ANYWHERE },
    };

    (void)state;
    for (EACH(cases, c)) {
        enum egress egress = EGRESS_ANYWHERE;
        agentos_status status = remote_url_check("key", str_of(c->url), true, &egress, NULL);

        if ((status == AGENTOS_OK) != c->is_right || egress != c->egress)
            fail_msg("%s", c->url);
    }
}

static void reading_a_url_says_whether_it_is_safe_and_leaves_the_rule_to_others(void **state)
{
    static const struct {
        const char *url;
        bool is_right, is_https, is_loopback;
    } cases[] = {
        { "https://os.example.com", true, true, false },
        { "http://os.example.com/", true },
        { "https://[::1]:7777", true, true, true },
        { "http://127.0.0.1:7777", true, false, true },
        { "http://localhost@os.example.com", false },
        { "os.example.com", false },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct remote_url url = { false, false };

        assert_int_equal(remote_url_read("url", str_of(c->url), &url, NULL) == AGENTOS_OK,
                         c->is_right);
        assert_int_equal(url.is_https, c->is_https);
        assert_int_equal(url.is_loopback, c->is_loopback);
    }
}

static const struct {
    const char *address;
    bool is_guarded, is_loopback; /* allowed under each */
} addresses[] = {
    { "93.184.216.34", true, false },
    { "10.1.2.3", true, false },
    { "192.168.1.1", true, false },
    { "2606:2800:220:1::1", true, false },
    { "fd12:3456::1", true, false },
    { "127.0.0.1", false, true },
    { "127.255.255.254", false, true },
    { "::1", false, true },
    { "::ffff:127.0.0.1", false, true },
    { "0.0.0.0", false, false },
    { "::", false, false },
    { "169.254.169.254", false, false },
    { "::ffff:169.254.169.254", false, false },
    { "64:ff9b::a9fe:a9fe", false, false },
    { "64:ff9b::5db8:d822", true, false },
    { "64:ff9b::7f00:1", false, false },
    { "64:ff9b::", false, false },
    { "64:ff9b::6464:64c8", false, false },
    { "64:ff9b:1::a9fe:a9fe", false, false },
    { "64:ff9b:1::7f00:1", false, false },
    { "64:ff9b:1::5db8:d822", true, false },
    { "2002:7f00:1::1", false, false },
    { "2002:a9fe:a9fe::1", false, false },
    { "2002:5db8:d822::1", true, false },
    { "::127.0.0.1", false, false },
    { "::169.254.169.254", false, false },
    { "::ffff:0.0.0.0", false, false },
    { "::ffff:10.0.0.1", true, false },
    { "192.0.0.192", false, false },
    { "fe80::1", false, false },
    { "fd00:ec2::254", false, false },
    { "fd20:ce::254", false, false },
    { "100.100.100.200", false, false },
    { "168.63.129.16", false, false },
    { "224.0.0.1", false, false },
    { "ff02::1", false, false },
    { "255.255.255.255", false, false },
};

static bool allows(enum egress egress, const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return egress_allows(egress, (const struct sockaddr *)(const void *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return egress_allows(egress, (const struct sockaddr *)(const void *)&v6);
}

static void addresses_of_metadata_services_are_never_called(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        if (allows(EGRESS_GUARDED, addresses[i].address) != addresses[i].is_guarded ||
            allows(EGRESS_LOOPBACK, addresses[i].address) != addresses[i].is_loopback)
            fail_msg("%s", addresses[i].address);
        assert_true(allows(EGRESS_ANYWHERE, addresses[i].address));
    }
    assert_false(egress_allows(EGRESS_GUARDED, &(struct sockaddr){ .sa_family = AF_UNIX }));
}

struct hearing {
    struct loop *loop;
    const char *why;
    arena *a;
};

static void hear_answer(void *user, const struct key_answer *answer)
{
    struct hearing *hearing = user;

    hearing->why = answer->why != NULL ? arena_copy(hearing->a, str_of(answer->why)) : "";
    loop_stop(hearing->loop);
}

/* However the address is spelt: it is judged when a connection would be made (CVE-2026-48522). */
static void addresses_that_may_not_be_called_are_not(void **state)
{
    static const char *const spellings[] = {
        "https://2130706433:9/",
        "https://0x7f000001:9/",
        "https://0x7f.1:9/",
        "https://0177.0.0.1:9/",
        "https://127.1:9/",
        "https://0.0.0.0:9/",
        "https://0:9/",
        "https://169.254.169.254/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0251.254.169.254/",
        "https://169.254.43518/",
        "https://100.100.100.200/",
        "https://[::]:9/",
        "https://[::ffff:169.254.169.254]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]:9/",
        "https://[2002:7f00:1::]:9/",
        "https://[fe80::1]/",
        "https://[fd00:ec2::254]/",
    };

    (void)state;
    for (EACH(spellings, url)) {
        AUTO(arena) *a = arena_new();
        struct hearing hearing = { .a = a };
        const struct key_place place = { .url = *url };

        assert_int_equal(loop_new(&hearing.loop, NULL), AGENTOS_OK);
        struct client *client = client_new(hearing.loop);
        (void)key_fetch_new(client, &place, hear_answer, &hearing); /* gone when it has answered */
        loop_run(hearing.loop);
        if (strstr(hearing.why, "the host's address is not one that may be called") == NULL)
            fail_msg("%s: %s", *url, hearing.why);
        client_free(client);
        loop_free(hearing.loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_by_https_or_from_this_machine),
        cmocka_unit_test(plain_http_is_allowed_by_name_and_nothing_else_with_it),
        cmocka_unit_test(reading_a_url_says_whether_it_is_safe_and_leaves_the_rule_to_others),
        cmocka_unit_test(addresses_of_metadata_services_are_never_called),
        cmocka_unit_test(addresses_that_may_not_be_called_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
