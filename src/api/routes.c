/* The route table, in the order of the contract. The first row that matches a path answers. */
#include "api/routes.h"

#include "api/accounts/service_account_view.h"
#include "api/agent_view.h"
#include "api/runs/run_view.h"
#include "api/sessions/session_view.h"
#include "base/mem.h"
#include "run/event_view.h"
#include "web/pages.h"

// clang-format off
/* The handler reads this input itself; the table describes it in /openapi.json. */
#define FORM(table)  .body = BODY_FORM, .input = &(const struct input){ .form = (table) }
#define QUERY(table) .input = &(const struct input){ .query = (table) }
#define JSON(table)  .body = BODY_JSON, .input = &(const struct input){ .json = (table) }
/* This input is read before the handler is called. */
#define INPUT(name)      .input = &(name)
#define JSON_INPUT(name) .body = BODY_JSON, .input = &(name)
#define AGENT            .target = agent_of_call
#define ACCOUNTS         .available = service_accounts_available
/* The answer of a successful request. */
#define OBJECT(shape_)   .shows = { .shape = &(shape_) }
#define LIST(shape_)     .shows = { .shape = &(shape_), .is_list = true }
#define PAGE(shape_)     .shows = { .shape = &(shape_), .is_page = true }
#define EMPTY_LIST       .shows = { .is_list = true }
#define DOCUMENT         .shows = { .is_document = true }
#define TEXT(type)       .shows = { .media_type = (type) }
#define OBJECT_OR_STREAM(shape_, event_) \
    .shows = { .shape = &(shape_), .media_type = "text/event-stream", .event = &(event_) }
#define FAILS(...)       .failures = (const int[]){ __VA_ARGS__, 0 }

static const struct member no_members[] = { MEMBERS_END };
static const struct shape empty_shape = { .parts = { no_members } };

static const struct route rows[] = {
    /* method  pattern                                       access                                  answer            tag, summary */
    { GET,    "/",                                          PUBLIC,                                 root_get,         "Core", "What this is, and where to look next", .returns = "name, id, version, and where health, info and docs are", .id = "get_root", OBJECT(root_shape) },
    { GET,    "/health",                                    PUBLIC,                                 health_get,       "Core", "Alive, and since when", .returns = "status and instantiated_at", .id = "health_check", OBJECT(health_shape) },
    { GET,    "/info",                                      PUBLIC,                                 info_get,         "Core", "Id, versions, counts and authentication mode", .returns = "os_id, name, versions, counts, auth_mode and user_isolation", .id = "get_info", OBJECT(info_shape) },
    { GET,    "/openapi.json",                              PUBLIC,                                 openapi_get,      "Core", "This description", .returns = "OpenAPI 3.1", .id = "get_openapi", DOCUMENT },
    { GET,    "/-/metrics",                                 GATED("telemetry:read", "telemetry:read"), metrics_get,      "Core", "Counters of this process, as Prometheus reads them", .returns = "Prometheus text", .id = "get_process_metrics", TEXT("text/plain") },
    { GET,    "/-/ready",                                   PUBLIC,                                 ready_get,        "Core", "Whether it takes requests: 503 while it starts, drains, or cannot write its database", .returns = "status", .id = "get_readiness", OBJECT(ready_shape), FAILS(503) },
    { GET,    "/docs",                                      PUBLIC,                                 docs_get,         "Core", "The description for people", .returns = "an HTML page", .id = "get_docs", TEXT("text/html") },
    { GET,    "/redoc",                                     PUBLIC,                                 redoc_get,        "Core", "The description for people", .returns = "an HTML page", .id = "get_redoc", TEXT("text/html") },
    { GET,    "/docs/oauth2-redirect",                      PUBLIC,                                 oauth2_redirect_get, "Core", "Where a sign-in from /docs returns to", .returns = "an HTML page", .id = "get_oauth2_redirect", TEXT("text/html") },
    { GET,    "/config",                                    NEEDS("config:read"),                   config_get,       "Core", "What this AgentOS serves, as the caller may see it", .returns = "os_id, databases, a member for each domain, and the agents the caller may read", .id = "get_config", OBJECT(config_shape) },
    { GET,    "/models",                                    NEEDS("config:read"),                   models_get,       "Core", "The models in use", .returns = "a list of {id, provider}", .id = "get_models", LIST(model_summary_shape) },

    { POST,   "/agents/{agent_id}/runs",                    GATED("agents:run", "agents:run"),      runs_create,      "Agents", "Run an agent", FORM(run_form), .returns = "a stream of events; with stream=false the run", .id = "create_agent_run", OBJECT_OR_STREAM(run_reply_shape, run_event_shape), FAILS(501) },
    { GET,    "/agents/{agent_id}/runs",                    GATED("agents:read", "agents:run"),     runs_list,        "Agents", "The runs of a session", INPUT(run_list_input), AGENT, .returns = "a list of runs, oldest first", .id = "list_agent_runs", LIST(session_run_shape), FAILS(413) },
    { POST,   "/agents/{agent_id}/runs/{run_id}/cancel",    GATED("agents:run", "agents:run"),      runs_cancel,      "Agents", "Cancel a run", QUERY(run_cancel_query), .returns = "{}", .id = "cancel_agent_run", OBJECT(empty_shape) },
    { POST,   "/agents/{agent_id}/runs/{run_id}/continue",  GATED("agents:run", "agents:run"),      NULL,             "Agents", "Continue a paused run" },
    { GET,    "/agents",                                    FILTERS("agents:read"),                 agents_list,      "Agents", "The agents the caller may see", .returns = "a list of agents", .id = "get_agents", LIST(agent_shape) },
    { GET,    "/agents/{agent_id}",                         GATED("agents:read", "agents:read"),    agents_get,       "Agents", "One agent", AGENT, .returns = "the agent", .id = "get_agent", OBJECT(agent_shape) },
    { GET,    "/agents/{agent_id}/runs/{run_id}",           GATED("agents:read", "agents:run"),     runs_get,         "Agents", "One run", INPUT(run_get_input), AGENT, .returns = "the run", .id = "get_agent_run", OBJECT(run_stored_shape), FAILS(413) },
    { POST,   "/agents/{agent_id}/runs/{run_id}/resume",    GATED(NULL, "agents:run"),              NULL,             "Agents", "Follow a run again" },
    { POST,   "/agents/{agent_id}/sessions/{session_id}/fork", GATED(NULL, "agents:run"),           NULL,             "Agents", "Fork a session" },
    { POST,    "/agents/{agent_id}/sessions/{session_id}/compact",GATED(NULL, "agents:run"),      NULL,             "Agents", "Compact a session" },
    { GET,     "/agents/{agent_id}/runs/{run_id}/checkpoints", GATED("agents:read", "agents:run"),NULL,             "Agents", "The checkpoints of a run" },
    { GET,     "/agents/{agent_id}/runs/{run_id}/checkpoints/{message_index}",GATED("agents:read", "agents:run"),NULL,             "Agents", "One checkpoint of a run" },

    { POST,   "/teams/{team_id}/runs",                      GATED("teams:run", "teams:run"),        NULL,             "Teams", "Run a team" },
    { GET,    "/teams/{team_id}/runs",                      GATED("teams:read", "teams:run"),       NULL,             "Teams", "The runs of a session" },
    { POST,   "/teams/{team_id}/runs/{run_id}/cancel",      GATED("teams:run", "teams:run"),        NULL,             "Teams", "Cancel a run" },
    { POST,   "/teams/{team_id}/runs/{run_id}/resume",      GATED(NULL, "teams:run"),               NULL,             "Teams", "Follow a run again" },
    { POST,   "/teams/{team_id}/runs/{run_id}/continue",    GATED("teams:run", "teams:run"),        NULL,             "Teams", "Continue a paused run" },
    { GET,    "/teams",                                     FILTERS("teams:read"),                  empty_list_get,   "Teams", "The teams the caller may see", .returns = "an empty list", .id = "get_teams", EMPTY_LIST },
    { GET,    "/teams/{team_id}",                           GATED("teams:read", "teams:read"),      NULL,             "Teams", "One team" },
    { GET,    "/teams/{team_id}/runs/{run_id}",             GATED("teams:read", "teams:run"),       NULL,             "Teams", "One run" },
    { POST,    "/teams/{team_id}/sessions/{session_id}/fork",  GATED(NULL, "teams:run"),       NULL,             "Teams", "Fork a session" },
    { GET,     "/teams/{team_id}/runs/{run_id}/checkpoints",   GATED("teams:read", "teams:run"),NULL,             "Teams", "The checkpoints of a run" },
    { GET,     "/teams/{team_id}/runs/{run_id}/checkpoints/{message_index}",GATED("teams:read", "teams:run"),NULL,             "Teams", "One checkpoint of a run" },

    { GET,    "/workflows/ws",                              NEEDS("workflows:run"),                 NULL,             "Workflows", "Workflows over a WebSocket" },
    { GET,    "/workflows",                                 FILTERS("workflows:read"),              empty_list_get,   "Workflows", "The workflows the caller may see", .returns = "an empty list", .id = "get_workflows", EMPTY_LIST },
    { GET,    "/workflows/{workflow_id}",                   GATED("workflows:read", "workflows:read"), NULL,          "Workflows", "One workflow" },
    { POST,   "/workflows/{workflow_id}/runs",              GATED("workflows:run", "workflows:run"), NULL,            "Workflows", "Run a workflow" },
    { GET,    "/workflows/{workflow_id}/runs",              GATED("workflows:read", "workflows:run"), NULL,           "Workflows", "The runs of a session" },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/continue", GATED("workflows:run", "workflows:run"), NULL,       "Workflows", "Continue a paused run" },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/cancel", GATED("workflows:run", "workflows:run"), NULL,         "Workflows", "Cancel a run" },
    { POST,   "/workflows/{workflow_id}/runs/{run_id}/resume", GATED(NULL, "workflows:run"),        NULL,             "Workflows", "Follow a run again" },
    { GET,    "/workflows/{workflow_id}/runs/{run_id}",     GATED("workflows:read", "workflows:run"), NULL,           "Workflows", "One run" },

    { GET,    "/sessions",                                  NEEDS("sessions:read"),                 sessions_list,    "Sessions", "Sessions, newest first", INPUT(session_list_input), .returns = "{data, meta}: sessions, and page, limit, total_pages, total_count", .id = "get_sessions", PAGE(session_item_shape), FAILS(413) },
    { POST,   "/sessions",                                  NEEDS("sessions:write"),                sessions_create,  "Sessions", "Create a session", JSON_INPUT(session_create_input), .success = 201, .returns = "the session", .id = "create_session", OBJECT(session_detail_shape), FAILS(409) },
    { DELETE, "/sessions",                                  NEEDS("sessions:delete"),               sessions_delete_many, "Sessions", "Delete sessions", JSON_INPUT(session_delete_many_input), .success = 204, .returns = "nothing, whether there was one or not", .id = "delete_sessions" },
    { GET,    "/sessions/{session_id}",                     NEEDS("sessions:read"),                 sessions_get,     "Sessions", "One session with its chat history", INPUT(session_get_input), .returns = "the session with chat_history", .id = "get_session_by_id", OBJECT(session_detail_shape), FAILS(413) },
    { DELETE, "/sessions/{session_id}",                     NEEDS("sessions:delete"),               sessions_delete,  "Sessions", "Delete a session", INPUT(session_delete_input), .success = 204, .returns = "nothing, whether there was one or not", .id = "delete_session" },
    { PATCH,  "/sessions/{session_id}",                     NEEDS("sessions:write"),                sessions_change,   "Sessions", "Change a session", JSON_INPUT(session_patch_input), .returns = "the session", .id = "update_session", OBJECT(session_detail_shape) },
    { GET,    "/sessions/{session_id}/runs",                NEEDS("sessions:read"),                 sessions_runs,    "Sessions", "The runs of a session", INPUT(session_runs_input), .returns = "a list of runs, oldest first", .id = "get_session_runs", LIST(session_run_shape), FAILS(413) },
    { GET,    "/sessions/{session_id}/run-previews",        NEEDS("sessions:read"),                 sessions_previews, "Sessions", "The runs of a session, in short", INPUT(session_runs_input), .returns = "a list of runs in short, oldest first", .id = "get_session_run_previews", LIST(run_preview_shape), FAILS(413) },
    { GET,    "/sessions/{session_id}/runs/{run_id}",       NEEDS("sessions:read"),                 sessions_run,     "Sessions", "One run of a session", INPUT(session_get_input), .returns = "the run", .id = "get_session_run", OBJECT(session_run_shape), FAILS(413) },
    { POST,   "/sessions/{session_id}/rename",              NEEDS("sessions:write"),                sessions_change,  "Sessions", "Rename a session", JSON_INPUT(session_rename_input), .returns = "the session", .id = "rename_session", OBJECT(session_detail_shape) },
    { GET,     "/sessions/{session_id}/media/{storage_key}",   NEEDS("sessions:read"),         NULL,             "Sessions", "A file of a session" },

    { POST,   "/memories",                                  NEEDS("memories:write"),                NULL,             "Memories", "Create a memory" },
    { DELETE, "/memories",                                  NEEDS("memories:delete"),               NULL,             "Memories", "Delete memories" },
    { GET,    "/memories",                                  NEEDS("memories:read"),                 NULL,             "Memories", "Memories" },
    { DELETE, "/memories/{memory_id}",                      NEEDS("memories:delete"),               NULL,             "Memories", "Delete a memory" },
    { GET,    "/memories/{memory_id}",                      NEEDS("memories:read"),                 NULL,             "Memories", "One memory" },
    { PATCH,  "/memories/{memory_id}",                      NEEDS("memories:write"),                NULL,             "Memories", "Change a memory" },
    { GET,    "/memory_topics",                             NEEDS("memories:read"),                 NULL,             "Memories", "Topics of memories" },
    { GET,    "/user_memory_stats",                         NEEDS("memories:read"),                 NULL,             "Memories", "Memories by user" },
    { POST,    "/optimize-memories",                           NEEDS("memories:write"),        NULL,             "Memories", "Shorten the memories of a user" },

    { GET,     "/learnings",                                   NEEDS("learnings:read"),        NULL,             "Learnings", "Learnings" },
    { POST,    "/learnings",                                   NEEDS("learnings:write"),       NULL,             "Learnings", "Create a learning" },
    { GET,     "/learnings/users",                             NEEDS("learnings:read"),        NULL,             "Learnings", "Users who have learnings" },
    { DELETE,  "/learnings/users/{user_id}",                   NEEDS("learnings:delete"),      NULL,             "Learnings", "Delete the learnings of a user" },
    { GET,     "/learnings/{learning_id}",                     NEEDS("learnings:read"),        NULL,             "Learnings", "One learning" },
    { PATCH,   "/learnings/{learning_id}",                     NEEDS("learnings:write"),       NULL,             "Learnings", "Change a learning" },
    { DELETE,  "/learnings/{learning_id}",                     NEEDS("learnings:delete"),      NULL,             "Learnings", "Delete a learning" },

    { GET,    "/eval-runs",                                 NEEDS("evals:read"),                    NULL,             "Evals", "Evaluation runs" },
    { DELETE, "/eval-runs",                                 NEEDS("evals:delete"),                  NULL,             "Evals", "Delete evaluation runs" },
    { POST,   "/eval-runs",                                 NEEDS("evals:write"),                   NULL,             "Evals", "Run an evaluation" },
    { GET,    "/eval-runs/{eval_run_id}",                   NEEDS("evals:read"),                    NULL,             "Evals", "One evaluation run" },
    { PATCH,  "/eval-runs/{eval_run_id}",                   NEEDS("evals:write"),                   NULL,             "Evals", "Rename an evaluation run" },

    { GET,    "/metrics",                                   NEEDS("metrics:read"),                  NULL,             "Metrics", "Usage by day" },
    { POST,   "/metrics/refresh",                           NEEDS("metrics:write"),                 NULL,             "Metrics", "Count again" },
    { GET,    "/metrics/refresh/status",                    NEEDS("metrics:read"),                  NULL,             "Metrics", "How the count stands" },

    { POST,   "/knowledge/content",                         NEEDS("knowledge:write"),               NULL,             "Knowledge", "Add content" },
    { GET,    "/knowledge/content",                         NEEDS("knowledge:read"),                NULL,             "Knowledge", "Contents" },
    { DELETE, "/knowledge/content",                         NEEDS("knowledge:delete"),              NULL,             "Knowledge", "Delete all contents" },
    { PATCH,  "/knowledge/content/{content_id}",            NEEDS("knowledge:write"),               NULL,             "Knowledge", "Change content" },
    { GET,    "/knowledge/content/{content_id}",            NEEDS("knowledge:read"),                NULL,             "Knowledge", "One content" },
    { DELETE, "/knowledge/content/{content_id}",            NEEDS("knowledge:delete"),              NULL,             "Knowledge", "Delete content" },
    { POST,   "/knowledge/content/{content_id}/refresh",    NEEDS("knowledge:write"),               NULL,             "Knowledge", "Read content again" },
    { GET,    "/knowledge/content/{content_id}/status",     NEEDS("knowledge:read"),                NULL,             "Knowledge", "How content stands" },
    { POST,   "/knowledge/search",                          NEEDS("knowledge:read"),                NULL,             "Knowledge", "Search" },
    { GET,    "/knowledge/config",                          NEEDS("knowledge:read"),                NULL,             "Knowledge", "Readers and chunkers" },
    { POST,    "/knowledge/remote-content",                    NEEDS("knowledge:write"),       NULL,             "Knowledge", "Add content from a source" },
    { GET,     "/knowledge/{knowledge_id}/sources",            NEEDS("knowledge:read"),        NULL,             "Knowledge", "The sources of content" },
    { GET,     "/knowledge/{knowledge_id}/sources/{source_id}/files",NEEDS("knowledge:read"),        NULL,             "Knowledge", "The files of a source" },

    { GET,    "/traces",                                    NEEDS("traces:read"),                   NULL,             "Traces", "Traces" },
    { GET,    "/traces/filter-schema",                      NEEDS("traces:read"),                   NULL,             "Traces", "What traces can be filtered by" },
    { GET,    "/traces/{trace_id}",                         NEEDS("traces:read"),                   NULL,             "Traces", "One trace" },
    { GET,    "/trace_session_stats",                       NEEDS("traces:read"),                   NULL,             "Traces", "Traces by session" },
    { POST,   "/traces/search",                             NEEDS("traces:read"),                   NULL,             "Traces", "Search traces" },

    { GET,    "/schedules",                                 NEEDS("schedules:read"),                NULL,             "Schedules", "Schedules" },
    { POST,   "/schedules",                                 NEEDS("schedules:write"),               NULL,             "Schedules", "Create a schedule" },
    { GET,    "/schedules/{schedule_id}",                   NEEDS("schedules:read"),                NULL,             "Schedules", "One schedule" },
    { PATCH,  "/schedules/{schedule_id}",                   NEEDS("schedules:write"),               NULL,             "Schedules", "Change a schedule" },
    { DELETE, "/schedules/{schedule_id}",                   NEEDS("schedules:delete"),              NULL,             "Schedules", "Delete a schedule" },
    { POST,   "/schedules/{schedule_id}/enable",            NEEDS("schedules:write"),               NULL,             "Schedules", "Enable a schedule" },
    { POST,   "/schedules/{schedule_id}/disable",           NEEDS("schedules:write"),               NULL,             "Schedules", "Disable a schedule" },
    { POST,   "/schedules/{schedule_id}/trigger",           NEEDS("schedules:write"),               NULL,             "Schedules", "Run a schedule now" },
    { GET,    "/schedules/{schedule_id}/runs",              NEEDS("schedules:read"),                NULL,             "Schedules", "The runs of a schedule" },
    { GET,    "/schedules/{schedule_id}/runs/{run_id}",     NEEDS("schedules:read"),                NULL,             "Schedules", "One run of a schedule" },

    { GET,    "/approvals",                                 NEEDS("approvals:read"),                NULL,             "Approvals", "Approvals" },
    { GET,    "/approvals/count",                           NEEDS("approvals:read"),                NULL,             "Approvals", "How many wait" },
    { GET,    "/approvals/{approval_id}/status",            NEEDS("approvals:read"),                NULL,             "Approvals", "How an approval stands" },
    { GET,    "/approvals/{approval_id}",                   NEEDS("approvals:read"),                NULL,             "Approvals", "One approval" },
    { DELETE, "/approvals/{approval_id}",                   NEEDS("approvals:delete"),              NULL,             "Approvals", "Delete an approval" },
    { POST,   "/approvals/{approval_id}/resolve",           NEEDS("approvals:write"),               NULL,             "Approvals", "Approve or reject" },

    { GET,     "/components",                                  NEEDS("components:read"),       NULL,             "Components", "Stored components" },
    { POST,    "/components",                                  NEEDS("components:write"),      NULL,             "Components", "Create a component" },
    { GET,     "/components/{component_id}",                   NEEDS("components:read"),       NULL,             "Components", "One component" },
    { PATCH,   "/components/{component_id}",                   NEEDS("components:write"),      NULL,             "Components", "Change a component" },
    { DELETE,  "/components/{component_id}",                   NEEDS("components:delete"),     NULL,             "Components", "Delete a component" },
    { POST,    "/components/{component_id}/restore",           NEEDS("components:delete"),     NULL,             "Components", "Restore a deleted component" },
    { GET,     "/components/{component_id}/configs",           NEEDS("components:read"),       NULL,             "Components", "The versions of a component" },
    { POST,    "/components/{component_id}/configs",           NEEDS("components:write"),      NULL,             "Components", "Create a version" },
    { GET,     "/components/{component_id}/configs/current",   NEEDS("components:read"),       NULL,             "Components", "The current version" },
    { PATCH,   "/components/{component_id}/configs/{version}", NEEDS("components:write"),      NULL,             "Components", "Change a version" },
    { GET,     "/components/{component_id}/configs/{version}", NEEDS("components:read"),       NULL,             "Components", "One version" },
    { DELETE,  "/components/{component_id}/configs/{version}", NEEDS("components:delete"),     NULL,             "Components", "Delete a version" },
    { POST,    "/components/{component_id}/configs/{version}/set-current",NEEDS("components:write"),      NULL,             "Components", "Make a version the current one" },
    { GET,     "/registry",                                    NEEDS("registry:read"),         NULL,             "Components", "What components can be made of" },

    { GET,     "/filesystem/files",                            NEEDS("filesystem:read"),       NULL,             "Filesystem", "Files" },
    { GET,     "/filesystem/entries",                          NEEDS("filesystem:read"),       NULL,             "Filesystem", "The entries of a folder" },
    { GET,     "/filesystem/content",                          NEEDS("filesystem:read"),       NULL,             "Filesystem", "The content of a file" },
    { GET,     "/filesystem/search",                           NEEDS("filesystem:read"),       NULL,             "Filesystem", "Search files" },

    { GET,     "/queue/jobs",                                  ADMINS,                         NULL,             "Queue", "Jobs" },
    { GET,     "/queue/jobs/{job_id}",                         ADMINS,                         NULL,             "Queue", "One job" },
    { POST,    "/queue/jobs/{job_id}/requeue",                 ADMINS,                         NULL,             "Queue", "Queue a job again" },
    { GET,     "/queue/stats",                                 ADMINS,                         NULL,             "Queue", "Counts of jobs" },

    { POST,    "/databases/all/migrate",                       NEEDS("config:write"),          NULL,             "Databases", "Migrate all databases" },
    { POST,    "/databases/{db_id}/migrate",                   NEEDS("config:write"),          NULL,             "Databases", "Migrate one database" },

    { POST,    "/mcp",                                         ANY_TOKEN,                      NULL,             "MCP", "The Model Context Protocol" },
    { GET,     "/mcp/server-card",                             PUBLIC,                         NULL,             "MCP", "What the MCP server offers" },
    { POST,    "/mcp/server/tools/{name}/run",                 ANY_TOKEN,                      NULL,             "MCP", "Run a tool of the MCP server" },

    { POST,   "/service-accounts",                          NEEDS("service_accounts:write"),        service_accounts_create, "Service accounts", "Create a service account, and its token", JSON_INPUT(service_account_create_input), ACCOUNTS, .success = 201, .returns = "the account, and this once its token", .id = "create_service_account", OBJECT(new_service_account_shape), FAILS(401, 409) },
    { GET,    "/service-accounts",                          NEEDS("service_accounts:read"),         service_accounts_list, "Service accounts", "Service accounts, without their tokens", INPUT(service_account_list_input), ACCOUNTS, .returns = "{data, meta}: accounts without their tokens, and page, limit, total_pages, total_count", .id = "list_service_accounts", PAGE(service_account_shape) },
    { DELETE, "/service-accounts/{service_account_id}",     NEEDS("service_accounts:delete"),       service_accounts_revoke, "Service accounts", "Revoke a service account", INPUT(service_account_revoke_input), ACCOUNTS, .success = 204, .returns = "nothing, whether it was active or not", .id = "revoke_service_account" },

    { GET,    "/authz/roles",                               NEEDS("authz:read"),                    NULL,             "Authorization", "Roles" },
    { POST,   "/authz/roles",                               PEOPLE("authz:write"),                  NULL,             "Authorization", "Create a role" },
    { GET,    "/authz/roles/{slug}",                        NEEDS("authz:read"),                    NULL,             "Authorization", "One role" },
    { PATCH,  "/authz/roles/{slug}",                        PEOPLE("authz:write"),                  NULL,             "Authorization", "Change a role" },
    { DELETE, "/authz/roles/{slug}",                        PEOPLE("authz:write"),                  NULL,             "Authorization", "Delete a role" },
    { PUT,    "/authz/roles/{slug}/scopes",                 PEOPLE("authz:write"),                  NULL,             "Authorization", "Replace the scopes of a role" },
    { PATCH,  "/authz/roles/{slug}/scopes",                 PEOPLE("authz:write"),                  NULL,             "Authorization", "Change the scopes of a role" },
    { GET,    "/authz/scopes",                              NEEDS("authz:read"),                    NULL,             "Authorization", "All scopes" },
    { POST,   "/authz/explain",                             NEEDS("authz:read"),                    authz_explain,    "Authorization", "Why a request would be allowed or refused", JSON(authz_explain_fields), .returns = "allowed, status, detail, each step, and advice", .id = "explain_decision", OBJECT(explanation_shape) },
    { GET,    "/authz/whoami",                              ANY_TOKEN,                              authz_whoami,     "Authorization", "Who the caller is", .returns = "kind, issuer, user_id, session_id, tenant, scopes, roles, is_admin and expires_at", .id = "get_caller", OBJECT(caller_shape) },
    { GET,    "/authz/audit",                               NEEDS("authz:read"),                    audit_list,     "Authorization", "Who was refused, and what was changed by whom", INPUT(audit_list_input), .returns = "{data, meta}: rows of created_at, actor, action, target, before and after", .id = "list_audit", PAGE(audit_row_shape) },
    { GET,    "/authz/decisions",                           NEEDS("authz:read"),                    NULL,             "Authorization", "What was decided" },
    { GET,    "/authz/subjects/{subject}/roles",            NEEDS("authz:read"),                    NULL,             "Authorization", "The role of a subject" },
    { POST,   "/authz/subjects/{subject}/roles",            PEOPLE("authz:write"),                  NULL,             "Authorization", "Assign a role" },
    { DELETE, "/authz/subjects/{subject}/roles/{role}",     PEOPLE("authz:write"),                  NULL,             "Authorization", "Take a role away" },

    { GET,    "/users",                                     NEEDS("authz:read"),                    NULL,             "Users", "Users" },
    { POST,   "/users",                                     PEOPLE("authz:write"),                  NULL,             "Users", "Create a user" },
    { GET,    "/users/metrics",                             NEEDS("authz:read"),                    NULL,             "Users", "Counts of users" },
    { GET,    "/users/{user_id}",                           NEEDS("authz:read"),                    NULL,             "Users", "One user" },
    { PATCH,  "/users/{user_id}",                           PEOPLE("authz:write"),                  NULL,             "Users", "Change a user" },
    { DELETE, "/users/{user_id}",                           PEOPLE("authz:write"),                  NULL,             "Users", "Delete a user" },
};
// clang-format on

static const struct absent_feature absent[] = {
    { "A2A", "the Agent2Agent interface, /a2a/..." },
    { "AG-UI", "the interface of AG-UI, /agui and /status" },
    { "Chat interfaces", "Slack, WhatsApp, Telegram and others" },
    { "PostgreSQL", "a database other than SQLite" },
};

const struct surface agentos_surface = { .name = "agentos",
                                         .rows = rows,
                                         .count = COUNT(rows),
                                         .absent = absent,
                                         .absent_count = COUNT(absent) };
