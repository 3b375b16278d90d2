/* Where a claim stands: flat names, paths, quoted names with dots in them. */
#include "jose/claim_path.h"
#include "unit.h"

static const char claims_text[] =
    "{\"scopes\":[\"a\"],\"cognito:groups\":[\"g\"],\"realm_access\":{\"roles\":[\"r\"],\"n\":null}"
    ","
    "\"resource_access\":{\"my.client\":{\"roles\":[\"c\"]},\"my\":{\"client\":{\"roles\":["
    "\"split\"]}}},"
    "\"https://example.com/"
    "roles\":[\"u\"],\"a.b\":\"flat\",\"a\":{\"b\":\"nested\",\"c\":\"deep\"},"
    "\"o\":{\"per\":\"p\"},\"text\":\"t\",\"list\":[{\"x\":1}],\"\\\"q\\\"\":\"odd\","
    "\"caf\xC3\xA9\":\"e\"}";

static const struct {
    const char *path;
    const char *found; /* as JSON; NULL: absent */
} lookups[] = {
    { "scopes", "[\"a\"]" },
    { "cognito:groups", "[\"g\"]" },
    { "realm_access.roles", "[\"r\"]" },
    { "realm_access.n", "null" },
    { "resource_access.\"my.client\".roles", "[\"c\"]" },
    { "resource_access.my.client.roles", "[\"split\"]" },
    { "\"resource_access\".\"my.client\".\"roles\"", "[\"c\"]" },
    { "\"https://example.com/roles\"", "[\"u\"]" },
    { "https://example.com/roles", "[\"u\"]" }, /* flat name first */
    { "a.b", "\"flat\"" },
    { "a.c", "\"deep\"" },
    { "\"a\".b", "\"nested\"" }, /* written as a path, meant as one */
    { "\"a.b\"", "\"flat\"" },
    { "o.per", "\"p\"" },
    { "caf\xC3\xA9", "\"e\"" },
    { "text.length", NULL },
    { "list.0", NULL },
    { "list.x", NULL },
    { "absent", NULL },
    { "absent.roles", NULL },
    { "realm_access.absent", NULL },
    { "Scopes", NULL },
    { "scopes ", NULL },
    { "realm_access.roles.r", NULL },
    { "text.t", NULL },
};

static void a_path_finds_its_claim(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const json_t *claims = NULL;

    assert_int_equal(json_parse(a, str_of(claims_text), &claims, NULL), AGENTOS_OK);
    for (EACH(lookups, c)) {
        struct claim_path path;
        char *text = NULL;

        assert_int_equal(claim_path_parse(a, str_of(c->path), &path, NULL), AGENTOS_OK);
        assert_string_equal(path.text, c->path);
        const json_t *found = claim_path_find(&path, claims);
        if ((found == NULL) != (c->found == NULL))
            fail_msg("%s: %s", c->path, found == NULL ? "absent" : "found");
        if (found == NULL)
            continue;
        text = json_dumps(found, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, c->found);
        free(text);
    }
}

static const struct {
    const char *path, *reason;
} refused[] = {
    { "", "a claim path with an empty name" },
    { ".a", "a claim path with an empty name" },
    { "a.", "a claim path with an empty name" },
    { "a..b", "a claim path with an empty name" },
    { "\"\"", "a claim path with an empty name" },
    { "a.\"\"", "a claim path with an empty name" },
    { "\"a", "a claim path with a quote that is not closed" },
    { "\"", "a claim path with a quote that is not closed" },
    { "a.\"b", "a claim path with a quote that is not closed" },
    { "\"a\"b", "a claim path needs a dot after a quoted name" },
    { "\"a\"\"b\"", "a claim path needs a dot after a quoted name" },
    { "a\"b\"", "a claim path quotes whole names: \"a.b\".c" },
    { "a.b\"", "a claim path quotes whole names: \"a.b\".c" },
    { "a\nb", "a claim path with a control character" },
    { "1.2.3.4.5.6.7.8.9", "a claim path of more than 8 names" },
};

static void what_is_no_path_is_refused(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();

    for (EACH(refused, c)) {
        struct claim_path path = { .count = 7 };
        agentos_error err = { .message = "" };

        assert_int_equal(claim_path_parse(a, str_of(c->path), &path, &err), AGENTOS_INVALID);
        assert_string_equal(err.message, c->reason);
        assert_int_equal(path.count, 7); /* written only on success */
    }
    struct claim_path path;
    assert_int_equal(claim_path_parse(a, STR("a\0b"), &path, NULL), AGENTOS_INVALID);
}

static void eight_names_are_a_path(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const json_t *claims = NULL;
    struct claim_path path;

    assert_int_equal(claim_path_parse(a, STR("1.2.3.4.5.6.7.8"), &path, NULL), AGENTOS_OK);
    assert_int_equal(path.count, CLAIM_PATH_MAX);
    assert_int_equal(
        json_parse(a, STR("{\"1\":{\"2\":{\"3\":{\"4\":{\"5\":{\"6\":{\"7\":{\"8\":true}}}}}}}}"),
                   &claims, NULL),
        AGENTOS_OK);
    assert_true(json_is_true(claim_path_find(&path, claims)));
}

static void an_empty_path_finds_nothing(void **state)
{
    (void)state;
    AUTO(arena) *a = arena_new();
    const struct claim_path path = { .text = "" };
    const json_t *claims = NULL;

    assert_int_equal(json_parse(a, STR("{\"a\":1}"), &claims, NULL), AGENTOS_OK);
    assert_null(claim_path_find(&path, claims));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_claim),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(eight_names_are_a_path),
        cmocka_unit_test(an_empty_path_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
