/* The audience. An array slipped past a check written for strings (CVE-2020-26160 jwt-go), a token
 * without aud passed where one was configured (python-jose #407, GHSA-wcvh-g65p-v576
 * mod_auth_openidc, CVE-2025-62610 Hono). Any overlap is enough, of whole strings; a malformed aud
 * matches nothing. */
#include "base/mem.h"

#include "tokens.h"

#define WRONG "Invalid token audience - token not valid for this AgentOS instance"
#define MISSING                                                                               \
    "Invalid token: Token is missing the \"aud\" claim. Audience verification requires this " \
    "claim "                                                                                  \
    "to be present in the token."

static const char *const two[] = { "inv-os", "https://api.example" };
static const struct jwt_checks checks = { .audiences = two, .audience_count = 2 };

static void any_overlap_of_whole_strings_is_enough(void **state)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "{\"aud\":\"inv-os\"}", "" },
        { "{\"aud\":\"https://api.example\"}", "" },
        { "{\"aud\":[\"x\",\"inv-os\"]}", "" },
        { "{\"aud\":[\"inv-os\"]}", "" },
        { "{\"aud\":\"other-os\"}", WRONG },
        { "{\"aud\":\"inv-o\"}", WRONG },
        { "{\"aud\":\"inv-os2\"}", WRONG },
        { "{\"aud\":\"INV-OS\"}", WRONG },
        { "{\"aud\":\"https://api.example/\"}", WRONG },
        { "{\"aud\":\"inv-os https://api.example\"}", WRONG },
        { "{\"aud\":[\"x\",\"y\"]}", WRONG },
        { "{\"aud\":[[\"inv-os\"]]}", WRONG },
        { "{\"aud\":[\"inv-os\",5]}", WRONG },
        { "{\"aud\":[5,\"inv-os\"]}", WRONG },
        { "{\"aud\":[null]}", WRONG },
        { "{\"aud\":5}", WRONG },
        { "{\"aud\":true}", WRONG },
        { "{\"aud\":{\"inv-os\":1}}", WRONG },
        { "{}", MISSING },
        { "{\"aud\":null}", MISSING },
        { "{\"aud\":\"\"}", MISSING },
        { "{\"aud\":[]}", MISSING },
        { "{\"AUD\":\"inv-os\"}", MISSING },
    };
    (void)state;
    AUTO(arena) *a = arena_new();

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(test_claims(a, cases[i].json, &checks, 0), cases[i].message);
}

static void without_configured_audiences_none_is_asked_for(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct jwt_checks none = { .audience_count = 0 };

    assert_string_equal(test_claims(a, "{}", &none, 0), "");
    assert_string_equal(test_claims(a, "{\"aud\":\"anybody\"}", &none, 0), "");
    assert_string_equal(test_claims(a, "{\"aud\":5}", &none, 0), "");
}

static struct claim_path path_of(arena *a, const char *text)
{
    struct claim_path path;

    assert_int_equal(claim_path_parse(a, str_of(text), &path, NULL), AGENTOS_OK);
    return path;
}

static void the_claim_may_have_another_name(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    struct jwt_checks azp = checks;

    azp.audience_claim = path_of(a, "azp");
    assert_string_equal(test_claims(a, "{\"azp\":\"inv-os\",\"aud\":\"x\"}", &azp, 0), "");
    assert_string_equal(
        test_claims(a, "{\"aud\":\"inv-os\"}", &azp, 0),
        "Invalid token: Token is missing the \"azp\" claim. Audience verification requires "
        "this claim to be present in the token.");
}

/* The flat name first, then the path; a name in quotes is one name whatever its dots. */
static void the_claim_may_be_a_path(void **state)
{
    static const struct {
        const char *path, *claims;
        bool passes;
    } cases[] = {
        { "client.id", "{\"client\":{\"id\":\"inv-os\"}}", true },
        { "client.id", "{\"client.id\":\"inv-os\",\"client\":{\"id\":\"x\"}}", true },
        { "client.id", "{\"client.id\":\"x\",\"client\":{\"id\":\"inv-os\"}}", false },
        { "client.id", "{\"client\":\"inv-os\"}", false },
        { "\"https://x.example/aud\"", "{\"https://x.example/aud\":[\"inv-os\"]}", true },
        { "a.\"my.client\"", "{\"a\":{\"my.client\":\"inv-os\"}}", true },
        { "a.\"my.client\"", "{\"a\":{\"my\":{\"client\":\"inv-os\"}}}", false },
    };
    (void)state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        struct jwt_checks other = checks;

        other.audience_claim = path_of(a, cases[i].path);
        assert_int_equal(test_claims(a, cases[i].claims, &other, 0)[0] == '\0', cases[i].passes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_overlap_of_whole_strings_is_enough),
        cmocka_unit_test(without_configured_audiences_none_is_asked_for),
        cmocka_unit_test(the_claim_may_have_another_name),
        cmocka_unit_test(the_claim_may_be_a_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
