/* The C API of libagentos, which serves agents over HTTP behind JWT authorization. Needs ISO C11.
 *
 * Constructors create objects from structs of options. A zero member has its default value. Strings
 * are UTF-8. Constructors copy the strings and lists that they are given, and take ownership of the
 * objects: an agent owns its model, and an AgentOS its agents. If a constructor fails, it frees
 * them.
 *
 * Errors: a constructor that fails returns NULL and sets *err. If *err is already set, it only
 * frees the objects that it was given and returns NULL, so a chain of constructors needs only one
 * check, at its end. err may be NULL. The message of an INVALID error names the setting as in the
 * configuration file, such as "authorization.issuers[0].audience: ...". Running out of memory
 * aborts the process.
 *
 * Limits: AGENTOS_LIST_MAX entries in a list, AGENTOS_AGENTS_MAX agents, AGENTOS_ISSUERS_MAX
 * issuers, AGENTOS_LOOPS_MAX event loops, and 1 MiB for all settings as text. docs/embedding.md
 * lists the limits of requests. */
#ifndef AGENTOS_AGENTOS_H
#define AGENTOS_AGENTOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentos/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct agentos agentos;
typedef struct agentos_agent agentos_agent;
typedef struct agentos_model agentos_model;

/* Initializes a list in place, as in .agents = AGENTOS_LIST(one, two). The list ends at the first
 * NULL; an entry after it is INVALID. For grants, excluded_routes, cors_origins and
 * trusted_proxies, AGENTOS_LIST("") is the empty list, which differs from an unset list. */
#define AGENTOS_LIST(...) \
    {                     \
        __VA_ARGS__       \
    }
enum {
    AGENTOS_LIST_MAX = 16,
    AGENTOS_AGENTS_MAX = 1000,
    AGENTOS_ISSUERS_MAX = 256,
    AGENTOS_LOOPS_MAX = 64,
};

/* A choice. AGENTOS_UNSET selects the default. Any other value is INVALID. */
typedef enum { AGENTOS_UNSET, AGENTOS_YES, AGENTOS_NO } agentos_choice;

/* ---- models ---- */

typedef struct {
    const char *id; /* the provider's name of the model; required */
    /* with /v1; NULL for the provider's own address, and in agentos_openai_responses() for
     * OPENAI_BASE_URL if that is set */
    const char *base_url;
    /* NULL for OPENAI_API_KEY, which is sent only to the provider's own address */
    const char *api_key;
    double temperature, top_p; /* not sent if 0 */
    int64_t max_output_tokens; /* not sent if 0 */
    int64_t timeout_s;         /* how long the provider may be silent; 0 for 60 */
    int64_t retries; /* after a 429 or 5xx, before the first token; 0 for 2, and -1 for none */
    /* only for agentos_offline(): the fixed answer; NULL to echo the message */
    const char *content;
    /* only for agentos_openai_chat(): whether streams request token counts; unset for yes */
    agentos_choice stream_usage;
    /* the path of the certificates (PEM) of the authority that vouches for the provider's server;
     * NULL for the system's */
    const char *ca_file;
} agentos_model_options;

/**
 * Creates a model of the OpenAI Responses API, of a Chat Completions API (Ollama, vLLM, ...), or
 * the built-in echo model.
 *
 * @return a new model, which the caller must pass to agentos_agent_new() or free with
 * agentos_model_free(); or NULL with *err set (INVALID: the options have no id). agentos_new()
 * checks numbers and URLs.
 *
 * May be called on any thread. Does not block.
 */
AGENTOS_API agentos_model *agentos_openai_responses(const agentos_model_options *options,
                                                    agentos_error *err);
AGENTOS_API agentos_model *agentos_openai_chat(const agentos_model_options *options,
                                               agentos_error *err);
AGENTOS_API agentos_model *agentos_offline(const agentos_model_options *options,
                                           agentos_error *err);

/* The kind of a part of a message. Ignore unknown kinds, which later versions may add. */
typedef enum { AGENTOS_PART_TEXT = 1 } agentos_part_kind;

typedef struct {
    agentos_part_kind kind;
    const char *text; /* of a text part, in UTF-8 */
} agentos_part;

typedef struct {
    const char *role;    /* "system", "user" or "assistant" */
    const char *content; /* the joined texts of the parts; never NULL */
    const agentos_part *parts;
    size_t part_count;
} agentos_message;

/* The answer of a callback model. Valid only during the callback. */
typedef struct agentos_reply agentos_reply;

/**
 * Answers a conversation. Calls agentos_reply_text() any number of times and returns AGENTOS_OK. To
 * fail the run, sets *err and returns another status.
 *
 * Called on worker threads, up to eight at once for each model. May block.
 */
typedef agentos_status agentos_model_callback(void *user, const agentos_message *messages,
                                              size_t count, agentos_reply *reply,
                                              agentos_error *err);

/**
 * Appends text to the answer.
 *
 * @param text len bytes of whole UTF-8 characters, without a NUL; copied
 * @return false if the callback should return: the client has left or cancelled the run, the text
 * is not UTF-8, or the answer is too long
 *
 * Must be called on the thread of the callback. Blocks while the client reads slowly.
 */
AGENTOS_API bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len);

/**
 * Creates a model that calls a function of your program.
 *
 * @param id its name in answers; copied
 * @param user passed to the callback; not owned; must outlive the AgentOS
 * @return a new model, owned as that of agentos_offline(); or NULL with *err set (INVALID: the id
 * or the function is missing)
 *
 * May be called on any thread. Does not block.
 */
AGENTOS_API agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback,
                                                  void *user, agentos_error *err);

/**
 * Frees a model that no agent owns. NULL is allowed. May be called on any thread. Does not block.
 */
AGENTOS_API void agentos_model_free(agentos_model *model);

/* ---- agents ---- */

typedef struct {
    const char *id;   /* matches [A-Za-z0-9._~-]{1,128}; NULL to derive it from the name */
    const char *name; /* may be NULL */
    const char *description, *role, *instructions;
    agentos_model *model;        /* required; owned by this agent only */
    bool add_history_to_context; /* adds the session's last runs to the prompt */
    int64_t num_history_runs;    /* 0 for 3; at most 100 */
} agentos_agent_options;

/**
 * Creates an agent, which owns the model in the options.
 *
 * @return a new agent, which the caller must pass to agentos_new() or free with
 * agentos_agent_free(); or NULL with *err set (INVALID: there is no model, or it belongs to another
 * agent). On failure the model is freed, unless it belongs to another agent.
 *
 * May be called on any thread. Does not block.
 */
AGENTOS_API agentos_agent *agentos_agent_new(const agentos_agent_options *options,
                                             agentos_error *err);
/**
 * Frees an agent that no AgentOS owns, and its model. NULL is allowed. May be called on any thread.
 * Does not block.
 */
AGENTOS_API void agentos_agent_free(agentos_agent *agent);

/* ---- authorization: the keys of `authorization:` in agentos.yaml (docs/configuration.md) ---- */

typedef struct {
    const char *name; /* the name of a role, or a route such as "GET /config" */
    /* without scopes, a role grants nothing, and a route accepts any valid token */
    const char *scopes[AGENTOS_LIST_MAX];
} agentos_named_scopes;

/* A value that a claim must have. A claim that is listed several times may have any of them. */
typedef struct {
    const char *claim, *value;
} agentos_claim_value;

/* A trusted issuer (RFC 9068, OpenID Connect), whose tokens are checked strictly. Usually the
 * preset, the issuer and the audience are enough. */
typedef struct {
    /* workos auth0 okta clerk supabase firebase cognito keycloak generic; NULL for generic */
    const char *preset;
    const char *issuer; /* the exact iss of its tokens; required */
    const char *audience[AGENTOS_LIST_MAX];
    const char *audience_claim; /* NULL for that of the preset, or aud */
    const char *algorithms[AGENTOS_LIST_MAX], *typ[AGENTOS_LIST_MAX];
    const char *required_claims[AGENTOS_LIST_MAX];
    agentos_claim_value equal_claims[AGENTOS_LIST_MAX];
    int64_t max_lifetime_s; /* of a token, in seconds; 0 for 24 hours */
    int64_t leeway_s;       /* between clocks, in seconds; at most 300; 0 for 10, -1 for none */
    /* how long fetched keys stay in use while fetches fail, in seconds; 0 for 24 hours */
    int64_t max_stale_s;
    /* At most one source of keys may be set, including verification_keys. The default is the source
     * of the preset, or discovery. */
    const char *jwks_url, *jwks_file, *x509_url, *discovery_url;
    const char *ca_file;       /* the authority of its servers (PEM); NULL for the system's */
    agentos_choice allow_http; /* fetch keys over plain http beyond this machine; else not */
    const char *verification_keys[AGENTOS_LIST_MAX];
    const char *scopes_claim[AGENTOS_LIST_MAX]; /* the first claim that is present counts */
    const char *scope_prefix;  /* removed from each scope; scopes without it are ignored */
    const char *scope_strings; /* "split" or "single" */
    const char *user_id_claim, *session_id_claim, *tenant_claim;
    const char *roles_claim[AGENTOS_LIST_MAX]; /* the first claim that is present counts */
    /* The scopes that its tokens may confer. Unset for all, except the admin scope and the scopes
     * of authz and service_accounts, which must be listed. */
    const char *grants[AGENTOS_LIST_MAX];
    agentos_named_scopes roles[AGENTOS_LIST_MAX];
    agentos_choice allow_weak_keys;
} agentos_issuer;

typedef struct {
    /* PEM or shared secrets, tried in this order */
    const char *verification_keys[AGENTOS_LIST_MAX];
    const char *jwks_file, *jwks_url;
    const char *ca_file; /* the authority of the server of jwks_url (PEM); NULL for the system's */
    const char *algorithm; /* NULL for RS256 */
    const char *issuer;
    const char *audience[AGENTOS_LIST_MAX];
    agentos_choice verify_audience;
    const char *audience_claim;
    const char *admin_scope; /* NULL for agent_os:admin */
    agentos_choice user_isolation, validate, allow_weak_keys, plain_fallback;
    const char *token_source, *token_header, *cookie_name, *bare_token, *scope_strings;
    const char *scopes_claim[AGENTOS_LIST_MAX];
    const char *user_id_claim, *session_id_claim, *roles_claim;
    const char *dependencies_claims[AGENTOS_LIST_MAX], *session_state_claims[AGENTOS_LIST_MAX];
    agentos_named_scopes scope_mappings[AGENTOS_LIST_MAX], roles[AGENTOS_LIST_MAX];
    const char *excluded_routes[AGENTOS_LIST_MAX], *excluded_routes_add[AGENTOS_LIST_MAX];
    /* ends at the first entry with no member set */
    agentos_issuer issuers[AGENTOS_LIST_MAX];
    const agentos_issuer *more_issuers; /* additional issuers; copied */
    size_t more_issuer_count;
} agentos_authorization_config;

/* ---- tokens ---- */

/* The claims of a token and the key that signs it. All texts are UTF-8 and are only read. */
typedef struct {
    const char *key;       /* a private key in PEM, or a shared secret; required */
    const char *algorithm; /* NULL for the key's usual one: RS256, ES256, EdDSA, HS256, ... */
    const char *kid;       /* NULL for the key's thumbprint (RFC 7638); a secret has none */
    const char *subject;   /* the user; required */
    const char *issuer;    /* NULL for none */
    const char *audience[AGENTOS_LIST_MAX];
    const char *scopes[AGENTOS_LIST_MAX]; /* such as "agents:read" */
    int64_t lifetime_s;                   /* in seconds; 0 for an hour */
    const char *claims; /* further claims, as a JSON object; may set iat and exp; NULL for none */
} agentos_token_options;

/**
 * Signs a token (RFC 7519) that an AgentOS with the key's public half accepts.
 *
 * @return a string that the caller must free with free(); or NULL with *err set (INVALID: the key
 * cannot sign, is weak or does not fit the algorithm; the subject is missing; a claim is not valid,
 * or the token would be larger than 16 KiB)
 *
 * May be called on any thread. Does not block. Does not keep the key.
 */
AGENTOS_API char *agentos_token_mint(const agentos_token_options *options, agentos_error *err);

/* ---- the server ---- */

typedef struct {
    const char *id, *name, *description, *version;
    /* "HOST:PORT"; NULL for 127.0.0.1:7777. Port 0 selects a free port. */
    const char *listen;
    const char *database; /* NULL for sqlite:data/agentos.db; "memory" keeps nothing */
    const char *cors_origins[AGENTOS_LIST_MAX];
    const char *allowed_hosts[AGENTOS_LIST_MAX];   /* apply only without authentication */
    const char *trusted_proxies[AGENTOS_LIST_MAX]; /* networks; unset for loopback */
    const char *security_key, *internal_service_token;
    const char *audit_key;  /* at least 32 bytes; NULL to keep it in a file beside the database */
    const char *audit_mark; /* the path of the audit log's mark; NULL for one beside the database */
    /* "debug", "info", "warning" or "error"; and "text" or "json" */
    const char *log_level, *log_format;
    int64_t body_limit_bytes; /* 0 for 1 MiB */
    int64_t runs_per_caller;  /* concurrent runs of one caller; 0 for 10,000 */
    /* bytes held by the open requests of one caller; 0 for 26 MiB */
    int64_t held_bytes_per_caller;
    /* the longest message and answer of a run; 0 for 256 KiB and 4 MiB, at most 2 and 5 MiB */
    int64_t message_limit_bytes, answer_limit_bytes;
    /* open connections of one address (IPv6: one /64); 0 for no limit */
    int64_t connections_per_address;
    /* how long unchanged sessions and audit rows are kept, in seconds; 0 for ever */
    int64_t retention_runs_s, retention_audit_s;
    agentos_agent *agents[AGENTOS_AGENTS_MAX]; /* owned by the AgentOS */
    bool authorization;                        /* enforces scopes */
    agentos_authorization_config authorization_config;
    size_t loops; /* event loops; 0 for one per core; at most AGENTOS_LOOPS_MAX */
    bool open;    /* allows listening beyond loopback without authentication */
} agentos_options;

/**
 * Creates an AgentOS and checks its options. It does not listen yet. Environment variables apply as
 * they do to the program `agentos` (docs/configuration.md).
 *
 * @return a new AgentOS, which the caller must free with agentos_free(); or NULL with *err set
 * (INVALID: a setting is not valid, exceeds its limit or is not UTF-8). On failure its agents are
 * freed.
 *
 * May be called on any thread. Blocks while it reads the files that the settings name.
 */
AGENTOS_API agentos *agentos_new(const agentos_options *options, agentos_error *err);

/**
 * Creates an AgentOS from a configuration file (docs/configuration.md), like agentos_new(). While
 * it serves, SIGHUP reloads the file.
 *
 * @param path the file; NULL for agentos.yaml in the working directory, if it exists
 */
AGENTOS_API agentos *agentos_from_file(const char *path, agentos_error *err);

/**
 * Listens and serves until SIGTERM, SIGINT or agentos_stop().
 *
 * @param os not owned; if NULL, returns the status in *err
 * @return AGENTOS_OK after all clients and runs have ended; INVALID; CONFLICT if the port is in
 * use; or UNAVAILABLE if the database cannot be used
 *
 * Blocks, and handles these signals meanwhile. Only one AgentOS of a process can serve at a time.
 */
AGENTOS_API agentos_status agentos_serve(agentos *os, agentos_error *err);

/**
 * Sets a function to call once the AgentOS listens. It runs on the thread of agentos_serve() and
 * must not block. `user` is passed on and not owned. Must be called before agentos_serve(). Does
 * nothing if os is NULL.
 */
AGENTOS_API void agentos_on_ready(agentos *os,
                                  void (*ready)(void *user, const char *host, uint16_t port),
                                  void *user);

/**
 * Ends the open requests and makes agentos_serve() return. Does nothing if os is NULL or does not
 * listen. May be called on any thread. Does not block.
 */
AGENTOS_API void agentos_stop(agentos *os);

/**
 * Frees an AgentOS that is not serving, with its agents and their models. NULL is allowed. Does not
 * block.
 */
AGENTOS_API void agentos_free(agentos *os);

#ifdef __cplusplus
}
#endif

#endif
