/* What claims say of a caller, claim option by claim option. */
#include "authority.h"
#include "json/writer.h"

static void free_authority(void *authority)
{
    authority_free(authority);
}

static const struct principal *read_with(struct authority_options options, arena *a,
                                         const char *claims)
{
    struct authority *authority = make(&options);

    arena_defer(a, free_authority, authority);
    return accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, claims));
}

static const char *joined(arena *a, const str *texts, size_t count)
{
    const char *all = "";

    for (size_t i = 0; i < count; i++)
        all = arena_printf(a, "%s[%.*s]", all, (int)texts[i].len, texts[i].ptr);
    return all;
}

static void scopes_are_read_from_the_first_claim_that_is_there(void **state)
{
    static const char *const one[] = { "permissions" }, *const path[] = { "realm_access.roles" },
                             *const url[] = { "\"https://x.example/roles\"" },
                             *const many[] = { "permissions", "scope" };
    static const struct {
        struct claim_names names;
        const char *claims, *scopes;
    } cases[] = {
        { { NULL, 0 }, "{\"scopes\":[\"a:b\",1,\"c:d\"]}", "[a:b][c:d]" },
        { { NULL, 0 }, "{\"scopes\":\"a:b c:d\"}", "[a:b c:d]" },
        { { NULL, 0 }, "{\"scopes\":{\"a:b\":1}}", "" },
        { { NULL, 0 }, "{\"scope\":\"a:b\"}", "" },
        { { one, 1 }, "{\"permissions\":[\"a:b\"],\"scopes\":[\"c:d\"]}", "[a:b]" },
        { { path, 1 }, "{\"realm_access\":{\"roles\":[\"a:b\"]}}", "[a:b]" },
        { { path, 1 },
          "{\"realm_access.roles\":[\"f:l\"],\"realm_access\":{\"roles\":[\"a:b\"]}}",
          "[f:l]" }, /* a flat name goes first */
        { { url, 1 }, "{\"https://x.example/roles\":[\"a:b\"]}", "[a:b]" },
        { { many, 2 }, "{\"scope\":\"a:b  c:d\"}", "[a:b][c:d]" },
        { { many, 2 }, "{\"permissions\":[],\"scope\":\"a:b\"}", "" }, /* empty is there */
        { { many, 2 }, "{\"permissions\":null,\"scope\":\"a:b\"}", "[a:b]" },
        { { many, 2 }, "{\"permissions\":7,\"scope\":\"a:b\"}", "" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        struct authority_options options = plain_options();

        options.scopes_claim = c->names;
        const struct principal *who = read_with(options, a, c->claims);
        const char *got = joined(a, who->scopes, who->scope_count);
        if (strcmp(got, c->scopes) != 0)
            fail_msg("%s: %s", c->claims, got);
    }
}

/* docs/design/security.md 11. */
static void texts_of_scopes_are_split_as_told(void **state)
{
    static const char *const scp[] = { "scp" }, *const scopes[] = { "scopes" },
                             *const deep[] = { "x.scope" };
    static const struct {
        const char *const *name;
        enum scope_strings strings;
        const char *claims, *scopes;
    } cases[] = {
        { scp, SCOPE_STRINGS_BY_NAME, "{\"scp\":\"a:b c:d\"}", "[a:b][c:d]" },
        { scp, SCOPE_STRINGS_SINGLE, "{\"scp\":\"a:b c:d\"}", "[a:b c:d]" },
        { scp, SCOPE_STRINGS_BY_NAME, "{\"scp\":[\"a:b c:d\"]}", "[a:b c:d]" },
        { scp, SCOPE_STRINGS_BY_NAME, "{\"scp\":\"  \"}", "" },
        { scopes, SCOPE_STRINGS_BY_NAME, "{\"scopes\":\"a:b c:d\"}", "[a:b c:d]" },
        { scopes, SCOPE_STRINGS_SPLIT, "{\"scopes\":\"a:b c:d\"}", "[a:b][c:d]" },
        { scopes, SCOPE_STRINGS_SPLIT, "{\"scopes\":[\"a:b c:d\"]}", "[a:b c:d]" },
        { deep, SCOPE_STRINGS_BY_NAME, "{\"x\":{\"scope\":\"a:b c:d\"}}", "[a:b][c:d]" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        struct authority_options options = plain_options();

        options.scopes_claim = (struct claim_names){ c->name, 1 };
        options.scope_strings = c->strings;
        const struct principal *who = read_with(options, a, c->claims);
        assert_string_equal(joined(a, who->scopes, who->scope_count), c->scopes);
    }
}

static void ids_are_read_from_claims_of_other_names(void **state)
{
    AUTO(arena) *a = arena_new();
    struct authority_options options = plain_options();

    (void)state;
    options.user_id_claim = "identity.uid";
    options.session_id_claim = "sid";
    const struct principal *who =
        read_with(options, a,
                  "{\"sub\":\"not-me\",\"identity\":{\"uid\":\"me\"},\"sid\":\"s\","
                  "\"session_id\":\"no\"}");
    assert_string_equal(who->user_id, "me");
    assert_string_equal(who->session_id, "s");
    who = read_with(options, a, "{\"sub\":\"not-me\",\"session_id\":5}");
    assert_null(who->user_id);
    assert_null(who->session_id);
}

/* CVE-2026-25537: a claim of the wrong type is not an absent one. */
static void a_user_that_is_no_text_is_refused(void **state)
{
    static const char *const claims[] = { "{\"uid\":5}",          "{\"uid\":[\"a\"]}",
                                          "{\"uid\":{}}",         "{\"uid\":true}",
                                          "{\"uid\":\"sa:bot\"}", "{\"uid\":\"__scheduler__\"}",
                                          "{\"uid\":\"a\\nb\"}" };
    static const char *const fine[] = { "{}", "{\"uid\":null}", "{\"uid\":\"\"}", "{\"uid\":\"u\"}",
                                        "{\"sub\":\"sa:bot\"}" };
    struct authority_options options = plain_options();

    (void)state;
    options.user_id_claim = "uid";
    struct authority *authority = make(&options);
    for (EACH(claims, text)) {
        AUTO(arena) *a = arena_new();
        assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, *text), "Invalid token subject");
    }
    for (EACH(fine, text)) {
        AUTO(arena) *a = arena_new();
        (void)accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, *text));
    }
    authority_free(authority);
}

static void claims_are_handed_on_by_name(void **state)
{
    static const char *const state_names[] = { "org", "a.b", "absent" }, *const names[] = {
        "email"
    };
    AUTO(arena) *a = arena_new();
    struct authority_options options = plain_options();

    (void)state;
    options.session_state_claims = (struct claim_names){ state_names, 3 };
    options.dependencies_claims = (struct claim_names){ names, 1 };
    const struct principal *who =
        read_with(options, a, "{\"org\":{\"id\":7},\"a\":{\"b\":null},\"email\":\"a@b\",\"x\":1}");
    AUTO_BUF text = buf_with_limit(KiB);
    writer w = { .out = &text };
    write_array(&w);
    write_json(&w, who->session_state);
    write_json(&w, who->dependencies);
    write_end(&w);
    assert_text(buf_view(&text), STR("[{\"org\":{\"id\":7},\"a.b\":null},{\"email\":\"a@b\"}]"));
    who = read_with(options, a, "{\"x\":1}");
    assert_null(who->session_state);
    assert_null(who->dependencies);
}

/* Taken for absent, it would leave the choice of a session to its caller. */
static void a_session_that_is_no_id_is_refused(void **state)
{
    static const char *const claims[] = { "{\"sid\":5}", "{\"sid\":[\"a\"]}", "{\"sid\":false}",
                                          "{\"sid\":\"a\\nb\"}", "{\"sid\":\"\\u007f\"}" };
    static const char *const fine[] = { "{}", "{\"sid\":null}", "{\"sid\":\"\"}", "{\"sid\":\"s\"}",
                                        "{\"session_id\":5}" };
    struct authority_options options = plain_options();

    (void)state;
    options.session_id_claim = "sid";
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    for (EACH(claims, text))
        assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, *text), "Invalid token session");
    for (EACH(fine, text))
        (void)accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, *text));
    assert_string_equal(
        accepted(authority, a,
                 mint(a, "HS256", TOKEN_SECRET, arena_printf(a, "{\"sid\":\"%0128d\"}", 1)))
            ->session_id,
        arena_printf(a, "%0128d", 1));
    assert_refused(authority,
                   mint(a, "HS256", TOKEN_SECRET, arena_printf(a, "{\"sid\":\"%0129d\"}", 1)),
                   "Invalid token session");
    authority_free(authority);
}

/* GHSA-wcvh-g65p-v576, python-jose #407: an audience that is asked for must be there. */
static void the_audience_may_be_in_another_claim(void **state)
{
    static const char *const audiences[] = { "app-1", "app-2" };
    struct authority_options options = plain_options();

    (void)state;
    options.audiences = audiences;
    options.audience_count = 2;
    options.audience_claim = "client_id";
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    (void)accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, "{\"client_id\":\"app-2\"}"));
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "{\"aud\":\"app-2\"}"),
                   "Invalid token: Token is missing the \"client_id\" claim. Audience verification "
                   "requires this claim to be present in the token.");
    assert_refused(authority, mint(a, "HS256", TOKEN_SECRET, "{\"client_id\":\"app\"}"),
                   "Invalid token audience - token not valid for this AgentOS instance");
    authority_free(authority);

    options.audience_claim = "resource.\"my.api\"";
    authority = make(&options);
    (void)accepted(authority, a,
                   mint(a, "HS256", TOKEN_SECRET, "{\"resource\":{\"my.api\":[\"app-1\"]}}"));
    assert_refused(
        authority, mint(a, "HS256", TOKEN_SECRET, "{\"resource\":{\"my\":{\"api\":\"app-1\"}}}"),
        "Invalid token: Token is missing the \"resource.\"my.api\"\" claim. Audience verification "
        "requires this claim to be present in the token.");
    authority_free(authority);
}

static void a_claim_that_is_no_path_is_refused_at_start(void **state)
{
    static const char *const bad[] = { "a..b" };
    struct authority_options cases[7];
    static const char *const names[] = { "scopes_claim",        "user_id_claim",
                                         "session_id_claim",    "roles_claim",
                                         "dependencies_claims", "session_state_claims",
                                         "audience_claim" };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        cases[i] = plain_options();
    cases[0].scopes_claim = (struct claim_names){ bad, 1 };
    cases[1].user_id_claim = "\"open";
    cases[2].session_id_claim = "";
    cases[3].roles_claim = "a.";
    cases[4].dependencies_claims = (struct claim_names){ bad, 1 };
    cases[5].session_state_claims = (struct claim_names){ bad, 1 };
    cases[6].audience_claim = "\"a\"b";
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct authority *authority;
        agentos_error err;

        assert_int_equal(authority_new(&cases[i], &authority, &err), AGENTOS_INVALID);
        assert_non_null(strstr(err.message, names[i]));
    }
    const char *many[CLAIMS_MAX + 1];
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = "x";
    cases[0].scopes_claim = (struct claim_names){ many, COUNT(many) };
    struct authority *authority;
    assert_int_equal(authority_new(&cases[0], &authority, NULL), AGENTOS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scopes_are_read_from_the_first_claim_that_is_there),
        cmocka_unit_test(texts_of_scopes_are_split_as_told),
        cmocka_unit_test(ids_are_read_from_claims_of_other_names),
        cmocka_unit_test(a_user_that_is_no_text_is_refused),
        cmocka_unit_test(a_session_that_is_no_id_is_refused),
        cmocka_unit_test(claims_are_handed_on_by_name),
        cmocka_unit_test(the_audience_may_be_in_another_claim),
        cmocka_unit_test(a_claim_that_is_no_path_is_refused_at_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
