/* What a configuration makes of the route table: mappings that add to a row's own gate, exclusions
 * that open no more than they name (CVE-2025-54576 and CVE-2026-41059: patterns that skip a check
 * and fit more than was meant). */
#include "api/routes.h"
#include "web/policy.h"

#include "unit.h"

static struct policy make_from(arena *a, const struct policy_options *options)
{
    struct policy policy;
    agentos_error err;

    if (policy_make(&agentos_surface, options, a, &policy, &err) != AGENTOS_OK)
        fail_msg("%s", err.message);
    return policy;
}

static const struct route *row_of(enum method method, const char *path)
{
    const struct route *row = NULL;
    struct params params;

    assert_int_equal(route_find(&agentos_surface, method, str_of(path), &params, &row),
                     MATCH_FOUND);
    return row;
}

static const struct access *access_of(const struct policy *policy, enum method method,
                                      const char *path)
{
    return policy_access(policy, row_of(method, path));
}

static void without_options_it_is_the_table(void **state)
{
    AUTO(arena) *a = arena_new();
    const struct policy_options none = { 0 };
    struct policy policy = make_from(a, &none);

    (void)state;
    assert_int_equal(policy.warning_count, 0);
    for (size_t i = 0; i < agentos_surface.count; i++) {
        assert_memory_equal(policy_access(&policy, &agentos_surface.rows[i]),
                            &agentos_surface.rows[i].access, sizeof(struct access));
        assert_ptr_equal(policy_access(NULL, &agentos_surface.rows[i]),
                         &agentos_surface.rows[i].access);
        assert_false(policy_is_opened(&policy, &agentos_surface.rows[i]));
    }
}

/* ---- scope_mappings ---- */

static const char *const app_read[] = { "app:read" },
                         *const both[] = { "agents:run", "app:execute" },
                         *const thing[] = { "custom:thing" };

static agentos_status ask_as(const struct policy *policy, enum method method, const char *path,
                             const char *scopes, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    str rest = str_of(scopes), all[8];
    struct principal who = { .kind = PRINCIPAL_TOKEN, .issuer = "" };
    const struct route *row = NULL;
    struct params params;
    size_t count = 0;

    while (rest.len > 0)
        all[count++] = str_split(&rest, ' ');
    principal_set_scopes(&who, a, all, count);
    assert_int_equal(route_find(&agentos_surface, method, str_of(path), &params, &row),
                     MATCH_FOUND);
    return authorize(policy_access(policy, row), &who, route_resource_id(&params), err);
}

/* docs/design/security.md 16. */
static void a_mapping_asks_its_scopes_and_the_rows_own_gate(void **state)
{
    static const struct named_scopes mappings[] = {
        { "GET /config", app_read, 1 },        { "POST /agents/*/runs", both, 2 },
        { "GET /agents", thing, 1 },           { "GET /models", NULL, 0 },
        { "GET /agents/{any_name}", NULL, 0 }, { "GET /teams", NULL, 0 },
        { "GET /sessions*", app_read, 1 },     { "GET /sessions", thing, 1 },
    };
    static const struct {
        enum method method;
        const char *path, *scopes, *refusal;
    } cases[] = {
        { GET, "/config", "app:read", NULL },
        { GET, "/config", "config:read", "Insufficient permissions. Required scope(s): app:read" },
        { GET, "/models", "", NULL },
        { POST, "/agents/x/runs", "agents:run app:execute", NULL },
        { POST, "/agents/x/runs", "agents:x:run app:execute", NULL },
        { POST, "/agents/x/runs", "agents:y:run app:execute",
          "Insufficient permissions. Required scope(s): agents:run, app:execute" },
        { POST, "/agents/x/runs", "app:execute",
          "Insufficient permissions. Required scope(s): agents:run, app:execute" },
        /* The id in the path is an agent's: it makes no scope of another kind narrower. */
        { POST, "/agents/x/runs", "agents:run app:x:execute",
          "Insufficient permissions. Required scope(s): agents:run, app:execute" },
        { GET, "/agents", "custom:thing agents:read", NULL },
        { GET, "/agents", "custom:thing agents:x:read", NULL },
        { GET, "/agents", "custom:thing",
          "Insufficient permissions. Required scope(s): agents:read" },
        { GET, "/agents", "agents:read",
          "Insufficient permissions. Required scope(s): custom:thing" },
        { GET, "/agents/x", "agents:x:read", NULL },
        { GET, "/agents/x", "", "Access denied to read this agent" },
        { GET, "/agents/x/runs", "agents:read agents:run", NULL }, /* {name} is one segment */
        { GET, "/teams", "teams:t:read", NULL },
        { GET, "/teams", "agents:read", "Insufficient permissions. Required scope(s): teams:read" },
        { GET, "/sessions", "custom:thing", NULL }, /* the exact key goes before the glob */
        { GET, "/sessions/s", "app:read", NULL },
        { GET, "/sessions/s", "sessions:read",
          "Insufficient permissions. Required scope(s): app:read" },
    };
    const struct policy_options options = { .mappings = mappings,
                                            .mapping_count = COUNT(mappings) };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);

    (void)state;
    assert_int_equal(policy.warning_count, 3); /* of three mappings that leave a gate */
    for (EACH(cases, c)) {
        agentos_error err = { 0 };
        agentos_status status = ask_as(&policy, c->method, c->path, c->scopes, &err);

        assert_int_equal(status, c->refusal != NULL ? AGENTOS_FORBIDDEN : AGENTOS_OK);
        assert_string_equal(err.message, c->refusal != NULL ? c->refusal : "");
    }
    assert_int_equal(access_of(&policy, GET, "/models")->kind, ACCESS_TOKEN);
}

static void a_mapping_lets_no_machine_change_authorization(void **state)
{
    static const struct named_scopes mappings[] = { { "POST /authz/roles", thing, 1 },
                                                    { "PUT /authz/*", NULL, 0 } };
    const struct policy_options options = { .mappings = mappings,
                                            .mapping_count = COUNT(mappings) };
    const struct principal machine = { .kind = PRINCIPAL_SERVICE_ACCOUNT, .is_admin = true },
                           person = { .kind = PRINCIPAL_TOKEN, .is_admin = true };
    AUTO(arena) *a = arena_new();
    struct policy policy;
    const struct route *row = NULL;
    struct params params;

    (void)state;
    assert_int_equal(policy_make(&agentos_surface, &options, a, &policy, NULL), AGENTOS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(route_find(&agentos_surface, i == 0 ? POST : PUT,
                                    i == 0 ? STR("/authz/roles") : STR("/authz/roles/x/scopes"),
                                    &params, &row),
                         MATCH_FOUND);
        assert_int_equal(authorize(policy_access(&policy, row), &machine, STR(""), NULL),
                         AGENTOS_FORBIDDEN);
        assert_int_equal(authorize(policy_access(&policy, row), &person, STR(""), NULL),
                         AGENTOS_OK);
    }
}

/* However many there are, and whatever the admin scope is called, which no other scope stands for.
 */
static void a_mapping_of_many_scopes_and_of_the_admins_can_be_met(void **state)
{
    static const char *const three[] = { "a:read", "b:read", "agents:x:read" },
                             *const root[] = { "root" }, *const boss[] = { "agent_os:admin" };
    static const struct named_scopes mappings[] = { { "GET /models", three, 3 },
                                                    { "GET /config", root, 1 } },
                                     fixed[] = { { "GET /config", boss, 1 } };
    static const struct principal admin = { .kind = PRINCIPAL_TOKEN,
                                            .issuer = "",
                                            .is_admin = true };
    AUTO(arena) *a = arena_new();
    struct policy policy =
        make_from(a, &(struct policy_options){
                         .mappings = mappings, .mapping_count = 2, .admin_scope = "root" });
    struct policy usual =
        make_from(a, &(struct policy_options){ .mappings = fixed, .mapping_count = 1 });
    agentos_error err;

    (void)state;
    assert_int_equal(ask_as(&policy, GET, "/models", "a:read b:read agents:x:read", &err),
                     AGENTOS_OK);
    assert_int_equal(ask_as(&policy, GET, "/models", "a:read b:read", &err), AGENTOS_FORBIDDEN);
    assert_int_equal(authorize(access_of(&policy, GET, "/config"), &admin, STR(""), &err),
                     AGENTOS_OK);
    assert_int_equal(ask_as(&policy, GET, "/config", "config:read", &err), AGENTOS_FORBIDDEN);
    assert_string_equal(err.message, "Insufficient permissions. Required scope(s): root");
    assert_int_equal(authorize(access_of(&usual, GET, "/config"), &admin, STR(""), &err),
                     AGENTOS_OK);
    assert_int_equal(ask_as(&usual, GET, "/config", "agent_os:*:admin", &err), AGENTOS_FORBIDDEN);
}

static void a_mapping_without_effect_is_said_once(void **state)
{
    static const struct named_scopes mappings[] = { { "GET /public/stats", NULL, 0 },
                                                    { "GET /health", app_read, 1 },
                                                    { "DELETE /config", app_read, 1 } };
    const struct policy_options options = { .mappings = mappings,
                                            .mapping_count = COUNT(mappings) };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);

    (void)state;
    assert_int_equal(policy.warning_count, 3);
    assert_non_null(strstr(policy.warnings[0].sentence, "GET /health is public"));
    assert_non_null(strstr(policy.warnings[1].sentence, "'GET /public/stats' is not a route"));
    assert_int_equal(access_of(&policy, GET, "/health")->kind, ACCESS_PUBLIC);
}

/* ---- excluded_routes ---- */

static void a_list_replaces_what_the_table_opens(void **state)
{
    static const char *const list[] = { "/health", "GET /config", "POST /agents/{id}/runs" };
    const struct policy_options options = { .excluded = list, .excluded_count = COUNT(list) };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);

    (void)state;
    assert_int_equal(policy.warning_count, 0);
    assert_int_equal(access_of(&policy, GET, "/health")->kind, ACCESS_PUBLIC);
    assert_int_equal(access_of(&policy, GET, "/config")->kind, ACCESS_PUBLIC);
    assert_int_equal(access_of(&policy, POST, "/agents/x/runs")->kind, ACCESS_PUBLIC);
    assert_int_equal(access_of(&policy, GET, "/")->kind, ACCESS_TOKEN);
    assert_int_equal(access_of(&policy, GET, "/info")->kind, ACCESS_TOKEN);
    assert_int_equal(access_of(&policy, GET, "/agents/x/runs")->kind, ACCESS_SCOPED);
    assert_true(policy_is_opened(&policy, row_of(GET, "/config")));
    assert_false(policy_is_opened(&policy, row_of(GET, "/health")));
    assert_false(policy_needs_credential(&policy, row_of(GET, "/config")));
    assert_true(policy_needs_credential(&policy, row_of(GET, "/")));
    assert_true(policy_needs_credential(&policy, NULL));
    assert_true(policy_needs_credential(&policy, row_of(GET, "/models")));

    const struct policy_options nothing = { .excluded = list, .excluded_count = 0 };
    policy = make_from(a, &nothing);
    assert_int_equal(access_of(&policy, GET, "/health")->kind, ACCESS_TOKEN);
}

static void additions_leave_the_table_as_it_is(void **state)
{
    static const char *const list[] = { "GET /models/" };
    const struct policy_options options = { .excluded_add = list, .excluded_add_count = 1 };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);

    (void)state;
    assert_int_equal(access_of(&policy, GET, "/models")->kind, ACCESS_PUBLIC);
    assert_int_equal(access_of(&policy, GET, "/info")->kind, ACCESS_PUBLIC);
}

/* docs/design/security.md 17. */
static void a_glob_opens_no_row_that_writes_or_needs_a_scope(void **state)
{
    static const char *const entries[] = { "*",
                                           "/*",
                                           "/agents*",
                                           "/agents/*",
                                           "/config",
                                           "GET *",
                                           "* /config",
                                           "GET /conf*",
                                           "/models",
                                           "GET /model?",
                                           "POST /agents/*",
                                           "/agents/{agent_id}/runs",
                                           "/sessions/s1",
                                           "config",
                                           "DELETE /sessions*" };

    (void)state;
    for (EACH(entries, entry)) {
        AUTO(arena) *a = arena_new();
        const struct policy_options options = { .excluded_add = entry, .excluded_add_count = 1 };
        struct policy policy;

        if (policy_make(&agentos_surface, &options, a, &policy, NULL) != AGENTOS_OK)
            continue; /* "*", "config", "* /config" are no paths */
        for (size_t i = 0; i < agentos_surface.count; i++)
            assert_false(policy_is_opened(&policy, &agentos_surface.rows[i]));
        assert_int_equal(policy.warning_count, 1);
    }
}

/* The documents say that a mapping redefines what an endpoint asks for; it adds to it. */
static void a_mapping_that_does_not_give_what_the_row_asks_for_is_warned_of(void **state)
{
#define HELP                                                                                \
    ": a mapping adds to what guards the resource; give the provider's names a meaning by " \
    "roles_claim and roles"
    static const struct {
        const char *key, *scope;
        const char *told; /* NULL: no warning */
    } cases[] = {
        { "GET /agents", "app:read", "GET /agents still asks for agents:read" HELP },
        { "GET /teams", NULL, "GET /teams still asks for teams:read" HELP },
        { "POST /agents/{agent_id}/runs", "app:run",
          "POST /agents/{agent_id}/runs still asks for agents:run" HELP },
        { "POST /agents/*/runs", "agents:read",
          "POST /agents/{agent_id}/runs still asks for agents:run" HELP },
        { "GET /agents?", "agents:read", "'GET /agents?' is not a route of this server" },
        { "GET /-/metrics", "metrics:read", "GET /-/metrics still asks for telemetry:read" HELP },
        { "GET /agents", "agents:read", NULL },
        { "GET /agents", "agents:my-agent:read", NULL },
        { "GET /config", "app:read", NULL },
        { "GET /agents", "agent_os:admin", NULL },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const char *const scopes[] = { c->scope };
        const struct named_scopes mapping = { c->key, scopes, c->scope != NULL };
        const struct policy_options options = { .mappings = &mapping, .mapping_count = 1 };
        struct policy policy = make_from(a, &options);

        assert_int_equal(policy.warning_count, c->told != NULL);
        if (c->told != NULL)
            assert_string_equal(policy.warnings[0].sentence, c->told);
    }
}

static void one_warning_names_what_a_glob_keeps(void **state)
{
    static const char *const scopes[] = { "app:use" };
    static const struct named_scopes mappings[] = { { "GET /teams", scopes, 1 },
                                                    { "GET /*", scopes, 1 },
                                                    { "GET /agents", scopes, 1 } };
    const struct policy_options options = { .mappings = mappings, .mapping_count = 3 };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);
    size_t kept = 0;

    (void)state;
    for (size_t i = 0; i < policy.warning_count; i++)
        kept += strstr(policy.warnings[i].sentence, " still asks for ") != NULL;
    assert_int_equal(kept, 3); /* one of each mapping, and the exact keys have theirs */
    assert_string_equal(policy.warnings[policy.warning_count - 3].sentence,
                        "GET /teams still asks for teams:read" HELP);
    assert_non_null(strstr(policy.warnings[policy.warning_count - 2].sentence,
                           ", GET /agents/{agent_id}/runs for agents:run, "));
}

/* A glob that opens nothing says so of every row that it fits. */
static void a_warning_names_all_rows_that_stay_closed(void **state)
{
    static const struct {
        const char *entry, *told; /* how the sentence begins */
    } cases[] = {
        { "GET /agents/*", "'GET /agents/*' does not open GET /agents/{agent_id}/runs, "
                           "GET /agents/{agent_id}, GET /agents/{agent_id}/runs/{run_id}, " },
        { "/agents", "'/agents' does not open GET /agents: " },
        { "PATCH /sessions/*", "'PATCH /sessions/*' does not open PATCH /sessions/{session_id}: it "
                               "writes or needs a scope; list it as METHOD /path to open it" },
    };

    (void)state;
    for (EACH(cases, c)) {
        AUTO(arena) *a = arena_new();
        const struct policy_options options = { .excluded_add = &c->entry,
                                                .excluded_add_count = 1 };
        struct policy policy = make_from(a, &options);

        assert_int_equal(policy.warning_count, 1);
        if (!str_starts(str_of(policy.warnings[0].sentence), str_of(c->told)))
            fail_msg("%s", policy.warnings[0].sentence);
    }
}

static void a_warning_names_twenty_rows_at_most(void **state)
{
    AUTO(arena) *a = arena_new();
    static const char *const entry = "/*";
    const struct policy_options options = { .excluded_add = &entry, .excluded_add_count = 1 };
    struct policy policy = make_from(a, &options);

    (void)state;
    assert_int_equal(policy.warning_count, 1);
    assert_non_null(
        strstr(policy.warnings[0].sentence,
               " and others: they write or need a scope; list one as METHOD /path to open it"));
}

static void who_calls_an_opened_row_is_asked_nothing_further(void **state)
{
    static const char *const list[] = { "GET /config" };
    const struct policy_options options = { .excluded_add = list, .excluded_add_count = 1 };
    AUTO(arena) *a = arena_new();
    struct policy policy = make_from(a, &options);
    const struct principal *opened = policy_anonymous(&policy, row_of(GET, "/config")),
                           *plain = policy_anonymous(&policy, row_of(GET, "/health"));

    (void)state;
    assert_true(access_may_see(opened, "agents:read", STR("x")));
    assert_false(access_may_see(plain, "agents:read", STR("x")));
    assert_int_equal(opened->kind, PRINCIPAL_ANONYMOUS);
    assert_false(opened->is_admin);
    assert_ptr_equal(policy_anonymous(&policy, NULL), plain);
}

static void what_cannot_be_meant_is_refused(void **state)
{
    static const char *const bad_scopes[] = { "agents" }, *const two[] = { "a:b, c:d" },
                             *const root[] = { "root" };
    static const struct named_scopes mappings[] = {
        { "/config", app_read, 1 },       { "GET config", app_read, 1 },
        { "FETCH /config", app_read, 1 }, { "GET /config", bad_scopes, 1 },
        { "GET /config", two, 1 },        { "GET /config", root, 1 },
    };
    static const char *const paths[] = { "config", "FETCH /config", "", "* /x" };
    AUTO(arena) *a = arena_new();
    struct policy policy;
    agentos_error err;

    (void)state;
    for (EACH(mappings, mapping)) {
        const struct policy_options options = { .mappings = mapping, .mapping_count = 1 };

        assert_int_equal(policy_make(&agentos_surface, &options, a, &policy, &err),
                         AGENTOS_INVALID);
        assert_non_null(strstr(err.message, "authorization.scope_mappings"));
    }
    for (EACH(paths, path)) {
        const struct policy_options options = { .excluded = path, .excluded_count = 1 };

        assert_int_equal(policy_make(&agentos_surface, &options, a, &policy, &err),
                         AGENTOS_INVALID);
        assert_non_null(strstr(err.message, "authorization.excluded_routes"));
    }
    const struct policy_options crowd = { .mappings = mappings, .mapping_count = 1001 };
    assert_int_equal(policy_make(&agentos_surface, &crowd, a, &policy, &err), AGENTOS_INVALID);
}

/* For all rows and all exclusions that name a row: that row is open, and no other. */
static void naming_a_row_opens_that_row_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        AUTO(arena) *a = arena_new();
        const char *name = arena_printf(a, "%s %s", method_name(agentos_surface.rows[i].method),
                                        agentos_surface.rows[i].pattern);
        const struct policy_options options = { .excluded_add = &name, .excluded_add_count = 1 };
        struct policy policy = make_from(a, &options);

        for (size_t j = 0; j < agentos_surface.count; j++)
            assert_int_equal(policy_is_opened(&policy, &agentos_surface.rows[j]),
                             i == j && agentos_surface.rows[j].access.kind != ACCESS_PUBLIC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_it_is_the_table),
        cmocka_unit_test(a_mapping_asks_its_scopes_and_the_rows_own_gate),
        cmocka_unit_test(a_mapping_lets_no_machine_change_authorization),
        cmocka_unit_test(a_mapping_of_many_scopes_and_of_the_admins_can_be_met),
        cmocka_unit_test(a_mapping_without_effect_is_said_once),
        cmocka_unit_test(a_list_replaces_what_the_table_opens),
        cmocka_unit_test(additions_leave_the_table_as_it_is),
        cmocka_unit_test(a_glob_opens_no_row_that_writes_or_needs_a_scope),
        cmocka_unit_test(a_warning_names_all_rows_that_stay_closed),
        cmocka_unit_test(a_mapping_that_does_not_give_what_the_row_asks_for_is_warned_of),
        cmocka_unit_test(one_warning_names_what_a_glob_keeps),
        cmocka_unit_test(a_warning_names_twenty_rows_at_most),
        cmocka_unit_test(who_calls_an_opened_row_is_asked_nothing_further),
        cmocka_unit_test(what_cannot_be_meant_is_refused),
        cmocka_unit_test(naming_a_row_opens_that_row_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
