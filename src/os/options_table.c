/* Defines the options of agentos.yaml and their JSON Schema. */
#include "os/options_table.h"

#include "base/limits.h"
#include "config/checks.h"
#include "config/option_rows.h"
#include "config/schema.h"
#include "os/agno_keys.h"
#include "os/option_checks.h"
#include "os/options_reading.h"

// clang-format off
static const struct option_row log_rows[] = {
    { "level", WORD_INDEX(struct options, log_level), .fallback = "info", .words = "debug info warning error",
      .doc = "The least important line that is logged." },
    { "format", WORD_INDEX(struct options, log_format), .fallback = "text", .words = "text json",
      .doc = "How a log line is written." },
};
static const struct option_section log_section = SECTION_OF(log_rows);

static const struct option_row limits_rows[] = {
    { "body", SIZE(struct options, body_limit_bytes), .fallback = "1MiB", .least = KiB, .most = BODY_LIMIT_MAX_BYTES,
      .doc = "The largest request body, in bytes or as 512KiB, 2MiB." },
    { "message", SIZE(struct options, message_max_bytes), PLACE(struct options, places.message_limit), .fallback = "256KiB", .least = KiB, .most = MESSAGE_LIMIT_MAX_BYTES,
      .doc = "The longest message of a run; longer ones are refused with 413. Not more than `body`." },
    { "answer", SIZE(struct options, answer_max_bytes), .fallback = "4MiB", .least = 16 * KiB, .most = ANSWER_LIMIT_MAX_BYTES,
      .doc = "The longest answer of a model with its reasoning; a longer one ends the run with an error." },
    { "runs_per_caller", INTEGER(struct options, runs_per_caller), .fallback = "10000", .least = 1, .most = 1000 * 1000,
      .doc = "How many runs one caller may have under way; more are refused with 429." },
    { "held_bytes_per_caller", SIZE(struct options, held_bytes_per_caller), .fallback = "26MiB", .least = MiB, .most = 1024 * MiB,
      .doc = "How much one caller's requests may hold until they are answered: bodies, and the conversations and states of runs; more is refused with 429." },
    { "connections_per_address", INTEGER(struct options, connections_per_address), .at_start = true, .least = 1, .most = 1000 * 1000,
      .doc = "How many connections one address may have open, of IPv6 one /64; more are closed at once. Read at start. Leave it "
             "out behind a proxy, which is one address." },
};
static const struct option_section limits_section = SECTION_OF(limits_rows);

static const struct option_row audit_rows[] = {
    { "key", TEXT(struct options, audit_key), .check = check_secret,
      .doc = "A secret of 32 bytes or more that chains the audit; keep it outside the database's folder. Without it "
             "a file beside the database is made. Read at start." },
    { "mark", OWN(read_path, "text", "path"), .at = AT(struct options, audit_mark, const char *),
      .doc = "The file that names the last row, so that a log that was emptied or cut off is noticed; best where those who can "
             "write the database cannot. Without it a file beside the database. Read at start." },
};
static const struct option_section audit_section = SECTION_OF(audit_rows);

static const struct option_row retention_rows[] = {
    { "runs", DURATION(struct options, keep_runs_s), .least = 60 * 60, .most = INT64_C(36500) * 24 * 60 * 60,
      .doc = "How long sessions that do not change are kept, with their runs; for ever when absent. Read at start." },
    { "audit", DURATION(struct options, keep_audit_s), .least = 24 * 60 * 60, .most = INT64_C(36500) * 24 * 60 * 60,
      .doc = "How long rows of the audit log are kept; for ever when absent. What is left can be verified. Read at start." },
};
static const struct option_section retention_section = SECTION_OF(retention_rows);

static const struct option_row model_rows[] = {
    { "provider", WORD(struct model_options, provider), .words = "openai openai-chat offline",
      .doc = "openai speaks the Responses API, openai-chat the Chat Completions API; offline needs no network." },
    { "id", TEXT(struct model_options, id), .doc = "The provider's name of the model." },
    { "base_url", TEXT(struct model_options, base_url), .check = check_url,
      .variables = "OPENAI_BASE_URL",
      .doc = "Where the provider is, with /v1; openai asks the environment without it." },
    { "api_key", TEXT(struct model_options, api_key), .check = check_secret,
      .variables = "OPENAI_API_KEY",
      .doc = "The provider's key. The environment's is sent only where the file gives neither it nor base_url." },
    { "ca_file", OWN(read_ca_file, "text", "path"), .at = AT(struct model_options, authorities, const char *),
      .doc = "The path of the certificates (PEM) of the authority that vouches for the provider's server, in place of the system's." },
    { "temperature", NUMBER(struct model_options, temperature), .least = 0, .most = 2,
      .doc = "Sampling temperature; left to the provider when absent." },
    { "top_p", NUMBER(struct model_options, top_p), .least = 0, .most = 1,
      .doc = "Nucleus sampling; left to the provider when absent." },
    { "max_output_tokens", INTEGER(struct model_options, max_output_tokens), .least = 1, .most = 1000 * 1000 * 1000,
      .doc = "The most tokens of an answer; left to the provider when absent." },
    { "stream_usage", BOOL(struct model_options, stream_usage), .fallback = "true",
      .doc = "openai-chat: ask for token counts in streams; false for servers that refuse stream_options." },
    { "timeout_s", INTEGER(struct model_options, timeout_s), .fallback = "60", .least = 1, .most = 3600,
      .doc = "Seconds of the provider's silence after which a run fails." },
    { "retries", INTEGER(struct model_options, retries), .fallback = "2", .least = 0, .most = 10,
      .doc = "Further attempts after 429 and 5xx, before the first token only." },
    { "content", TEXT(struct model_options, content), .doc = "offline: always answer this." },
};
const struct option_section option_model = SECTION_OF(model_rows);

static const struct option_row agent_rows[] = {
    { "id", TEXT(struct agent_options, id), PLACE(struct agent_options, id_place), .check = check_agent_id,
      .doc = "What URLs and scopes name the agent by; made from the name when absent." },
    { "name", TEXT(struct agent_options, name), .doc = "What people call the agent." },
    { "description", TEXT(struct agent_options, description), .doc = "What the agent is; begins the system prompt." },
    { "role", TEXT(struct agent_options, role), .doc = "The agent's role, told to the model." },
    { "model", OWN(read_model, "named_model", "text or map"), .at = AT(struct agent_options, model, struct model_options),
      .section = &option_model, .doc = "NAME_OR_PROVIDER:MODEL_ID, a name in `models`, or a map as in `models`." },
    { "instructions", LINES(struct agent_options, instructions), .doc = "Told to the model; a text or a list of lines." },
    { "add_history_to_context", BOOL(struct agent_options, add_history_to_context), .fallback = "false",
      .doc = "Earlier runs of the session are told to the model." },
    { "num_history_runs", INTEGER(struct agent_options, num_history_runs), .fallback = "3", .least = 1,
      .most = HISTORY_RUNS_MAX, .doc = "How many earlier runs." },
    { "tools", .harmless = "[]", .doc = "What the agent may call." },
};
const struct option_section option_agent = SECTION_WITH(agent_rows, agno_agent_keys);

static const struct option_row authorization_rows[] = {
    { "enabled", BOOL(struct options, authorization.authorization), PLACE(struct options, places.enabled), .fallback = "false",
      .doc = "Scopes are enforced; without it tokens are still verified as soon as there is a key." },
    { "verification_keys", OWN(read_keys, "texts", "list"), PLACE(struct options, places.verification_keys), .variables = "JWT_VERIFICATION_KEY",
      .doc = "Public keys (PEM) or shared secrets, tried in order; the environment's is appended." },
    { "algorithm", WORD(struct options, authorization.algorithm), .fallback = "RS256",
      .words = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 HS256 HS384 HS512",
      .doc = "The one signature algorithm tokens may use." },
    { "audience", LIST(OPTION_TEXT_OR_TEXTS, struct options, authorization.audiences, authorization.audience_count),
      .doc = "Accepted values of the aud claim; the id of this AgentOS when absent." },
    { "verify_audience", TRISTATE(struct options, authorization.verify_audience),
      .doc = "Check the aud claim; absent means: if `audience` is set." },
    { "issuer", TEXT(struct options, authorization.issuer), .doc = "The exact iss claim tokens must carry." },
    { "admin_scope", TEXT(struct options, authorization.admin_scope), .fallback = "agent_os:admin",
      .doc = "The scope that grants everything." },
    { "allow_weak_keys", BOOL(struct options, authorization.allow_weak_keys), .fallback = "false",
      .doc = "Accept RSA keys under 2048 bits and short secrets, for old installations." },
    { "bare_token", WORD_BOOL(struct options, authorization.refuse_bare_tokens), .fallback = "accept",
      .words = "accept refuse", .doc = "A token in the Authorization header without the word Bearer." },
    { "user_isolation", BOOL(struct options, authorization.user_isolation), PLACE(struct options, places.user_isolation), .fallback = "false",
      .doc = "Each user reaches only what is theirs; the admin scope lifts it." },
    { "validate", NOT_BOOL(struct options, authorization.accept_unverified), PLACE(struct options, places.validate), .fallback = "true",
      .doc = "false trusts tokens that a proxy in trusted_proxies has verified; they never make an admin." },
    { "token_source", WORD_INDEX(struct options, authorization.token_source), PLACE(struct options, places.token_source), .fallback = "header",
      .words = "header cookie both", .is_any_case = true, .doc = "Where tokens are, in any case; both means the header first." },
    { "token_header", TEXT(struct options, authorization.token_header), .fallback = "Authorization", .check = check_token,
      .doc = "The header that carries the token." },
    { "cookie_name", TEXT(struct options, authorization.cookie_name), .fallback = "access_token", .check = check_token,
      .doc = "The cookie that carries the token." },
    { "scopes_claim", LIST(OPTION_TEXT_OR_TEXTS, struct options, authorization.scopes_claim.all, authorization.scopes_claim.count),
      .fallback = "scopes", .doc = "The claim that holds the scopes: a name, a path such as realm_access.roles, or a list tried in order." },
    { "user_id_claim", TEXT(struct options, authorization.user_id_claim), .fallback = "sub",
      .doc = "The claim that names the user; a name or a path." },
    { "session_id_claim", TEXT(struct options, authorization.session_id_claim), .fallback = "session_id",
      .doc = "The claim that names the session; a name or a path." },
    { "audience_claim", TEXT(struct options, authorization.audience_claim), .fallback = "aud",
      .doc = "The claim that names the audience; a name or a path." },
    { "dependencies_claims", LIST(OPTION_TEXTS, struct options, authorization.dependencies_claims.all, authorization.dependencies_claims.count),
      .doc = "Claims kept for tools as dependencies; there are no tools yet." },
    { "session_state_claims", LIST(OPTION_TEXTS, struct options, authorization.session_state_claims.all, authorization.session_state_claims.count),
      .doc = "Claims that each run sets in the session's state. Members of these names belong to tokens alone: forms and changes of a session cannot set them." },
    { "scope_mappings", SCOPES(struct options, policy.mappings, policy.mapping_count),
      PLACE(struct options, places.scope_mappings), .doc = "Other scopes for single routes: {\"GET /config\": [\"app:read\"]}; [] asks for any valid token. Turns `enabled` on." },
    { "excluded_routes", LIST(OPTION_TEXTS, struct options, policy.excluded, policy.excluded_count),
      .doc = "Routes that need no token: /path, a glob, or \"METHOD /path\"; replaces the built-in list." },
    { "excluded_routes_add", LIST(OPTION_TEXTS, struct options, policy.excluded_add, policy.excluded_add_count),
      .doc = "Routes that need no token, beside the built-in list." },
    { "scope_strings", WORD_INDEX(struct options, authorization.scope_strings), .words = "by-name split single", .fallback = "by-name",
      .doc = "Whether a text of scopes is split at blanks; by-name: in `scope` and `scp` only." },
    { "jwks_file", OWN(read_jwks_path, "text", "path"), .variables = "JWT_JWKS_FILE JWT_JWKS",
      .doc = "The path of a JSON Web Key Set (JWT_JWKS: the set itself); the file's goes before the environment's. "
             "Its keys are tried first, by kid." },
    { "jwks_url", TEXT(struct options, authorization.jwks_url), PLACE(struct options, places.jwks_url), .check = check_url, .variables = "JWT_JWKS_URL",
      .doc = "Where a JSON Web Key Set is fetched; https, or http on this machine. Turns `enabled` on." },
    { "ca_file", OWN(read_ca_file, "text", "path"), .at = AT(struct options, authorization.authorities, const char *),
      .doc = "The path of the certificates (PEM) of the authority that vouches for the server of jwks_url, in place of the system's." },
    { "roles", SCOPES(struct options, authorization.roles, authorization.role_count),
      PLACE(struct options, places.roles), .doc = "Scopes by role: {viewer: [\"agents:read\"]}; they add to the token's own. Turns `enabled` on." },
    { "roles_claim", TEXT(struct options, authorization.roles_claim),
      PLACE(struct options, places.roles_claim), .doc = "The claim that names the caller's roles: a list, or a text that is one role; a name or a path." },
    { "plain_fallback", BOOL(struct options, authorization.plain_fallback), .fallback = "false", .doc = "Tokens of no listed issuer may use the plain keys." },
    { "issuers", OWN(read_issuers, NULL, "list of maps"), .section = &option_issuer, PLACE(struct options, places.issuers), .doc = "Identity providers, each with its own keys and checks; `iss` selects one. Turns `enabled` on." },
};
static const struct option_section authorization_section = SECTION_WITH(authorization_rows, agno_authorization_keys);

static const struct option_row root_rows[] = {
    { "id", TEXT(struct options, id), .doc = "What tokens name as their audience; made from the name when absent." },
    { "name", TEXT(struct options, name), .doc = "What people call this AgentOS." },
    { "description", TEXT(struct options, description), .doc = "What this AgentOS is for." },
    { "version", TEXT(struct options, version), .doc = "The version of what is served." },
    { "listen", .at_start = true, .kind = OPTION_ADDRESS, .at = AT(struct options, host, const char *),
      .also = AT(struct options, port, uint16_t), .fallback = "127.0.0.1:7777",
      .variables = "AGENT_OS_HOST AGENT_OS_PORT", .flags = "--host --port",
      .doc = "HOST:PORT; port 0 picks one." },
    { "cors_origins", LIST(OPTION_TEXTS, struct options, cors_origins, cors_origin_count), PLACE(struct options, places.cors_origins), .check = check_origin,
      .fallback = "http://localhost:3000 https://agno.com https://www.agno.com https://app.agno.com "
                  "https://os-stg.agno.com https://os.agno.com http://localhost:7780 http://127.0.0.1:7780",
      .doc = "Web origins that may call; replaces the built-in list." },
    { "allowed_hosts", LIST(OPTION_TEXTS, struct options, allowed_hosts, allowed_host_count), .check = check_host,
      .doc = "Host values accepted beside loopback while there is no authentication." },
    { "database", .at_start = true, .kind = OPTION_DATABASE, .at = AT(struct options, database, const char *),
      .fallback = "sqlite:data/agentos.db", .doc = "sqlite:PATH, or memory: nothing is kept. agno's URLs are read too: sqlite:///data/x.db is relative, sqlite:////var/x.db is not." },
    { "log", .at_start = true, .kind = OPTION_SECTION, .section = &log_section, .doc = "The log on standard error." },
    { "limits", .kind = OPTION_SECTION, .section = &limits_section, .doc = "How much is accepted." },
    { "authorization", .kind = OPTION_SECTION, PLACE(struct options, places.authorization), .section = &authorization_section,
      .also = AT(struct options, authorization.authorization, bool),
      .doc = "Who may call what; `true` is short for {enabled: true}." },
    { "models", OWN(read_models, "models", "map of maps"), .at = AT(struct options, models, struct named_model *),
      .also = AT(struct options, model_count, size_t), .section = &option_model,
      .doc = "Named connections to models." },
    { "agents", OWN(read_agents, NULL, "list of maps"), .at = AT(struct options, agents, struct agent_options *),
      .also = AT(struct options, agent_count, size_t), .section = &option_agent, .doc = "The agents that are served." },
    { "teams", .harmless = "[]", .doc = "Teams of agents." },
    { "workflows", .harmless = "[]", .doc = "Workflows of agents." },
    { "security_key", TEXT(struct options, authorization.security_key), PLACE(struct options, places.security_key), .check = check_secret, .variables = "OS_SECURITY_KEY",
      .doc = "One secret that every client presents, where there are no tokens." },
    { "public_url", .doc = "What clients type to reach this server." },
    { "trusted_proxies", LIST(OPTION_TEXTS, struct options, authorization.trusted_proxies, authorization.trusted_proxy_count),
      .check = check_network, .fallback = "127.0.0.0/8 ::1", .doc = "Networks of the proxies in front of this server." },
    { "audit", .at_start = true, .kind = OPTION_SECTION, .section = &audit_section, .doc = "The chained record of decisions and changes." },
    { "retention", .at_start = true, .kind = OPTION_SECTION, .section = &retention_section, .doc = "What is deleted when it is old." },
    { "internal_service_token", TEXT(struct options, authorization.internal_service_token), .check = check_secret,
      .doc = "A scheduler's own token: it may read and run, and read schedules." },
};
const struct option_section option_root = SECTION_WITH(root_rows, agno_root_keys);
// clang-format on

void options_schema(buf *out)
{
    static const struct schema_shape shapes[] = {
        { "demands",
          "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/text_or_texts\"}}" },
        { "named_model", "{\"anyOf\":[{\"$ref\":\"#/$defs/text\"},{\"$ref\":\"#/$defs/model\"}]}" },
        { "models", "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/model\"}}" },
        { "model", .section = &option_model },
    };
    const struct schema_options options = {
        .title = "agentos.yaml",
        .rows = &option_root,
        .shapes = shapes,
        .shape_count = COUNT(shapes),
    };

    schema_write(&options, out);
}
