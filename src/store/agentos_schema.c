/* The schema of an AgentOS database, one step per version. */
#include "store/agentos_schema.h"

#include "base/mem.h"
#include "store/convert_runs.h"
#include "store/schema.h"
#include "store/session_sweep.h"

/* Long columns come last: SQLite reads a row only up to the last column that a query names. */
static const char step_1[] =
    "CREATE TABLE settings ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE sessions ("
    "  id INTEGER PRIMARY KEY,"
    "  session_id TEXT NOT NULL UNIQUE,"
    "  type TEXT NOT NULL CHECK (type IN ('agent', 'team', 'workflow')),"
    "  component_id TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"               /* '' for plain tokens */
    "  user_id TEXT CHECK (user_id <> '')," /* null: owned by nobody */
    "  created_at INTEGER NOT NULL,"
    "  updated_at INTEGER NOT NULL,"
    "  run_count INTEGER NOT NULL DEFAULT 0,"
    "  input_tokens INTEGER NOT NULL DEFAULT 0,"
    "  output_tokens INTEGER NOT NULL DEFAULT 0,"
    "  total_tokens INTEGER NOT NULL DEFAULT 0,"
    "  session_name TEXT,"
    "  first_input TEXT,"
    "  summary TEXT,"
    "  component_data TEXT,"
    "  metadata TEXT,"
    "  session_state TEXT"
    ") STRICT;"
    "CREATE INDEX sessions_by_created ON sessions (created_at);"
    "CREATE INDEX sessions_by_updated ON sessions (updated_at);"
    "CREATE INDEX sessions_of_user_by_created ON sessions (user_id, issuer, created_at);"
    "CREATE INDEX sessions_of_user_by_updated ON sessions (user_id, issuer, updated_at);"

    "CREATE TABLE session_models ("
    "  id INTEGER PRIMARY KEY,"
    "  session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,"
    "  model_id TEXT NOT NULL,"
    "  provider TEXT NOT NULL,"
    "  input_tokens INTEGER NOT NULL,"
    "  output_tokens INTEGER NOT NULL,"
    "  total_tokens INTEGER NOT NULL,"
    "  UNIQUE (session_id, model_id, provider)"
    ") STRICT;"

    "CREATE TABLE runs ("
    "  id INTEGER PRIMARY KEY,"
    "  run_id TEXT NOT NULL UNIQUE,"
    "  session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,"
    "  parent_run_id TEXT,"
    "  type TEXT NOT NULL CHECK (type IN ('agent', 'team', 'workflow')),"
    "  component_id TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"
    "  user_id TEXT CHECK (user_id <> ''),"
    "  status TEXT NOT NULL,"
    "  created_at INTEGER NOT NULL,"
    "  model_id TEXT,"
    "  model_provider TEXT,"
    "  input_tokens INTEGER NOT NULL,"
    "  output_tokens INTEGER NOT NULL,"
    "  total_tokens INTEGER NOT NULL,"
    "  input TEXT,"
    "  content TEXT,"
    "  session_state TEXT,"
    "  object TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX runs_of_session ON runs (session_id);"; /* and by id, in the order of arrival */

/* The audit log, chained by audit/audit.h; audit_head is the end of the chain. */
static const char step_2[] = "CREATE TABLE audit ("
                             "  id INTEGER PRIMARY KEY," /* without gaps */
                             "  created_at INTEGER NOT NULL,"
                             "  actor TEXT," /* null: unknown */
                             "  action TEXT NOT NULL,"
                             "  target TEXT NOT NULL,"
                             "  before TEXT,"
                             "  after TEXT,"
                             "  mac TEXT NOT NULL"
                             ") STRICT;"
                             "CREATE TABLE audit_head ("
                             "  id INTEGER PRIMARY KEY CHECK (id = 1),"
                             "  last INTEGER NOT NULL,"
                             "  mac TEXT NOT NULL"
                             ") STRICT;";

/* Only the hash of a token is stored. Revoking an account frees its name. */
static const char step_3[] =
    "CREATE TABLE service_accounts ("
    "  id INTEGER PRIMARY KEY,"
    "  account_id TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"               /* of the creator; '' for plain tokens */
    "  user_id TEXT CHECK (user_id <> '')," /* the creator; null: unknown */
    "  token_hash TEXT NOT NULL UNIQUE,"    /* SHA-256 in hexadecimal */
    "  token_prefix TEXT NOT NULL,"
    "  scopes TEXT NOT NULL," /* a JSON list */
    "  created_at INTEGER NOT NULL,"
    "  expires_at INTEGER,"   /* null: never */
    "  last_used_at INTEGER," /* null: never */
    "  revoked_at INTEGER"    /* null: active */
    ") STRICT;"
    "CREATE UNIQUE INDEX service_accounts_active ON service_accounts (name) WHERE revoked_at IS "
    "NULL;"
    "CREATE INDEX service_accounts_by_name ON service_accounts (name);";

/* Integer keys, one copy of each text, and runs as columns. session_states holds only the earlier
 * states of a session. */
static const char step_4[] =
    "DROP INDEX sessions_by_created;"
    "DROP INDEX sessions_by_updated;"
    "DROP INDEX sessions_of_user_by_created;"
    "DROP INDEX sessions_of_user_by_updated;"
    "ALTER TABLE runs RENAME TO old_runs;"
    "ALTER TABLE session_models RENAME TO old_models;"
    "ALTER TABLE sessions RENAME TO old_sessions;"

    "CREATE TABLE sessions ("
    "  id $id,"
    "  session_id TEXT NOT NULL UNIQUE,"
    "  type TEXT NOT NULL CHECK (type IN ('agent', 'team', 'workflow')),"
    "  component_id TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"               /* '' for plain tokens */
    "  user_id TEXT CHECK (user_id <> '')," /* null: owned by nobody */
    "  created_at $int NOT NULL,"
    "  updated_at $int NOT NULL,"
    "  run_count $int NOT NULL DEFAULT 0,"
    "  input_tokens $int NOT NULL DEFAULT 0,"
    "  output_tokens $int NOT NULL DEFAULT 0,"
    "  total_tokens $int NOT NULL DEFAULT 0,"
    "  state_version $int NOT NULL DEFAULT 0," /* increases with each change of session_state */
    "  session_name TEXT,"
    "  first_input TEXT,"
    "  summary TEXT,"
    "  component_data TEXT,"
    "  metadata TEXT,"
    "  session_state TEXT"
    ") $strict;"
    "INSERT INTO sessions (id, session_id, type, component_id, issuer, user_id, created_at,"
    " updated_at, run_count, input_tokens, output_tokens, total_tokens, session_name, first_input,"
    " summary, component_data, metadata, session_state)"
    " SELECT id, session_id, type, component_id, issuer, user_id, created_at, updated_at,"
    " run_count, input_tokens, output_tokens, total_tokens, session_name, first_input, summary,"
    " component_data, metadata, session_state FROM old_sessions;"

    "CREATE TABLE session_states ("
    "  session_key $int NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,"
    "  version $int NOT NULL,"
    "  session_state TEXT,"
    "  PRIMARY KEY (session_key, version)"
    ") $strict;"

    "CREATE TABLE session_models ("
    "  id $id,"
    "  session_key $int NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,"
    "  model_id TEXT NOT NULL,"
    "  provider TEXT NOT NULL,"
    "  input_tokens $int NOT NULL,"
    "  output_tokens $int NOT NULL,"
    "  total_tokens $int NOT NULL,"
    "  UNIQUE (session_key, model_id, provider)"
    ") $strict;"
    "INSERT INTO session_models (id, session_key, model_id, provider, input_tokens, output_tokens,"
    " total_tokens) SELECT m.id, s.id, m.model_id, m.provider, m.input_tokens, m.output_tokens,"
    " m.total_tokens FROM old_models AS m JOIN sessions AS s ON s.session_id = m.session_id;"

    "CREATE TABLE runs ("
    "  id $id,"
    "  run_id TEXT NOT NULL UNIQUE,"
    "  session_key $int NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,"
    "  parent_run_id TEXT,"
    "  type TEXT NOT NULL CHECK (type IN ('agent', 'team', 'workflow')),"
    "  component_id TEXT NOT NULL,"
    "  component_name TEXT,"
    "  issuer TEXT NOT NULL,"
    "  user_id TEXT CHECK (user_id <> ''),"
    "  status TEXT NOT NULL,"
    "  created_at $int NOT NULL,"
    "  model_id TEXT,"
    "  model_provider TEXT,"
    "  input_tokens $int NOT NULL,"
    "  output_tokens $int NOT NULL,"
    "  total_tokens $int NOT NULL,"
    "  state_version $int," /* of the session's state after the run; null: none */
    "  stage TEXT,"
    "  error_type TEXT,"
    "  shown_content TEXT,"
    "  metrics TEXT,"
    "  events TEXT,"
    "  input TEXT,"
    "  content TEXT,"
    "  metadata TEXT,"
    "  messages TEXT"
    ") $strict;";

/* Runs after the conversion. Drops tables before the tables that they refer to. */
const char step_4_end[] =
    "DROP TABLE old_runs;"
    "DROP TABLE old_models;"
    "DROP TABLE old_sessions;"
    "CREATE INDEX sessions_by_created ON sessions (created_at);"
    "CREATE INDEX sessions_by_updated ON sessions (updated_at);"
    "CREATE INDEX sessions_of_user_by_created ON sessions (user_id, issuer, created_at);"
    "CREATE INDEX sessions_of_user_by_updated ON sessions (user_id, issuer, updated_at);"
    "CREATE INDEX runs_of_session ON runs (session_key, id);"
    "CREATE INDEX runs_of_component ON runs (session_key, component_id, id);";

/* The actions of the triggers. */
#define COUNT_NEW                                                              \
    " BEGIN"                                                                   \
    " INSERT INTO session_totals (type, component_id, sessions)"               \
    " VALUES (new.type, new.component_id, 1)"                                  \
    " ON CONFLICT (type, component_id) DO UPDATE SET sessions = sessions + 1;" \
    " INSERT INTO user_totals (user_id, issuer, sessions)"                     \
    " SELECT new.user_id, new.issuer, 1 WHERE new.user_id IS NOT NULL"         \
    " ON CONFLICT (user_id, issuer) DO UPDATE SET sessions = sessions + 1;"    \
    " END;"
#define COUNT_OLD                                                                  \
    " BEGIN"                                                                       \
    " UPDATE session_totals SET sessions = sessions - 1"                           \
    " WHERE type = old.type AND component_id = old.component_id;"                  \
    " DELETE FROM session_totals"                                                  \
    " WHERE type = old.type AND component_id = old.component_id AND sessions = 0;" \
    " UPDATE user_totals SET sessions = sessions - 1"                              \
    " WHERE user_id = old.user_id AND issuer = old.issuer;"                        \
    " DELETE FROM user_totals"                                                     \
    " WHERE user_id = old.user_id AND issuer = old.issuer AND sessions = 0;"       \
    " END;"
/* Whether a change moves a session to another total. */
#define IS_MOVED                                                   \
    "old.type <> new.type OR old.component_id <> new.component_id" \
    " OR old.issuer <> new.issuer OR old.user_id IS NOT new.user_id"

/* Triggers count the sessions. Sessions being deleted (session_sweep.h) are not counted. */
static const char step_5[] =
    "ALTER TABLE sessions ADD COLUMN deleted_at $int;" /* null: not deleted */

    "CREATE TABLE session_totals ("
    "  type TEXT NOT NULL,"
    "  component_id TEXT NOT NULL,"
    "  sessions $int NOT NULL,"
    "  PRIMARY KEY (type, component_id)"
    ") $strict;"
    "INSERT INTO session_totals (type, component_id, sessions)"
    " SELECT type, component_id, count(*) FROM sessions GROUP BY type, component_id;"
    "CREATE TABLE user_totals ("
    "  user_id TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"
    "  sessions $int NOT NULL,"
    "  PRIMARY KEY (user_id, issuer)"
    ") $strict;"
    "INSERT INTO user_totals (user_id, issuer, sessions)"
    " SELECT user_id, issuer, count(*) FROM sessions WHERE user_id IS NOT NULL"
    " GROUP BY user_id, issuer;"

    "CREATE TRIGGER session_is_made AFTER INSERT ON sessions" COUNT_NEW
    "CREATE TRIGGER session_is_gone AFTER DELETE ON sessions WHEN old.deleted_at IS NULL" COUNT_OLD
    "CREATE TRIGGER session_is_moved_away"
    " AFTER UPDATE OF deleted_at, type, component_id, issuer, user_id ON sessions"
    " WHEN old.deleted_at IS NULL AND (new.deleted_at IS NOT NULL OR " IS_MOVED ")" COUNT_OLD
    "CREATE TRIGGER session_is_moved_here"
    " AFTER UPDATE OF type, component_id, issuer, user_id ON sessions"
    " WHEN new.deleted_at IS NULL AND (" IS_MOVED ")" COUNT_NEW

    "DROP INDEX sessions_of_user_by_created;"
    "DROP INDEX sessions_of_user_by_updated;"
    "CREATE INDEX sessions_of_user_by_created ON sessions (user_id, created_at);"
    "CREATE INDEX sessions_of_user_by_updated ON sessions (user_id, updated_at);"
    "CREATE INDEX sessions_of_component_by_created ON sessions (component_id, created_at);"
    "CREATE INDEX sessions_of_component_by_updated ON sessions (component_id, updated_at);"
    "CREATE INDEX sessions_of_teams_by_created ON sessions (created_at) WHERE type = 'team';"
    "CREATE INDEX sessions_of_teams_by_updated ON sessions (updated_at) WHERE type = 'team';"
    "CREATE INDEX sessions_of_workflows_by_created ON sessions (created_at)"
    " WHERE type = 'workflow';"
    "CREATE INDEX sessions_of_workflows_by_updated ON sessions (updated_at)"
    " WHERE type = 'workflow';"
    "CREATE INDEX sessions_named_by_created ON sessions (created_at, session_name)"
    " WHERE session_name IS NOT NULL AND deleted_at IS NULL;"
    "CREATE INDEX sessions_named_by_updated ON sessions (updated_at, session_name)"
    " WHERE session_name IS NOT NULL AND deleted_at IS NULL;"
    "CREATE INDEX sessions_being_deleted ON sessions (deleted_at) WHERE deleted_at IS NOT NULL;";

static const struct schema_step steps[] = { { .script = step_1 },
                                            { .script = step_2 },
                                            { .script = step_3 },
                                            { .script = step_4, .convert = convert_runs },
                                            { .script = step_5 } };

static const char *const owned_tables[] = { "sessions",        "runs",           "session_models",
                                            "session_states",  "session_totals", "user_totals",
                                            "service_accounts" };

const struct schema agentos_schema = { .program = "agentos",
                                       .application_id = 1097289555, /* "AgOS" */
                                       .steps = steps,
                                       .step_count = COUNT(steps),
                                       .sweep = session_sweep,
                                       .owned_tables = owned_tables,
                                       .owned_count = COUNT(owned_tables) };
