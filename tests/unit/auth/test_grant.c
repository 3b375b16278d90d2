/* What can be granted, what must be granted deliberately, and what only who holds it can grant. */
#include "auth/scope/grant.h"

#include "unit.h"

#define ADMIN "agent_os:admin"

static void some_texts_are_scopes_and_some_are_privileged(void **state)
{
    // clang-format off
    static const struct {
        const char *scope;
        bool is_scope, is_privileged;
    } cases[] = {
        { "agents:run", true, false },
        { "agents:read", true, false },
        { "agents:alpha:run", true, false },
        { "agents:*:run", true, false },
        { "system:read", true, false },
        { "custom:thing", true, false },
        { "agents:write", true, true },
        { "agents:alpha:write", true, true },
        { "sessions:delete", true, true },
        { ADMIN, true, true },
        { "anything:admin", true, true },
        { "service_accounts:read", true, true },
        { "service_accounts:x:read", true, true },
        { "authz:read", true, true },
        { "authz:revoke", true, true },
        { "nope", false, true },
        { "", false, true },
        { "agents::run", false, true },
        { "agents:run:", false, true },
        { ":agents:run", false, true },
        { "a:b:c:d", false, true },
        { "agents:run ", false, false },
        { "agents:run,agents:read", false, true },
        { "agents:r\tun", false, false },
        { "agents: :run", false, false },
    };
    // clang-format on

    (void)state;
    for (EACH(cases, c)) {
        if (grant_is_scope(str_of(c->scope), ADMIN) != c->is_scope)
            fail_msg("is '%s' a scope?", c->scope);
        if (c->is_scope && grant_is_privileged(str_of(c->scope), ADMIN) != c->is_privileged)
            fail_msg("is '%s' privileged?", c->scope);
    }
}

static void a_scope_has_a_limit(void **state)
{
    char text[400];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text + 250, ":read", 6);
    assert_true(grant_is_scope(str_of(text), ADMIN));
    memset(text, 'a', sizeof(text));
    memcpy(text + 252, ":read", 6);
    assert_false(grant_is_scope(str_of(text), ADMIN));
}

static void an_admin_scope_may_have_any_name(void **state)
{
    (void)state;
    assert_true(grant_is_scope(STR("root"), "root"));
    assert_true(grant_is_privileged(STR("root"), "root"));
    assert_false(grant_is_scope(STR("root"), ADMIN));
    assert_true(grant_is_privileged(STR(ADMIN), "root")); /* it may have its name again one day */
}

static void one_grants_what_one_holds(void **state)
{
    static const str held[] = { STR_INIT("agents:run"), STR_INIT("teams:crew:run"),
                                STR_INIT("sessions:*:read"), STR_INIT("odd") };
    // clang-format off
    static const struct {
        const char *scope;
        bool is_held;
    } cases[] = {
        { "agents:run", true },
        { "agents:alpha:run", true },
        { "agents:*:run", true },
        { "agents:read", false },
        { "agents:alpha:read", false },
        { "teams:crew:run", true },
        { "teams:run", false },
        { "teams:*:run", false },
        { "teams:other:run", false },
        { "sessions:read", true },
        { "sessions:write", false },
        { "odd", false },
        { "Agents:run", false },
        { ADMIN, false },
    };
    // clang-format on
    AUTO(arena) *a = arena_new();
    struct principal who = { .kind = PRINCIPAL_TOKEN, .issuer = "", .user_id = "ann" };
    const struct granter granter = { .principal = &who, .admin_scope = ADMIN };

    (void)state;
    principal_set_scopes(&who, a, held, COUNT(held));
    for (EACH(cases, c))
        if (grant_is_held(&granter, c->scope) != c->is_held)
            fail_msg("%s", c->scope);
}

/* By kind: does he hold agents:write, and the admin scope, of which he has said nothing? */
static void who_is_asked_for_no_scope_holds_all_but_what_would_free_him(void **state)
{
    // clang-format off
    static const struct {
        const char *who;
        struct principal principal;
        bool is_pinned, holds, holds_admin;
    } cases[] = {
        { "an admin", { .kind = PRINCIPAL_TOKEN, .is_admin = true }, false, true, true },
        { "the security key", { .kind = PRINCIPAL_KEY, .unscoped = true }, false, true, true },
        { "a user without authorization", { .kind = PRINCIPAL_TOKEN, .unscoped = true }, false, true, true },
        { "the same, kept to what is his", { .kind = PRINCIPAL_TOKEN, .unscoped = true }, true, true, false },
        { "the same, unverified", { .kind = PRINCIPAL_TOKEN, .unscoped = true, .is_unverified = true }, false, true, false },
        { "a user without scopes", { .kind = PRINCIPAL_TOKEN }, false, false, false },
        { "anybody on an opened route", { .kind = PRINCIPAL_ANONYMOUS, .unscoped = true }, false, true, false },
        { "a service account", { .kind = PRINCIPAL_SERVICE_ACCOUNT }, true, false, false },
        { "nobody", { .kind = PRINCIPAL_NONE, .unscoped = true, .is_admin = true }, false, false, false },
    };
    // clang-format on

    (void)state;
    for (EACH(cases, c)) {
        const struct granter granter = { &c->principal, c->is_pinned, ADMIN };

        if (grant_is_held(&granter, "agents:write") != c->holds)
            fail_msg("agents:write by %s", c->who);
        if (grant_is_held(&granter, ADMIN) != c->holds_admin)
            fail_msg("the admin scope by %s", c->who);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_texts_are_scopes_and_some_are_privileged),
        cmocka_unit_test(a_scope_has_a_limit),
        cmocka_unit_test(an_admin_scope_may_have_any_name),
        cmocka_unit_test(one_grants_what_one_holds),
        cmocka_unit_test(who_is_asked_for_no_scope_holds_all_but_what_would_free_him),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
