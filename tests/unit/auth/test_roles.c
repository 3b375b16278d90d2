/* Roles: what a token's role names add, and that they are looked up anew for every request. */
#include "auth/scope/access.h"
#include "auth/token/token_cache.h"
#include "authority.h"

static const char *const viewer_scopes[] = { "agents:read" },
                         *const member_scopes[] = { "agents:run", "sessions:read" },
                         *const boss_scopes[] = { "agent_os:admin" };
static const struct named_scopes roles[] = { { "viewer", viewer_scopes, 1 },
                                             { "member", member_scopes, 2 },
                                             { "boss", boss_scopes, 1 },
                                             { "a b", viewer_scopes, 1 } };

static struct authority_options with_roles(void)
{
    struct authority_options options = plain_options();

    options.roles = roles;
    options.role_count = COUNT(roles);
    options.roles_claim = "role";
    return options;
}

static void roles_add_their_scopes_to_the_tokens(void **state)
{
    static const struct access read = NEEDS("agents:read"), run = NEEDS("agents:run"),
                               write = NEEDS("config:write");
    static const struct {
        const char *claims;
        bool reads, runs, is_admin;
    } cases[] = {
        { "{}", false, false, false },
        { "{\"role\":\"viewer\"}", true, false, false },
        { "{\"role\":[\"viewer\",\"member\"]}", true, true, false },
        { "{\"role\":\"member\",\"scopes\":[\"agents:read\"]}", true, true, false },
        { "{\"role\":\"boss\"}", true, true, true },
        { "{\"role\":[\"nobody\",7,null,\"viewer\"]}", true, false, false },
        { "{\"role\":\"viewer member\"}", false, false, false }, /* never split */
        { "{\"role\":\"viewer,member\"}", false, false, false },
        { "{\"role\":\"a b\"}", true, false, false },
        { "{\"role\":\"Viewer\"}", false, false, false },
        { "{\"role\":{\"viewer\":true}}", false, false, false },
        { "{\"roles\":\"viewer\"}", false, false, false },
    };
    struct authority_options options = with_roles();
    struct authority *authority = make(&options);

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct principal *who =
            accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, c->claims));
        bool reads = authorize(&read, who, STR(""), NULL) == AGENTOS_OK;
        bool runs = authorize(&run, who, STR(""), NULL) == AGENTOS_OK;

        if (reads != c->reads || runs != c->runs || who->is_admin != c->is_admin)
            fail_msg("%s", c->claims);
        assert_int_equal(authorize(&write, who, STR(""), NULL) == AGENTOS_OK, c->is_admin);
    }
    authority_free(authority);
}

/* docs/design/security.md 14. */
static void a_remembered_token_keeps_names_not_scopes(void **state)
{
    struct authority_options options = with_roles();
    struct authority *authority = make(&options);
    struct token_cache *cache = token_cache_new(4);
    AUTO(arena) *a = arena_new();
    const char *token = mint(a, "HS256", TOKEN_SECRET, "{\"role\":\"member\"}");

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct principal *who = NULL;

        assert_int_equal(ask(authority, cache, a, token, &who, NULL), AGENTOS_OK);
        assert_int_equal(who->role_count, 1);
        assert_text(who->roles[0], STR("member"));
        assert_int_equal(who->scope_count, 2);
    }
    token_cache_free(cache);
    authority_free(authority);
}

static void roles_that_cannot_be_meant_are_refused(void **state)
{
    static const char *const wrong[] = { "agents" };
    static const struct {
        struct named_scopes roles[2];
        size_t count;
        const char *says;
    } cases[] = {
        { { { "x", wrong, 1 } }, 1, "authorization.roles.x: 'agents' is not a scope" },
        { { { "", viewer_scopes, 1 } }, 1, "without a name" },
        { { { "x", viewer_scopes, 1 }, { "x", viewer_scopes, 1 } }, 2, "duplicate role" },
    };

    (void)state;
    for (EACH(cases, c)) {
        struct authority_options options = with_roles();
        struct authority *authority;
        agentos_error err;

        options.roles = c->roles;
        options.role_count = c->count;
        assert_int_equal(authority_new(&options, &authority, &err), AGENTOS_INVALID);
        if (strstr(err.message, c->says) == NULL)
            fail_msg("%s", err.message);
    }
    struct authority_options options = with_roles();
    struct authority *authority;
    agentos_error err;
    options.roles_claim = NULL;
    assert_int_equal(authority_new(&options, &authority, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "roles_claim"));
    options = with_roles();
    options.role_count = ROLES_MAX + 1;
    assert_int_equal(authority_new(&options, &authority, &err), AGENTOS_INVALID);
    assert_non_null(strstr(err.message, "more than 256 roles"));
}

/* An admin scope that does not have the form of a scope can be a role's all the same. */
static void a_role_may_hold_the_admin_scope_of_any_name(void **state)
{
    static const char *const scopes[] = { "root" };
    static const struct named_scopes only = { "boss", scopes, 1 };
    struct authority_options options = with_roles();

    (void)state;
    options.roles = &only;
    options.role_count = 1;
    options.admin_scope = "root";
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    assert_true(
        accepted(authority, a, mint(a, "HS256", TOKEN_SECRET, "{\"role\":\"boss\"}"))->is_admin);
    authority_free(authority);
}

static void an_explanation_says_who_granted_what(void **state)
{
    struct authority_options options = with_roles();
    struct authority *authority = make(&options);
    AUTO(arena) *a = arena_new();
    const char *token = mint(a, "HS256", TOKEN_SECRET,
                             "{\"scopes\":[\"config:read\"],\"role\":[\"viewer\",\"ghost\"]}");
    struct explanation why = { .arena = a };
    const struct principal *who;
    size_t found = 0;

    (void)state;
    const struct auth_request how = { .request =
                                          request_with(a, arena_printf(a, "Bearer %s", token)),
                                      .now_s = TOKEN_NOW,
                                      .arena = a,
                                      .why = &why };
    assert_int_equal(authenticate(authority, &how, &who, NULL), AGENTOS_OK);
    for (size_t i = 0; i < why.count; i++) {
        const char *detail = why.steps[i].detail;

        found += strcmp(detail, "'config:read' from the token") == 0;
        found += strcmp(detail, "'agents:read' from the role 'viewer'") == 0;
        found += strstr(detail, "'ghost' is not configured") != NULL;
    }
    assert_int_equal(found, 3);
    authority_free(authority);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_add_their_scopes_to_the_tokens),
        cmocka_unit_test(a_remembered_token_keeps_names_not_scopes),
        cmocka_unit_test(roles_that_cannot_be_meant_are_refused),
        cmocka_unit_test(a_role_may_hold_the_admin_scope_of_any_name),
        cmocka_unit_test(an_explanation_says_who_granted_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
