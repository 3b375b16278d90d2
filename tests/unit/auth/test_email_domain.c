/* An address taken apart. oauth2-proxy allowed a domain by what stood behind the first "@"
 * (CVE-2026-40574: "a@corp.example@evil.example"). claims_read() takes a user from one claim,
 * whole: nothing is read out of an address, two addresses are two users, and none of them is an
 * admin. */
#include "auth/scope/access.h"
#include "authority.h"

static const char *const addresses[] = {
    "ada@corp.example",
    "ada@corp.example@evil.example",
    "ada@evil.example@corp.example",
    "\\\"ada@corp.example\\\"@evil.example",
    "ada@corp.example,eve@evil.example",
    "ADA@CORP.EXAMPLE",
    "ada@corp.example ",
    "ada@corp.example%00@evil.example",
    "@corp.example",
};

static void an_address_is_one_user_whole(void **state)
{
    struct authority_options options = plain_options();
    AUTO(arena) *a = arena_new();
    const char *users[COUNT(addresses)];

    (void)state;
    options.user_id_claim = "email";
    struct authority *authority = make(&options);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        const struct principal *who =
            accepted(authority, a,
                     mint(a, "HS256", TOKEN_SECRET,
                          arena_printf(a, "{\"email\":\"%s\",\"sub\":\"x\"}", addresses[i])));

        users[i] = who->user_id;
        assert_false(who->is_admin);
        assert_int_equal(who->scope_count, 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(users[i], users[j]);
    }
    assert_string_equal(users[1], "ada@corp.example@evil.example");
    authority_free(authority);
}

/* By default an address means nothing at all, whoever says that it is verified. */
static void an_address_beside_the_subject_is_not_read(void **state)
{
    struct authority_options options = plain_options();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const struct principal *who =
        accepted(authority, a,
                 mint(a, "HS256", TOKEN_SECRET,
                      "{\"sub\":\"eve\",\"email\":\"admin@corp.example\",\"email_verified\":true,"
                      "\"hd\":\"corp.example\",\"preferred_username\":\"admin\"}"));

    (void)state;
    assert_string_equal(who->user_id, "eve");
    assert_null(
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, "{\"email\":\"admin@corp.example\"}"))
            ->user_id);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_one_user_whole),
        cmocka_unit_test(an_address_beside_the_subject_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
