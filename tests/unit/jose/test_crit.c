/* Critical extensions. `crit` lists what a verifier must understand (RFC 7515 §4.1.11); ignoring it
 * was CVE-2026-32597 (PyJWT), CVE-2025-59420 (Authlib), GHSA-hm7r-c7qw-ghp6 (fast-jwt). We
 * understand none, so check_header() refuses every one; and members that we read are of their type.
 */
#include "base/mem.h"

#include "tokens.h"

static const struct {
    const char *member, *reason; /* NULL: accepted */
} cases[] = {
    { "\"crit\":[\"exp\"]", "Unsupported critical extension" },
    { "\"crit\":[\"b64\"],\"b64\":false", "Unsupported critical extension" },
    { "\"crit\":[\"b64\"],\"b64\":true", "Unsupported critical extension" },
    { "\"crit\":[]", "Unsupported critical extension" },
    { "\"crit\":null", "Unsupported critical extension" },
    { "\"crit\":\"\"", "Unsupported critical extension" },
    { "\"crit\":[\"alg\"]", "Unsupported critical extension" },
    { "\"kid\":5", "Key ID header parameter must be a string" },
    { "\"kid\":null", "Key ID header parameter must be a string" },
    { "\"kid\":{\"a\":1}", "Key ID header parameter must be a string" },
    { "\"kid\":\"\"", NULL },
    { "\"kid\":\"../../etc/passwd\"", NULL }, /* compared, never used as a name */
    { "\"typ\":5", "Type header parameter must be a string" },
    { "\"typ\":[\"logout+jwt\"]", "Type header parameter must be a string" },
    { "\"typ\":\"at+jwt\"", NULL },
    { "\"unknown\":{\"a\":[1,2]}", NULL }, /* RFC 7515 §4: not understood, ignored */
};

/* docs/design/security.md 7. */
static void members_that_change_the_meaning_are_refused(void **state)
{
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_header_judged(cases[i].member, cases[i].reason);
}

/* docs/design/security.md 8. */
static void a_key_id_has_at_most_256_bytes(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    assert_accepted(test_token(a, test_key("HS256"),
                               arena_printf(a, "{\"alg\":\"HS256\",\"kid\":\"%0256d\"}", 1), "{}"),
                    test_key("HS256"));
    assert_refused(test_token(a, test_key("HS256"),
                              arena_printf(a, "{\"alg\":\"HS256\",\"kid\":\"%0257d\"}", 1), "{}"),
                   test_key("HS256"), "Key ID header parameter is too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_change_the_meaning_are_refused),
        cmocka_unit_test(a_key_id_has_at_most_256_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
