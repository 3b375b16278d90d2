/* The tables of an AgentOS, step by step. */
#include "base/mem.h"
#include "store/schema.h"

/* Columns stand in the order in which they grow: SQLite reads a row only up to the last column that
 * a query names, so previews do not touch the pages of `object`. */
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
    "CREATE INDEX runs_of_session ON runs (session_id);"; /* and so by id: the order they came in */

/* The rows are chained (audit/audit.h); audit_head has one row, which says where the chain ends. */
static const char step_2[] = "CREATE TABLE audit ("
                             "  id INTEGER PRIMARY KEY," /* 1, 2, 3 ... without a gap */
                             "  created_at INTEGER NOT NULL,"
                             "  actor TEXT," /* null: nobody known */
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

/* The token is not here: its hash is. A name is free again once its account is revoked. */
static const char step_3[] =
    "CREATE TABLE service_accounts ("
    "  id INTEGER PRIMARY KEY,"
    "  account_id TEXT NOT NULL UNIQUE,"
    "  name TEXT NOT NULL,"
    "  issuer TEXT NOT NULL,"               /* of who made it; '' for plain tokens */
    "  user_id TEXT CHECK (user_id <> '')," /* who made it; null: nobody in particular */
    "  token_hash TEXT NOT NULL UNIQUE,"    /* SHA-256, hexadecimal digits */
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

static const struct schema_step steps[] = { { .script = step_1 },
                                            { .script = step_2 },
                                            { .script = step_3 } };

static const char *const owned_tables[] = { "sessions", "runs", "session_models",
                                            "service_accounts" };

const struct schema agentos_schema = { .program = "agentos",
                                       .application_id = 1097289555, /* "AgOS" */
                                       .steps = steps,
                                       .step_count = COUNT(steps),
                                       .owned_tables = owned_tables,
                                       .owned_count = COUNT(owned_tables) };
