/* Each public setting, in C and as the configuration file has it. */
#ifndef OS_EMBED_CASES_H
#define OS_EMBED_CASES_H

#include "agentos/agentos.h"

#define SECRET "inventory-secret-0123456789-0123456789"
#define KEY_SET                                        \
    "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":" \
    "\"aW52ZW50b3J5LXNlY3JldC0wMTIzNDU2Nzg5LTAxMjM0NTY3ODk\"}]}"
#define ODD   "a \\\"b\\\" #c: {d} \\\\ \\n é"
#define ODD_C "a \"b\" #c: {d} \\ \n é"

/* One setting: in C, and as the configuration file has it, both with what it needs beside it. */
#define CASES_OF(type, name) \
    static const struct {    \
        const char *key;     \
        type settings;       \
        const char *text;    \
    } name[]

// clang-format off
#define L(...)      AGENTOS_LIST(__VA_ARGS__)
#define ISSUER      .issuer = "https://id.example.com"
#define ISSUER_TEXT "\"issuer\":\"https://id.example.com\""
#define BASE        ISSUER, .audience = L("api")
#define BASE_TEXT   ISSUER_TEXT ",\"audience\":[\"api\"]"

CASES_OF(agentos_issuer, issuer_cases) = {
    { "preset",  { .preset = "okta", .issuer = "https://o.okta.com/oauth2/x", .audience = L("api") },
      "\"preset\":\"okta\",\"issuer\":\"https://o.okta.com/oauth2/x\",\"audience\":[\"api\"]" },
    { "issuer",  { .issuer = "https://other.example.com", .audience = L("api") },
      "\"issuer\":\"https://other.example.com\",\"audience\":[\"api\"]" },
    { "audience", { ISSUER, .audience = L("a", "b") }, ISSUER_TEXT ",\"audience\":[\"a\",\"b\"]" },
    { "audience", { ISSUER, .audience = L("one") }, ISSUER_TEXT ",\"audience\":\"one\"" },
    { "audience_claim", { BASE, .audience_claim = "client_id" }, BASE_TEXT ",\"audience_claim\":\"client_id\"" },
    { "algorithms", { BASE, .algorithms = L("ES256", "EdDSA") }, BASE_TEXT ",\"algorithms\":[\"ES256\",\"EdDSA\"]" },
    { "typ", { BASE, .typ = L("at+jwt") }, BASE_TEXT ",\"typ\":\"at+jwt\"" },
    { "required_claims", { BASE, .required_claims = L("sid") }, BASE_TEXT ",\"required_claims\":[\"sid\"]" },
    { "equal_claims", { BASE, .equal_claims = L({ "azp", "a" }, { "token_use", "access" }, { "azp", "b" }) },
      BASE_TEXT ",\"equal_claims\":{\"azp\":[\"a\",\"b\"],\"token_use\":\"access\"}" },
    { "max_lifetime", { BASE, .max_lifetime_s = 900 }, BASE_TEXT ",\"max_lifetime\":\"15m\"" },
    { "leeway", { BASE, .leeway_s = 30 }, BASE_TEXT ",\"leeway\":30" },
    { "leeway", { BASE, .leeway_s = -1 }, BASE_TEXT ",\"leeway\":0" },
    { "max_stale", { BASE, .max_stale_s = 600 }, BASE_TEXT ",\"max_stale\":\"10m\"" },
    { "ca_file", { BASE, .ca_file = "ca.pem" }, BASE_TEXT ",\"ca_file\":\"ca.pem\"" },
    { "allow_http", { BASE, .allow_http = AGENTOS_YES }, BASE_TEXT ",\"allow_http\":true" },
    { "jwks_url", { BASE, .jwks_url = "https://k.example.com/j" }, BASE_TEXT ",\"jwks_url\":\"https://k.example.com/j\"" },
    { "jwks_file", { BASE, .jwks_file = "keys.json", .algorithms = L("HS256") },
      BASE_TEXT ",\"algorithms\":[\"HS256\"],\"jwks_file\":\"keys.json\"" },
    { "x509_url", { BASE, .x509_url = "https://k.example.com/x" }, BASE_TEXT ",\"x509_url\":\"https://k.example.com/x\"" },
    { "discovery_url", { BASE, .discovery_url = "https://k.example.com/d" }, BASE_TEXT ",\"discovery_url\":\"https://k.example.com/d\"" },
    { "verification_keys", { BASE, .verification_keys = L(SECRET), .algorithms = L("HS256") },
      BASE_TEXT ",\"algorithms\":[\"HS256\"],\"verification_keys\":[\"" SECRET "\"]" },
    { "scopes_claim", { BASE, .scopes_claim = L("realm_access.roles", "scp") }, BASE_TEXT ",\"scopes_claim\":[\"realm_access.roles\",\"scp\"]" },
    { "scope_prefix", { BASE, .scope_prefix = "os/" }, BASE_TEXT ",\"scope_prefix\":\"os/\"" },
    { "scope_strings", { BASE, .scope_strings = "single" }, BASE_TEXT ",\"scope_strings\":\"single\"" },
    { "user_id_claim", { BASE, .user_id_claim = "uid" }, BASE_TEXT ",\"user_id_claim\":\"uid\"" },
    { "session_id_claim", { BASE, .session_id_claim = "sid" }, BASE_TEXT ",\"session_id_claim\":\"sid\"" },
    { "tenant_claim", { BASE, .tenant_claim = "org" }, BASE_TEXT ",\"tenant_claim\":\"org\"" },
    { "roles_claim", { BASE, .roles_claim = L("groups") }, BASE_TEXT ",\"roles_claim\":\"groups\"" },
    { "grants", { BASE, .grants = L("agents:*") }, BASE_TEXT ",\"grants\":[\"agents:*\"]" },
    { "grants", { BASE, .grants = L("agents:read", "agents:run") }, BASE_TEXT ",\"grants\":[\"agents:read\",\"agents:run\"]" },
    { "roles", { BASE, .roles = L({ "viewer", L("agents:read") }, { "nobody", L(NULL) }) },
      BASE_TEXT ",\"roles\":{\"viewer\":[\"agents:read\"],\"nobody\":[]}" },
    { "allow_weak_keys", { BASE, .allow_weak_keys = AGENTOS_YES }, BASE_TEXT ",\"allow_weak_keys\":true" },
};

#define KEY      .verification_keys = L(SECRET), .algorithm = "HS256"
#define KEY_TEXT "\"verification_keys\":[\"" SECRET "\"],\"algorithm\":\"HS256\""

CASES_OF(agentos_authorization_config, authorization_cases) = {
    { "verification_keys", { .verification_keys = L(SECRET, SECRET "2"), .algorithm = "HS256" },
      "\"verification_keys\":[\"" SECRET "\",\"" SECRET "2\"],\"algorithm\":\"HS256\"" },
    { "jwks_file", { .jwks_file = "keys.json", .algorithm = "HS256" }, "\"jwks_file\":\"keys.json\",\"algorithm\":\"HS256\"" },
    { "ca_file", { KEY, .ca_file = "ca.pem" }, KEY_TEXT ",\"ca_file\":\"ca.pem\"" },
    { "jwks_url", { .jwks_url = "https://k.example.com/j" }, "\"jwks_url\":\"https://k.example.com/j\"" },
    { "algorithm", { .verification_keys = L(SECRET SECRET), .algorithm = "HS512" },
      "\"verification_keys\":[\"" SECRET SECRET "\"],\"algorithm\":\"HS512\"" },
    { "issuer", { KEY, .issuer = ODD_C }, KEY_TEXT ",\"issuer\":\"" ODD "\"" },
    { "audience", { KEY, .audience = L("a", "b") }, KEY_TEXT ",\"audience\":[\"a\",\"b\"]" },
    { "verify_audience", { KEY, .verify_audience = AGENTOS_NO }, KEY_TEXT ",\"verify_audience\":false" },
    { "verify_audience", { KEY, .verify_audience = AGENTOS_YES }, KEY_TEXT ",\"verify_audience\":true" },
    { "audience_claim", { KEY, .audience_claim = "client_id" }, KEY_TEXT ",\"audience_claim\":\"client_id\"" },
    { "admin_scope", { KEY, .admin_scope = "our:admin" }, KEY_TEXT ",\"admin_scope\":\"our:admin\"" },
    { "user_isolation", { KEY, .user_isolation = AGENTOS_YES }, KEY_TEXT ",\"user_isolation\":true" },
    { "validate", { KEY, .validate = AGENTOS_NO }, KEY_TEXT ",\"validate\":false" },
    { "allow_weak_keys", { KEY, .allow_weak_keys = AGENTOS_YES }, KEY_TEXT ",\"allow_weak_keys\":true" },
    { "plain_fallback", { KEY, .plain_fallback = AGENTOS_YES }, KEY_TEXT ",\"plain_fallback\":true" },
    { "token_source", { KEY, .token_source = "both" }, KEY_TEXT ",\"token_source\":\"both\"" },
    { "token_header", { KEY, .token_header = "X-Token" }, KEY_TEXT ",\"token_header\":\"X-Token\"" },
    { "cookie_name", { KEY, .cookie_name = "__session" }, KEY_TEXT ",\"cookie_name\":\"__session\"" },
    { "bare_token", { KEY, .bare_token = "refuse" }, KEY_TEXT ",\"bare_token\":\"refuse\"" },
    { "scope_strings", { KEY, .scope_strings = "split" }, KEY_TEXT ",\"scope_strings\":\"split\"" },
    { "scopes_claim", { KEY, .scopes_claim = L("scp", "scope") }, KEY_TEXT ",\"scopes_claim\":[\"scp\",\"scope\"]" },
    { "user_id_claim", { KEY, .user_id_claim = "uid" }, KEY_TEXT ",\"user_id_claim\":\"uid\"" },
    { "session_id_claim", { KEY, .session_id_claim = "sid" }, KEY_TEXT ",\"session_id_claim\":\"sid\"" },
    { "roles_claim", { KEY, .roles_claim = "roles" }, KEY_TEXT ",\"roles_claim\":\"roles\"" },
    { "dependencies_claims", { KEY, .dependencies_claims = L("org") }, KEY_TEXT ",\"dependencies_claims\":[\"org\"]" },
    { "session_state_claims", { KEY, .session_state_claims = L("a", "b") }, KEY_TEXT ",\"session_state_claims\":[\"a\",\"b\"]" },
    { "scope_mappings", { KEY, .scope_mappings = L({ "GET /config", L("app:read") }, { "GET /agents", L(NULL) }) },
      KEY_TEXT ",\"scope_mappings\":{\"GET /config\":[\"app:read\"],\"GET /agents\":[]}" },
    { "roles", { KEY, .roles_claim = "r", .roles = L({ "viewer", L("agents:read", "agents:run") }) },
      KEY_TEXT ",\"roles_claim\":\"r\",\"roles\":{\"viewer\":[\"agents:read\",\"agents:run\"]}" },
    { "excluded_routes", { KEY, .excluded_routes = L("/health") }, KEY_TEXT ",\"excluded_routes\":[\"/health\"]" },
    { "excluded_routes_add", { KEY, .excluded_routes_add = L("GET /models") }, KEY_TEXT ",\"excluded_routes_add\":[\"GET /models\"]" },
};

CASES_OF(agentos_options, root_cases) = {
    { "id", { .id = "an-os" }, "\"id\":\"an-os\"" },
    { "name", { .name = ODD_C, .id = "x" }, "\"name\":\"" ODD "\",\"id\":\"x\"" },
    { "description", { .description = ODD_C }, "\"description\":\"" ODD "\"" },
    { "version", { .version = "2.0" }, "\"version\":\"2.0\"" },
    { "listen", { .listen = "[::1]:8080" }, "\"listen\":\"[::1]:8080\"" },
    { "database", { .database = "sqlite:other.db" }, "\"database\":\"sqlite:other.db\"" },
    { "cors_origins", { .cors_origins = L("https://a.example.com") }, "\"cors_origins\":[\"https://a.example.com\"]" },
    { "cors_origins", { .cors_origins = L("") }, "\"cors_origins\":[]" },
    { "allowed_hosts", { .allowed_hosts = L("os.example.com") }, "\"allowed_hosts\":[\"os.example.com\"]" },
    { "trusted_proxies", { .trusted_proxies = L("10.0.0.0/8") }, "\"trusted_proxies\":[\"10.0.0.0/8\"]" },
    { "trusted_proxies", { .trusted_proxies = L("") }, "\"trusted_proxies\":[]" },
    { "security_key", { .security_key = SECRET }, "\"security_key\":\"" SECRET "\"" },
    { "internal_service_token", { .internal_service_token = SECRET }, "\"internal_service_token\":\"" SECRET "\"" },
    { "audit.key", { .audit_key = SECRET }, "\"audit\":{\"key\":\"" SECRET "\"}" },
    { "audit.mark", { .audit_mark = "/x/state.mark" }, "\"audit\":{\"mark\":\"/x/state.mark\"}" },
    { "retention.runs", { .retention_runs_s = 90 * 86400 }, "\"retention\":{\"runs\":\"90d\"}" },
    { "retention.audit", { .retention_audit_s = 365 * 86400 }, "\"retention\":{\"audit\":\"365d\"}" },
    { "log.level", { .log_level = "warning" }, "\"log\":{\"level\":\"warning\"}" },
    { "log.format", { .log_format = "json" }, "\"log\":{\"format\":\"json\"}" },
    { "limits.body", { .body_limit_bytes = 2 << 20 }, "\"limits\":{\"body\":\"2MiB\"}" },
    { "limits.runs_per_caller", { .runs_per_caller = 7 }, "\"limits\":{\"runs_per_caller\":7}" },
    { "limits.held_bytes_per_caller", { .held_bytes_per_caller = 2 << 20 }, "\"limits\":{\"held_bytes_per_caller\":\"2MiB\"}" },
    { "limits.message", { .message_limit_bytes = 4096 }, "\"limits\":{\"message\":4096}" },
    { "limits.answer", { .answer_limit_bytes = 65536 }, "\"limits\":{\"answer\":65536}" },
    { "limits.connections_per_address", { .connections_per_address = 7 }, "\"limits\":{\"connections_per_address\":7}" },
};

#define MODEL      .id = "m", .api_key = "k"
#define MODEL_TEXT "\"id\":\"m\",\"api_key\":\"k\""

CASES_OF(agentos_model_options, model_cases) = {
    { "id", { .id = "gpt", .api_key = "k" }, "\"id\":\"gpt\",\"api_key\":\"k\"" },
    { "base_url", { MODEL, .base_url = "http://127.0.0.1:1/v1" }, MODEL_TEXT ",\"base_url\":\"http://127.0.0.1:1/v1\"" },
    { "api_key", { .id = "m", .api_key = ODD_C }, "\"id\":\"m\",\"api_key\":\"" ODD "\"" },
    { "temperature", { MODEL, .temperature = 0.1 }, MODEL_TEXT ",\"temperature\":0.1" },
    { "top_p", { MODEL, .top_p = 1e-3 }, MODEL_TEXT ",\"top_p\":0.001" },
    { "max_output_tokens", { MODEL, .max_output_tokens = 7 }, MODEL_TEXT ",\"max_output_tokens\":7" },
    { "timeout_s", { MODEL, .timeout_s = 5 }, MODEL_TEXT ",\"timeout_s\":5" },
    { "retries", { MODEL, .retries = 9 }, MODEL_TEXT ",\"retries\":9" },
    { "retries", { MODEL, .retries = -1 }, MODEL_TEXT ",\"retries\":0" },
    { "content", { MODEL, .content = "hello" }, MODEL_TEXT ",\"content\":\"hello\"" },
    { "ca_file", { MODEL, .ca_file = "ca.pem" }, MODEL_TEXT ",\"ca_file\":\"ca.pem\"" },
    { "stream_usage", { MODEL, .stream_usage = AGENTOS_NO }, MODEL_TEXT ",\"stream_usage\":false" },
};

CASES_OF(agentos_agent_options, agent_cases) = {
    { "id", { .id = "an-id" }, "\"id\":\"an-id\"" },
    { "name", { .id = "x", .name = ODD_C }, "\"id\":\"x\",\"name\":\"" ODD "\"" },
    { "description", { .id = "x", .description = ODD_C }, "\"id\":\"x\",\"description\":\"" ODD "\"" },
    { "role", { .id = "x", .role = "r" }, "\"id\":\"x\",\"role\":\"r\"" },
    { "instructions", { .id = "x", .instructions = "one\ntwo" }, "\"id\":\"x\",\"instructions\":[\"one\",\"two\"]" },
    { "add_history_to_context", { .id = "x", .add_history_to_context = true }, "\"id\":\"x\",\"add_history_to_context\":true" },
    { "num_history_runs", { .id = "x", .num_history_runs = 9 }, "\"id\":\"x\",\"num_history_runs\":9" },
};

/* Keys of the file that no member of these structs stands for, and why. */
static const struct {
    const char *section, *key, *why;
} left_out[] = {
    { "authorization", "enabled", "agentos_options.authorization" },
    { "authorization", "issuers", "a list of structs of its own" },
    { "root", "authorization", "a struct of its own" },
    { "root", "agents", "objects" },
    { "root", "models", "each agent is given its model" },
    { "root", "teams", "not built" },
    { "root", "workflows", "not built" },
    { "root", "public_url", "not built" },
    { "agent", "model", "an object" },
    { "agent", "tools", "not built" },
    { "model", "provider", "the constructor's name" },
};
// clang-format on

#endif
