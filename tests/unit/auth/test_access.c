/* The decision, against the contract's answers and against an oracle that knows scopes only as
 * whole strings: the set of texts that may open a door is spelled out, nothing is taken apart. */
#include "auth/scope/access.h"
#include "base/limits.h"
#include "unit.h"

/* Its set is from the arena. */
static struct principal with_scopes(arena *a, const str *scopes, size_t count)
{
    struct principal principal = { .kind = PRINCIPAL_TOKEN, .issuer = "" };

    principal_set_scopes(&principal, a, scopes, count);
    return principal;
}

static void refusals_say_what_is_missing_as_in_the_contract(void **state)
{
    static const struct {
        struct access access;
        const char *id, *held, *detail; /* detail NULL: allowed */
    } cases[] = {
        { FILTERS("agents:read"), "", "sessions:read",
          "Insufficient permissions. Required scope(s): agents:read" },
        { FILTERS("agents:read"), "", "agents:run",
          "Insufficient permissions. Required scope(s): agents:read" },
        { FILTERS("agents:read"), "", "agents:x:run",
          "Insufficient permissions. Required scope(s): agents:read" },
        { FILTERS("agents:read"), "", "agents:beta:read", NULL },
        { FILTERS("agents:read"), "", "agents:read teams:read", NULL },
        { FILTERS("agents:read"), "", "agents:*:read", NULL },
        { FILTERS("config:read"), "", "config:x:read",
          "Insufficient permissions. Required scope(s): config:read" },
        { NEEDS("agents:read"), "alpha", "agents:beta:read",
          "Insufficient permissions. Required scope(s): agents:read" },
        { GATED("agents:run", "agents:run"), "alpha", "agents:read",
          "Insufficient permissions. Required scope(s): agents:run" },
        { GATED("agents:read", "agents:run"), "alpha", "agents:read",
          "Access denied to run this agent" },
        { GATED("agents:read", "agents:run"), "alpha", "agents:run",
          "Insufficient permissions. Required scope(s): agents:read" },
        { GATED(NULL, "agents:run"), "alpha", "sessions:read", "Access denied to run this agent" },
        { GATED(NULL, "teams:read"), "crew", "teams:other:read",
          "Access denied to read this team" },
        { GATED(NULL, "workflows:run"), "flow", "", "Access denied to run this workflow" },
        { GATED(NULL, "agents:run"), "alpha", "agents:alpha:run", NULL },
        { NEEDS("sessions:delete"), "abc", "agents:read",
          "Insufficient permissions. Required scope(s): sessions:delete" },
        { NEEDS("sessions:read"), "s1", "sessions:s1:read",
          "Insufficient permissions. Required scope(s): sessions:read" },
        { NEEDS("config:read"), "", "system:read", NULL },
        { ANY_TOKEN, "", "", NULL },
        { ADMINS, "", "metrics:read", "Admin privileges required" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        AUTO(arena) *a = arena_new();
        const str held[] = { str_of(cases[i].held) };
        const struct principal principal = with_scopes(a, held, 1);
        agentos_error err = { 0 };
        agentos_status status = authorize(&cases[i].access, &principal, str_of(cases[i].id), &err);

        assert_int_equal(status, cases[i].detail == NULL ? AGENTOS_OK : AGENTOS_FORBIDDEN);
        assert_string_equal(err.message, cases[i].detail != NULL ? cases[i].detail : "");
    }
}

static const struct access every_demand[] = {
    NEEDS("agents:read"),
    GATED("agents:read", "agents:run"),
    FILTERS("agents:read"),
    ANY_TOKEN,
    ADMINS,
};

static void a_zeroed_principal_is_denied_everything_but_public_routes(void **state)
{
    const struct principal nobody = { 0 },
                           anonymous = { .kind = PRINCIPAL_ANONYMOUS, .issuer = "" };
    const struct principal muddled = { .is_admin = true, .unscoped = true };
    const struct access open = PUBLIC;

    (void)state;
    assert_int_equal(authorize(&open, &nobody, STR(""), NULL), AGENTOS_OK);
    for (size_t i = 0; i < COUNT(every_demand); i++) {
        assert_int_equal(authorize(&every_demand[i], &nobody, STR("x"), NULL), AGENTOS_FORBIDDEN);
        assert_int_equal(authorize(&every_demand[i], &anonymous, STR("x"), NULL),
                         AGENTOS_FORBIDDEN);
        assert_int_equal(authorize(&every_demand[i], &muddled, STR("x"), NULL), AGENTOS_FORBIDDEN);
    }
    assert_false(access_may_see(&nobody, "agents:read", STR("x")));
}

static void scopes_of_a_principal_of_no_kind_do_not_count(void **state)
{
    const str held[] = { STR_INIT("agents:read"), STR_INIT("agents:run") };
    AUTO(arena) *a = arena_new();
    struct principal principal = with_scopes(a, held, 2);

    (void)state;
    principal.kind = PRINCIPAL_NONE;
    for (size_t i = 0; i < COUNT(every_demand); i++)
        assert_int_equal(authorize(&every_demand[i], &principal, STR("x"), NULL),
                         AGENTOS_FORBIDDEN);
}

static void a_route_that_states_nothing_is_a_defect_for_the_admin_too(void **state)
{
    static const struct access defects[] = {
        { 0 },     { ACCESS_SCOPED, NULL, NULL },   { ACCESS_LISTING, NULL, NULL }, NEEDS("agents"),
        NEEDS(""), GATED("agents:read", "agents:"),
    };
    const struct principal admin = { .kind = PRINCIPAL_TOKEN, .issuer = "", .is_admin = true };

    (void)state;
    for (size_t i = 0; i < COUNT(defects); i++)
        assert_int_equal(authorize(&defects[i], &admin, STR(""), NULL), AGENTOS_INTERNAL);
    assert_false(access_may_see(&admin, "agents", STR("x")));
}

static void the_admin_and_the_unscoped_pass_every_demand(void **state)
{
    const struct principal all[] = {
        { .kind = PRINCIPAL_TOKEN, .issuer = "", .is_admin = true },
        { .kind = PRINCIPAL_TOKEN, .issuer = "", .unscoped = true },
        { .kind = PRINCIPAL_OPEN, .issuer = "", .unscoped = true },
    };

    (void)state;
    for (size_t p = 0; p < COUNT(all); p++) {
        for (size_t i = 0; i < COUNT(every_demand); i++)
            assert_int_equal(authorize(&every_demand[i], &all[p], STR("x"), NULL), AGENTOS_OK);
        assert_true(access_may_see(&all[p], "agents:read", STR("x")));
    }
}

/* docs/design/security.md 22: whatever they hold, and whatever a configuration has made of the row.
 */
static void machines_decide_over_nobody(void **state)
{
    static const str write[] = { STR_INIT("authz:write") };
    const struct access change = PEOPLE("authz:write"), look = NEEDS("authz:read"),
                        opened = { .kind = ACCESS_TOKEN, .people_only = true };
    static const struct {
        enum principal_kind kind;
        bool is_machine;
    } cases[] = { { PRINCIPAL_TOKEN, false },
                  { PRINCIPAL_KEY, false },
                  { PRINCIPAL_OPEN, false },
                  { PRINCIPAL_SERVICE_ACCOUNT, true },
                  { PRINCIPAL_INTERNAL, true } };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct principal admin = { .kind = c->kind, .is_admin = true };
        struct principal holder = { .kind = c->kind };
        agentos_status wanted = c->is_machine ? AGENTOS_FORBIDDEN : AGENTOS_OK;
        agentos_error err;

        principal_set_scopes(&holder, a, write, 1);
        assert_int_equal(authorize(&change, &admin, STR(""), &err), wanted);
        if (c->is_machine)
            assert_string_equal(err.message, "Service accounts cannot change authorization");
        assert_int_equal(authorize(&change, &holder, STR(""), NULL), wanted);
        assert_int_equal(authorize(&opened, &holder, STR(""), NULL), wanted);
        assert_int_equal(authorize(&look, &admin, STR(""), NULL), AGENTOS_OK);
    }
}

static void a_listing_shows_what_the_scopes_name(void **state)
{
    const str held[] = { STR_INIT("agents:beta:read"), STR_INIT("agents:gamma:run"),
                         STR_INIT("teams:*:read") };
    AUTO(arena) *a = arena_new();
    const struct principal principal = with_scopes(a, held, COUNT(held));

    (void)state;
    assert_true(access_may_see(&principal, "agents:read", STR("beta")));
    assert_false(access_may_see(&principal, "agents:read", STR("alpha")));
    assert_false(access_may_see(&principal, "agents:read", STR("gamma")));
    assert_false(access_may_see(&principal, "agents:read", STR("")));
    assert_true(access_may_see(&principal, "teams:read", STR("crew")));
    assert_false(access_may_see(&principal, "workflows:read", STR("beta")));
}

/* --- the property: for all rows, ids and pairs of scopes, allowed iff the oracle says so --- */

static const struct row {
    struct access access;
    const char *id;
} rows[] = {
    { NEEDS("config:read"), "" },
    { NEEDS("config:write"), "" },
    { NEEDS("sessions:read"), "" },
    { NEEDS("sessions:read"), "x1" },
    { NEEDS("agents:read"), "x1" },
    { NEEDS("teams:run"), "x1" },
    { NEEDS("workflows:run"), "*" },
    { FILTERS("agents:read"), "" },
    { FILTERS("teams:read"), "" },
    { FILTERS("workflows:read"), "" },
    { GATED("agents:read", "agents:run"), "x1" },
    { GATED("agents:run", "agents:run"), "x1" },
    { GATED(NULL, "agents:run"), "x1" },
    { GATED(NULL, "teams:run"), "other" },
};

static const char *const resources[] = { "agents", "teams",  "workflows", "sessions",
                                         "config", "system", "Agents" };
static const char *const actions[] = { "read", "run", "write" };
static const char *const forms[] = {
    "%s:%s",  "%s:*:%s", "%s:x1:%s", "%s:other:%s", "%s::%s",   "%s:x1:y:%s",
    "%s:%s:", ":%s:%s",  "%s%s",     " %s:%s",      "%s:* :%s",
};

enum { TEXTS = COUNT(resources) * COUNT(actions) * COUNT(forms) };
static char texts[TEXTS][64];

static bool is_text(str held, const char *resource, const char *id, const char *action)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "%s%s%s:%s", resource, id[0] != '\0' ? ":" : "", id, action);
    return str_equal(held, str_of(text));
}

static bool oracle_opens(str held, const char *resource, const char *id, const char *action)
{
    bool has_ids = strcmp(resource, "agents") == 0 || strcmp(resource, "teams") == 0 ||
                   strcmp(resource, "workflows") == 0;

    if (strcmp(resource, "config") == 0 && oracle_opens(held, "system", id, action))
        return true;
    return is_text(held, resource, "", action) || is_text(held, resource, "*", action) ||
           (has_ids && id[0] != '\0' && is_text(held, resource, id, action));
}

static bool oracle_meets(const str held[2], const char *demand, const char *id, bool is_listing)
{
    char resource[32], action[32];
    bool meets = false;

    if (demand == NULL)
        return true;
    (void)snprintf(resource, sizeof(resource), "%.*s", (int)(strchr(demand, ':') - demand), demand);
    (void)snprintf(action, sizeof(action), "%s", strchr(demand, ':') + 1);
    for (size_t i = 0; i < 2; i++) {
        meets = meets || oracle_opens(held[i], resource, id, action);
        /* the ids that occur in `forms` */
        meets = meets || (is_listing && (oracle_opens(held[i], resource, "x1", action) ||
                                         oracle_opens(held[i], resource, "other", action) ||
                                         oracle_opens(held[i], resource, "* ", action)));
    }
    return meets;
}

static void make_texts(void)
{
    size_t n = 0;

    for (size_t r = 0; r < COUNT(resources); r++)
        for (size_t a = 0; a < COUNT(actions); a++)
            for (size_t f = 0; f < COUNT(forms); f++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                (void)snprintf(texts[n++], sizeof(texts[0]), forms[f], resources[r], actions[a]);
#pragma GCC diagnostic pop
            }
}

static void check_row(const struct row *row, const struct principal *principal)
{
    const str *held = principal->scopes;
    bool is_listing = row->access.kind == ACCESS_LISTING;
    bool wanted = oracle_meets(held, row->access.scope, row->id, is_listing) &&
                  oracle_meets(held, row->access.gate, row->id, false);

    if ((authorize(&row->access, principal, str_of(row->id), NULL) == AGENTOS_OK) != wanted)
        fail_msg("'%s' and '%s' for %s, %s on '%s': should be %s", held[0].ptr, held[1].ptr,
                 row->access.scope, row->access.gate, row->id, wanted ? "allowed" : "refused");
}

static void check_rows(const str held[2])
{
    AUTO(arena) *a = arena_new();
    const struct principal principal = with_scopes(a, held, 2);

    for (size_t r = 0; r < COUNT(rows); r++)
        check_row(&rows[r], &principal);
}

static void for_all_rows_and_scopes_the_oracle_agrees(void **state)
{
    (void)state;
    make_texts();
    for (size_t i = 0; i < TEXTS; i++)
        for (size_t j = i; j < TEXTS; j++)
            check_rows((const str[2]){ str_of(texts[i]), str_of(texts[j]) });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_say_what_is_missing_as_in_the_contract),
        cmocka_unit_test(a_zeroed_principal_is_denied_everything_but_public_routes),
        cmocka_unit_test(scopes_of_a_principal_of_no_kind_do_not_count),
        cmocka_unit_test(a_route_that_states_nothing_is_a_defect_for_the_admin_too),
        cmocka_unit_test(the_admin_and_the_unscoped_pass_every_demand),
        cmocka_unit_test(machines_decide_over_nobody),
        cmocka_unit_test(a_listing_shows_what_the_scopes_name),
        cmocka_unit_test(for_all_rows_and_scopes_the_oracle_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
