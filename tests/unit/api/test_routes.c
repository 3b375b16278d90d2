/* The route table beside the contract's: every row that an agent-serving user needs is there, with
 * the scope the contract asks; and finding a row falls into none of the traps of order. */
#include "api/routes.h"

#include "unit.h"

/* docs/design/security.md 16. */
static void every_route_states_its_access(void **state)
{
    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const struct access *access = &agentos_surface.rows[i].access;

        assert_int_not_equal(access->kind, ACCESS_UNSTATED);
        if (access->kind == ACCESS_SCOPED || access->kind == ACCESS_LISTING)
            assert_true(access->scope != NULL || access->gate != NULL);
        else
            assert_true(access->scope == NULL && access->gate == NULL);
        assert_non_null(agentos_surface.rows[i].tag);
        assert_non_null(agentos_surface.rows[i].summary);
        assert_int_not_equal(agentos_surface.rows[i].method, METHOD_OTHER);
        assert_int_equal(agentos_surface.rows[i].body == BODY_FORM,
                         route_input(&agentos_surface.rows[i])->form != NULL);
    }
}

static void whoever_changes_authorization_is_a_person(void **state)
{
    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++)
        assert_int_equal(agentos_surface.rows[i].access.people_only,
                         agentos_surface.rows[i].access.scope != NULL &&
                             strcmp(agentos_surface.rows[i].access.scope, "authz:write") == 0);
}

static void every_scope_is_one(void **state)
{
    struct scope scope;

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const char *texts[] = { agentos_surface.rows[i].access.scope,
                                agentos_surface.rows[i].access.gate };

        for (EACH(texts, text))
            if (*text != NULL) {
                assert_true(scope_parse(str_of(*text), &scope));
                assert_int_equal(scope.id.len, 0);
            }
    }
}

static void no_route_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(agentos_surface.rows[i].method == agentos_surface.rows[j].method &&
                         strcmp(agentos_surface.rows[i].pattern, agentos_surface.rows[j].pattern) ==
                             0);
}

struct expected {
    enum method method;
    const char *pattern;
    struct access access;
};

/* The contract's two first tiers. Where its map has no scope (resume, /authz, /users) we state one:
 * nothing is open to any token that happens to be valid. */
// clang-format off
static const struct expected contract[] = {
    { GET,    "/health",                                              PUBLIC },
    { GET,    "/info",                                                PUBLIC },
    { GET,    "/config",                                              NEEDS("config:read") },
    { POST,   "/agents/{agent_id}/runs",                              GATED("agents:run", "agents:run") },
    { GET,    "/agents/{agent_id}/runs",                              GATED("agents:read", "agents:run") },
    { POST,   "/agents/{agent_id}/runs/{run_id}/cancel",              GATED("agents:run", "agents:run") },
    { POST,   "/agents/{agent_id}/runs/{run_id}/continue",            GATED("agents:run", "agents:run") },
    { GET,    "/agents",                                              FILTERS("agents:read") },
    { GET,    "/agents/{agent_id}",                                   GATED("agents:read", "agents:read") },
    { GET,    "/agents/{agent_id}/runs/{run_id}",                     GATED("agents:read", "agents:run") },
    { POST,   "/agents/{agent_id}/runs/{run_id}/resume",              GATED(NULL, "agents:run") },
    { POST,   "/teams/{team_id}/runs",                                GATED("teams:run", "teams:run") },
    { GET,    "/teams/{team_id}/runs",                                GATED("teams:read", "teams:run") },
    { POST,   "/teams/{team_id}/runs/{run_id}/cancel",                GATED("teams:run", "teams:run") },
    { POST,   "/teams/{team_id}/runs/{run_id}/resume",                GATED(NULL, "teams:run") },
    { POST,   "/teams/{team_id}/runs/{run_id}/continue",              GATED("teams:run", "teams:run") },
    { GET,    "/teams",                                               FILTERS("teams:read") },
    { GET,    "/teams/{team_id}",                                     GATED("teams:read", "teams:read") },
    { GET,    "/teams/{team_id}/runs/{run_id}",                       GATED("teams:read", "teams:run") },
    { GET,    "/workflows",                                           FILTERS("workflows:read") },
    { GET,    "/workflows/{workflow_id}",                             GATED("workflows:read", "workflows:read") },
    { POST,   "/workflows/{workflow_id}/runs",                        GATED("workflows:run", "workflows:run") },
    { GET,    "/workflows/{workflow_id}/runs",                        GATED("workflows:read", "workflows:run") },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/continue",      GATED("workflows:run", "workflows:run") },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/cancel",        GATED("workflows:run", "workflows:run") },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/resume",        GATED(NULL, "workflows:run") },
    { GET,    "/workflows/{workflow_id}/runs/{run_id}",               GATED("workflows:read", "workflows:run") },
    { GET,    "/sessions",                                            NEEDS("sessions:read") },
    { POST,   "/sessions",                                            NEEDS("sessions:write") },
    { DELETE, "/sessions",                                            NEEDS("sessions:delete") },
    { GET,    "/sessions/{session_id}",                               NEEDS("sessions:read") },
    { DELETE, "/sessions/{session_id}",                               NEEDS("sessions:delete") },
    { PATCH,  "/sessions/{session_id}",                               NEEDS("sessions:write") },
    { GET,    "/sessions/{session_id}/runs",                          NEEDS("sessions:read") },
    { GET,    "/sessions/{session_id}/run-previews",                  NEEDS("sessions:read") },
    { GET,    "/sessions/{session_id}/runs/{run_id}",                 NEEDS("sessions:read") },
    { POST,   "/sessions/{session_id}/rename",                        NEEDS("sessions:write") },
    { GET,    "/",                                                    PUBLIC },
    { GET,    "/workflows/ws",                                        NEEDS("workflows:run") },
    { POST,   "/memories",                                            NEEDS("memories:write") },
    { DELETE, "/memories",                                            NEEDS("memories:delete") },
    { GET,    "/memories",                                            NEEDS("memories:read") },
    { DELETE, "/memories/{memory_id}",                                NEEDS("memories:delete") },
    { GET,    "/memories/{memory_id}",                                NEEDS("memories:read") },
    { PATCH,  "/memories/{memory_id}",                                NEEDS("memories:write") },
    { GET,    "/memory_topics",                                       NEEDS("memories:read") },
    { GET,    "/user_memory_stats",                                   NEEDS("memories:read") },
    { GET,    "/eval-runs",                                           NEEDS("evals:read") },
    { DELETE, "/eval-runs",                                           NEEDS("evals:delete") },
    { POST,   "/eval-runs",                                           NEEDS("evals:write") },
    { GET,    "/eval-runs/{eval_run_id}",                             NEEDS("evals:read") },
    { PATCH,  "/eval-runs/{eval_run_id}",                             NEEDS("evals:write") },
    { GET,    "/metrics",                                             NEEDS("metrics:read") },
    { POST,   "/metrics/refresh",                                     NEEDS("metrics:write") },
    { GET,    "/metrics/refresh/status",                              NEEDS("metrics:read") },
    { POST,   "/knowledge/content",                                   NEEDS("knowledge:write") },
    { GET,    "/knowledge/content",                                   NEEDS("knowledge:read") },
    { DELETE, "/knowledge/content",                                   NEEDS("knowledge:delete") },
    { PATCH,  "/knowledge/content/{content_id}",                      NEEDS("knowledge:write") },
    { GET,    "/knowledge/content/{content_id}",                      NEEDS("knowledge:read") },
    { DELETE, "/knowledge/content/{content_id}",                      NEEDS("knowledge:delete") },
    { POST,   "/knowledge/content/{content_id}/refresh",              NEEDS("knowledge:write") },
    { GET,    "/knowledge/content/{content_id}/status",               NEEDS("knowledge:read") },
    { POST,   "/knowledge/search",                                    NEEDS("knowledge:read") },
    { GET,    "/knowledge/config",                                    NEEDS("knowledge:read") },
    { GET,    "/traces",                                              NEEDS("traces:read") },
    { GET,    "/traces/{trace_id}",                                   NEEDS("traces:read") },
    { GET,    "/trace_session_stats",                                 NEEDS("traces:read") },
    { POST,   "/traces/search",                                       NEEDS("traces:read") },
    { GET,    "/schedules",                                           NEEDS("schedules:read") },
    { POST,   "/schedules",                                           NEEDS("schedules:write") },
    { GET,    "/schedules/{schedule_id}",                             NEEDS("schedules:read") },
    { PATCH,  "/schedules/{schedule_id}",                             NEEDS("schedules:write") },
    { DELETE, "/schedules/{schedule_id}",                             NEEDS("schedules:delete") },
    { POST,   "/schedules/{schedule_id}/enable",                      NEEDS("schedules:write") },
    { POST,   "/schedules/{schedule_id}/disable",                     NEEDS("schedules:write") },
    { POST,   "/schedules/{schedule_id}/trigger",                     NEEDS("schedules:write") },
    { GET,    "/schedules/{schedule_id}/runs",                        NEEDS("schedules:read") },
    { GET,    "/schedules/{schedule_id}/runs/{run_id}",               NEEDS("schedules:read") },
    { GET,    "/approvals",                                           NEEDS("approvals:read") },
    { GET,    "/approvals/count",                                     NEEDS("approvals:read") },
    { GET,    "/approvals/{approval_id}/status",                      NEEDS("approvals:read") },
    { GET,    "/approvals/{approval_id}",                             NEEDS("approvals:read") },
    { DELETE, "/approvals/{approval_id}",                             NEEDS("approvals:delete") },
    { POST,   "/approvals/{approval_id}/resolve",                     NEEDS("approvals:write") },
    { POST,   "/service-accounts",                                    NEEDS("service_accounts:write") },
    { GET,    "/service-accounts",                                    NEEDS("service_accounts:read") },
    { DELETE, "/service-accounts/{service_account_id}",               NEEDS("service_accounts:delete") },
    { GET,    "/authz/roles",                                         NEEDS("authz:read") },
    { POST,   "/authz/roles",                                         PEOPLE("authz:write") },
    { GET,    "/authz/roles/{slug}",                                  NEEDS("authz:read") },
    { PATCH,  "/authz/roles/{slug}",                                  PEOPLE("authz:write") },
    { DELETE, "/authz/roles/{slug}",                                  PEOPLE("authz:write") },
    { PUT,    "/authz/roles/{slug}/scopes",                           PEOPLE("authz:write") },
    { PATCH,  "/authz/roles/{slug}/scopes",                           PEOPLE("authz:write") },
    { GET,    "/authz/scopes",                                        NEEDS("authz:read") },
    { GET,    "/authz/audit",                                         NEEDS("authz:read") },
    { GET,    "/authz/decisions",                                     NEEDS("authz:read") },
    { GET,    "/authz/subjects/{subject}/roles",                      NEEDS("authz:read") },
    { POST,   "/authz/subjects/{subject}/roles",                      PEOPLE("authz:write") },
    { DELETE, "/authz/subjects/{subject}/roles/{role}",               PEOPLE("authz:write") },
    { GET,    "/users",                                               NEEDS("authz:read") },
    { POST,   "/users",                                               PEOPLE("authz:write") },
    { GET,    "/users/metrics",                                       NEEDS("authz:read") },
    { POST,    "/agents/{agent_id}/sessions/{session_id}/fork",          GATED(NULL, "agents:run") },
    { POST,    "/teams/{team_id}/sessions/{session_id}/fork",            GATED(NULL, "teams:run") },
    { GET,     "/sessions/{session_id}/media/{storage_key}",             NEEDS("sessions:read") },
    { POST,    "/optimize-memories",                                     NEEDS("memories:write") },
    { GET,     "/learnings",                                             NEEDS("learnings:read") },
    { POST,    "/learnings",                                             NEEDS("learnings:write") },
    { GET,     "/learnings/users",                                       NEEDS("learnings:read") },
    { DELETE,  "/learnings/users/{user_id}",                             NEEDS("learnings:delete") },
    { GET,     "/learnings/{learning_id}",                               NEEDS("learnings:read") },
    { PATCH,   "/learnings/{learning_id}",                               NEEDS("learnings:write") },
    { DELETE,  "/learnings/{learning_id}",                               NEEDS("learnings:delete") },
    { POST,    "/knowledge/remote-content",                              NEEDS("knowledge:write") },
    { GET,     "/knowledge/{knowledge_id}/sources",                      NEEDS("knowledge:read") },
    { GET,     "/components",                                            NEEDS("components:read") },
    { POST,    "/components",                                            NEEDS("components:write") },
    { GET,     "/components/{component_id}",                             NEEDS("components:read") },
    { PATCH,   "/components/{component_id}",                             NEEDS("components:write") },
    { DELETE,  "/components/{component_id}",                             NEEDS("components:delete") },
    { POST,    "/components/{component_id}/restore",                     NEEDS("components:delete") },
    { GET,     "/components/{component_id}/configs",                     NEEDS("components:read") },
    { POST,    "/components/{component_id}/configs",                     NEEDS("components:write") },
    { GET,     "/components/{component_id}/configs/current",             NEEDS("components:read") },
    { PATCH,   "/components/{component_id}/configs/{version}",           NEEDS("components:write") },
    { GET,     "/components/{component_id}/configs/{version}",           NEEDS("components:read") },
    { DELETE,  "/components/{component_id}/configs/{version}",           NEEDS("components:delete") },
    { GET,     "/registry",                                              NEEDS("registry:read") },
    { GET,     "/filesystem/files",                                      NEEDS("filesystem:read") },
    { GET,     "/filesystem/entries",                                    NEEDS("filesystem:read") },
    { GET,     "/filesystem/content",                                    NEEDS("filesystem:read") },
    { GET,     "/filesystem/search",                                     NEEDS("filesystem:read") },
    { GET,     "/queue/jobs",                                            ADMINS },
    { GET,     "/queue/jobs/{job_id}",                                   ADMINS },
    { POST,    "/queue/jobs/{job_id}/requeue",                           ADMINS },
    { GET,     "/queue/stats",                                           ADMINS },
    { POST,    "/databases/all/migrate",                                 NEEDS("config:write") },
    { POST,    "/databases/{db_id}/migrate",                             NEEDS("config:write") },
    { POST,    "/mcp",                                                   ANY_TOKEN },
    { GET,     "/mcp/server-card",                                       PUBLIC },
    { POST,    "/mcp/server/tools/{name}/run",                           ANY_TOKEN },
    { GET,    "/users/{user_id}",                                     NEEDS("authz:read") },
    { PATCH,  "/users/{user_id}",                                     PEOPLE("authz:write") },
    { DELETE, "/users/{user_id}",                                     PEOPLE("authz:write") },
};
// clang-format on

static const struct route *row_of(const struct expected *wanted)
{
    for (size_t i = 0; i < agentos_surface.count; i++)
        if (agentos_surface.rows[i].method == wanted->method &&
            strcmp(agentos_surface.rows[i].pattern, wanted->pattern) == 0)
            return &agentos_surface.rows[i];
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_access(const struct access *a, const struct access *b)
{
    return a->kind == b->kind && same_text(a->scope, b->scope) && same_text(a->gate, b->gate) &&
           a->people_only == b->people_only;
}

static void the_contracts_rows_are_there_with_their_scopes(void **state)
{
    (void)state;
    for (EACH(contract, wanted)) {
        const struct route *row = row_of(wanted);

        if (row == NULL || !same_access(&row->access, &wanted->access))
            fail_msg("%s %s: not there, or another access", method_name(wanted->method),
                     wanted->pattern);
    }
}

/* A pattern as a path: each {name} is "x1". */
static const char *example_path(const char *pattern, arena *a)
{
    AUTO_BUF path = buf_with_limit(1024);
    str rest = str_of(pattern + 1);

    if (rest.len == 0)
        return "/";
    while (rest.len > 0) {
        str segment = str_split(&rest, '/');

        buf_append_char(&path, '/');
        buf_append(&path, str_starts(segment, STR("{")) ? STR("x1") : segment);
    }
    return arena_copy(a, buf_view(&path));
}

static void every_row_is_found_by_its_own_path(void **state)
{
    arena *a = arena_new();

    (void)state;
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const struct route *row = NULL;
        struct params params;

        assert_int_equal(route_find(&agentos_surface, agentos_surface.rows[i].method,
                                    str_of(example_path(agentos_surface.rows[i].pattern, a)),
                                    &params, &row),
                         MATCH_FOUND);
        if (row != NULL && row != &agentos_surface.rows[i])
            fail_msg("%s %s is hidden by %s", method_name(agentos_surface.rows[i].method),
                     agentos_surface.rows[i].pattern, row->pattern);
    }
    arena_free(a);
}

static void paths_find_their_rows(void **state)
{
    static const struct {
        enum method method;
        const char *path;
        enum match match;
        const char *pattern; /* of the row found, or of the first row of the path */
        enum method allowed; /* for MATCH_OTHER_METHOD: what the Allow header says */
    } cases[] = {
        { GET, "/", MATCH_FOUND, "/", 0 },
        { GET, "/metrics/refresh/status", MATCH_FOUND, "/metrics/refresh/status", 0 },
        { GET, "/users/metrics", MATCH_FOUND, "/users/metrics", 0 },
        { GET, "/users/metric", MATCH_FOUND, "/users/{user_id}", 0 },
        { GET, "/traces/filter-schema", MATCH_FOUND, "/traces/filter-schema", 0 },
        { GET, "/traces/t1", MATCH_FOUND, "/traces/{trace_id}", 0 },
        { POST, "/traces/search", MATCH_FOUND, "/traces/search", 0 },
        { GET, "/approvals/count", MATCH_FOUND, "/approvals/count", 0 },
        { GET, "/approvals/a1/status", MATCH_FOUND, "/approvals/{approval_id}/status", 0 },
        { GET, "/workflows/ws", MATCH_FOUND, "/workflows/ws", 0 },
        { GET, "/workflows/w1", MATCH_FOUND, "/workflows/{workflow_id}", 0 },
        { GET, "/knowledge/config", MATCH_FOUND, "/knowledge/config", 0 },
        { POST, "/agents/a/runs/r/cancel", MATCH_FOUND, "/agents/{agent_id}/runs/{run_id}/cancel",
          0 },
        { PUT, "/agents/a/runs", MATCH_OTHER_METHOD, "/agents/{agent_id}/runs", POST },
        { PATCH, "/sessions", MATCH_OTHER_METHOD, "/sessions", GET },
        { POST, "/health", MATCH_OTHER_METHOD, "/health", GET },
        { HEAD, "/health", MATCH_FOUND, "/health", 0 },
        { HEAD, "/agents/a", MATCH_FOUND, "/agents/{agent_id}", 0 },
        { HEAD, "/agents/a/runs/r/cancel", MATCH_OTHER_METHOD,
          "/agents/{agent_id}/runs/{run_id}/cancel", POST },
        { HEAD, "/nothing", MATCH_NONE, NULL, 0 },
        { METHOD_OTHER, "/agents", MATCH_OTHER_METHOD, "/agents", GET },
        { POST, "/memories/m", MATCH_OTHER_METHOD, "/memories/{memory_id}", DELETE },
        { GET, "/agents//runs", MATCH_NONE, NULL, 0 },
        { GET, "/agents/a/runs/", MATCH_NONE, NULL, 0 }, /* stripped before it comes here */
        { GET, "/Agents", MATCH_NONE, NULL, 0 },
        { GET, "/agents/a/b/c/d", MATCH_NONE, NULL, 0 },
        { GET, "/nothing", MATCH_NONE, NULL, 0 },
        { GET, "", MATCH_NONE, NULL, 0 },
    };

    (void)state;
    for (EACH(cases, c)) {
        const struct route *row = NULL;
        struct params params;

        assert_int_equal(route_find(&agentos_surface, c->method, str_of(c->path), &params, &row),
                         c->match);
        assert_int_equal(row == NULL, c->match == MATCH_NONE);
        if (row == NULL)
            continue;
        assert_string_equal(row->pattern, c->pattern);
        if (c->match == MATCH_OTHER_METHOD)
            assert_int_equal(row->method, c->allowed);
    }
}

static void the_resource_is_the_component_in_the_path(void **state)
{
    static const struct {
        const char *path;
        str id;
    } cases[] = {
        { "/agents/alpha", STR_INIT("alpha") },
        { "/agents/alpha/runs/r1", STR_INIT("alpha") },
        { "/teams/t1", STR_INIT("t1") },
        { "/workflows/w1", STR_INIT("w1") },
        { "/sessions/s1", STR_INIT("") },
        { "/sessions/s1/runs/r1", STR_INIT("") },
        { "/agents", STR_INIT("") },
        { "/users/u1", STR_INIT("") },
    };

    (void)state;
    for (EACH(cases, c)) {
        const struct route *row = NULL;
        struct params params;

        assert_int_equal(route_find(&agentos_surface, GET, str_of(c->path), &params, &row),
                         MATCH_FOUND);
        assert_text(route_resource_id(&params), c->id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_states_its_access),
        cmocka_unit_test(whoever_changes_authorization_is_a_person),
        cmocka_unit_test(every_scope_is_one),
        cmocka_unit_test(no_route_stands_twice),
        cmocka_unit_test(the_contracts_rows_are_there_with_their_scopes),
        cmocka_unit_test(every_row_is_found_by_its_own_path),
        cmocka_unit_test(paths_find_their_rows),
        cmocka_unit_test(the_resource_is_the_component_in_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
