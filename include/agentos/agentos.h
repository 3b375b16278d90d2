/* libagentos serves agents over HTTP behind JWT authorization, from C. It needs ISO C11 and no
 * other header.
 *
 * Every object is made by a constructor from a struct of options. A member that is left out is
 * zero, and zero is its default. Texts are UTF-8. Texts and lists are copied before the call that
 * takes them returns. An object that is passed to a constructor (a model to an agent, or an agent
 * to an AgentOS) belongs to the new object, and is freed if the constructor fails.
 *
 * Errors: a constructor that fails returns NULL and fills in *err. If *err already reports a
 * failure, a constructor only frees the objects that it was given and returns NULL, so the result
 * of a chain of constructors needs to be checked only once, at its end. err may be NULL if the
 * reason does not matter. The message of an INVALID error names the setting as in the configuration
 * file, such as "authorization.issuers[0].audience: ...". If memory is exhausted, the process is
 * aborted.
 *
 * Limits: a list has at most AGENTOS_LIST_MAX entries, and there are at most AGENTOS_AGENTS_MAX
 * agents, AGENTOS_ISSUERS_MAX issuers and AGENTOS_LOOPS_MAX loops. All settings together must not
 * exceed 1 MiB as text. Input from outside is limited too (docs/embedding.md). */
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
 * NULL. A further entry after it is INVALID, because it would be lost unnoticed. Where an empty
 * list differs from a list that is not given (grants, excluded_routes, cors_origins,
 * trusted_proxies), AGENTOS_LIST("") is the empty list. */
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

/* A choice. Zero means that the option is not set, so its default applies. Any other value than
 * these three is INVALID. */
typedef enum { AGENTOS_UNSET, AGENTOS_YES, AGENTOS_NO } agentos_choice;

/* ---- models ---- */

typedef struct {
    const char *id; /* the provider's name of the model; required */
    /* includes /v1; NULL for the provider's own address, or for agentos_openai_responses()
     * OPENAI_BASE_URL */
    const char *base_url;
    /* NULL for OPENAI_API_KEY, which is sent only to the provider's own address */
    const char *api_key;
    double temperature, top_p; /* 0 if they are not sent */
    int64_t max_output_tokens; /* 0 if it is not sent */
    int64_t timeout_s;         /* how long the provider may be silent, in seconds; 0 for 60 */
    int64_t retries; /* after a 429 or 5xx, before the first token; 0 for 2, and -1 for none */
    /* only for agentos_offline(): the fixed answer; NULL to echo the message */
    const char *content;
    /* only for agentos_openai_chat(): whether token counts are asked for in streams; unset is yes
     */
    agentos_choice stream_usage;
    /* the path of the certificates (PEM) of the authority that vouches for the provider's server;
     * NULL for the system's */
    const char *ca_file;
} agentos_model_options;

/**
 * Make a model behind the OpenAI Responses API, a model behind a Chat Completions API (Ollama,
 * vLLM, ...), and the built-in model, which echoes and needs no network.
 *
 * @return a new model, which the caller must pass to agentos_agent_new() or free with
 * agentos_model_free(); or NULL with *err set (INVALID: the options have no id). Numbers and URLs
 * are checked by agentos_new().
 *
 * May be called on any thread. Does not block, because nothing is connected before a run.
 */
AGENTOS_API agentos_model *agentos_openai_responses(const agentos_model_options *options,
                                                    agentos_error *err);
AGENTOS_API agentos_model *agentos_openai_chat(const agentos_model_options *options,
                                               agentos_error *err);
AGENTOS_API agentos_model *agentos_offline(const agentos_model_options *options,
                                           agentos_error *err);

/* The kinds of parts that a message consists of. Later versions may add other kinds; ignore the
 * kinds that you do not know. */
typedef enum { AGENTOS_PART_TEXT = 1 } agentos_part_kind;

typedef struct {
    agentos_part_kind kind;
    const char *text; /* the text of a text part, in UTF-8 */
} agentos_part;

typedef struct {
    const char *role;    /* "system", "user" or "assistant" */
    const char *content; /* the texts of the parts, joined, in UTF-8; never NULL */
    const agentos_part *parts;
    size_t part_count;
} agentos_message;

/* One call of a model that your program implements. It is valid only during the callback. */
typedef struct agentos_reply agentos_reply;

/**
 * Answers a conversation. The function calls agentos_reply_text() as often as it likes and returns
 * AGENTOS_OK. If it fills in *err and returns another status, the run gets the status ERROR.
 *
 * Called on a worker thread, and up to eight times at once for each model. May block.
 */
typedef agentos_status agentos_model_callback(void *user, const agentos_message *messages,
                                              size_t count, agentos_reply *reply,
                                              agentos_error *err);

/**
 * Reports a piece of the answer.
 *
 * @param text len bytes of whole UTF-8 characters, without a NUL; they are copied
 * @return false if the caller of the run has left or cancelled it, if the piece is not UTF-8, or if
 * the answer would become too long; the callback should return soon then
 *
 * Must be called on the thread of the callback. Blocks while the client reads slowly.
 */
AGENTOS_API bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len);

/**
 * Makes a model that is a function of your program.
 *
 * @param id its name in answers; copied
 * @param user passed to the callback; not owned, and must stay valid until the AgentOS has been
 * freed
 * @return a new model, as agentos_offline() does; or NULL with *err set (INVALID: the id or the
 * function is missing)
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
    agentos_model *model;        /* required; the agent owns it, and no other agent may have it */
    bool add_history_to_context; /* the last runs of the session are part of the prompt */
    int64_t num_history_runs;    /* 0 for 3; at most 100 */
} agentos_agent_options;

/**
 * Makes an agent, which owns the model in the options.
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
    /* if there are none, the role grants nothing, or the route accepts any valid token */
    const char *scopes[AGENTOS_LIST_MAX];
} agentos_named_scopes;

/* A value that a claim must have. If a claim is listed several times, it may have any of its
 * values. */
typedef struct {
    const char *claim, *value;
} agentos_claim_value;

/* One trusted issuer (RFC 9068, OpenID Connect), whose tokens are checked strictly. The preset, the
 * issuer and the audience are enough to configure it. */
typedef struct {
    /* workos auth0 okta clerk supabase firebase cognito keycloak generic; NULL for generic */
    const char *preset;
    const char *issuer; /* the exact iss of its tokens; required */
    const char *audience[AGENTOS_LIST_MAX];
    const char *audience_claim; /* NULL for the claim of the preset, or else aud */
    const char *algorithms[AGENTOS_LIST_MAX], *typ[AGENTOS_LIST_MAX];
    const char *required_claims[AGENTOS_LIST_MAX];
    agentos_claim_value equal_claims[AGENTOS_LIST_MAX];
    int64_t max_lifetime_s; /* of a token, in seconds; 0 for 24 hours */
    int64_t leeway_s;       /* between clocks, in seconds, at most 300; 0 for 10, and -1 for none */
    /* how long fetched keys are used if further fetches fail, in seconds; 0 for 24 hours */
    int64_t max_stale_s;
    /* At most one source of keys may be set, including verification_keys. If there is none, the
     * preset's source is used, or else discovery. */
    const char *jwks_url, *jwks_file, *x509_url, *discovery_url;
    const char *ca_file;       /* the authority of its servers (PEM); NULL for the system's */
    agentos_choice allow_http; /* fetch keys over plain http beyond this machine; else not */
    const char *verification_keys[AGENTOS_LIST_MAX];
    const char *scopes_claim[AGENTOS_LIST_MAX]; /* the first claim that is present counts */
    const char *scope_prefix;  /* removed from each scope; a scope without it does not count */
    const char *scope_strings; /* "split" or "single" */
    const char *user_id_claim, *session_id_claim, *tenant_claim;
    const char *roles_claim[AGENTOS_LIST_MAX]; /* the first claim that is present counts */
    /* The most that its tokens confer. If none are given, there is no limit, except that the admin
     * scope and the scopes of authz and service_accounts never count unless they are listed. */
    const char *grants[AGENTOS_LIST_MAX];
    agentos_named_scopes roles[AGENTOS_LIST_MAX];
    agentos_choice allow_weak_keys;
} agentos_issuer;

typedef struct {
    /* PEM, or a shared secret; tried in this order */
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
    /* the list ends at the first entry in which nothing is set */
    agentos_issuer issuers[AGENTOS_LIST_MAX];
    const agentos_issuer *more_issuers; /* further issuers; the array is copied */
    size_t more_issuer_count;
} agentos_authorization_config;

/* ---- the server ---- */

typedef struct {
    const char *id, *name, *description, *version;
    /* "HOST:PORT"; NULL for 127.0.0.1:7777. For port 0 the system chooses a port. */
    const char *listen;
    const char *database; /* NULL for sqlite:data/agentos.db; with "memory" nothing is kept */
    const char *cors_origins[AGENTOS_LIST_MAX];
    const char *allowed_hosts[AGENTOS_LIST_MAX];   /* apply only if there is no authentication */
    const char *trusted_proxies[AGENTOS_LIST_MAX]; /* networks; if none are given, loopback */
    const char *security_key, *internal_service_token;
    const char *audit_key; /* at least 32 bytes; NULL to keep it in a file beside the database */
    /* "debug", "info", "warning" or "error"; and "text" or "json" */
    const char *log_level, *log_format;
    int64_t body_limit_bytes; /* 0 for 1 MiB */
    int64_t runs_per_caller;  /* how many runs one caller may have at the same time; 0 for 10,000 */
    /* how many bytes the open requests of one caller may hold; 0 for 64 MiB */
    int64_t held_bytes_per_caller;
    /* how many connections one address (for IPv6, one /64) may have open; 0 for no limit */
    int64_t connections_per_address;
    agentos_agent *agents[AGENTOS_AGENTS_MAX]; /* the AgentOS owns them */
    bool authorization;                        /* scopes are enforced */
    agentos_authorization_config authorization_config;
    size_t loops; /* 0 for one for each core; at most AGENTOS_LOOPS_MAX */
    bool open;    /* confirms that the server may listen beyond loopback without authentication */
} agentos_options;

/**
 * Makes an AgentOS, whose options are checked but which does not listen yet. Environment variables
 * apply as they do to the program `agentos` (docs/configuration.md).
 *
 * @return a new AgentOS, which the caller must free with agentos_free(); or NULL with *err set
 * (INVALID: a setting is not valid, exceeds its limit or is not UTF-8). On failure its agents are
 * freed.
 *
 * May be called on any thread. Blocks while it reads the files that the settings name.
 */
AGENTOS_API agentos *agentos_new(const agentos_options *options, agentos_error *err);

/**
 * Makes an AgentOS from a configuration file (docs/configuration.md), as agentos_new() does from
 * options. While it serves, SIGHUP makes it read the file again.
 *
 * @param path the file; NULL for agentos.yaml in the working folder, if that exists
 */
AGENTOS_API agentos *agentos_from_file(const char *path, agentos_error *err);

/**
 * Listens and serves until SIGTERM, SIGINT or agentos_stop().
 *
 * @param os still belongs to the caller afterwards; if it is NULL, nothing is done, and the status
 * in *err is returned
 * @return AGENTOS_OK after all clients and runs have ended; INVALID; CONFLICT if the port is in
 * use; or UNAVAILABLE if the database cannot be used
 *
 * Blocks. A process can have one AgentOS that serves at a time, which handles these signals
 * meanwhile.
 */
AGENTOS_API agentos_status agentos_serve(agentos *os, agentos_error *err);

/**
 * Sets a function that is called once the AgentOS listens, on the thread that serves, which it must
 * not block. Must be called before agentos_serve(). `user` is passed on and not owned. Does nothing
 * if os is NULL.
 */
AGENTOS_API void agentos_on_ready(agentos *os,
                                  void (*ready)(void *user, const char *host, uint16_t port),
                                  void *user);

/**
 * Makes agentos_serve() end its open requests and return. Does nothing if os is NULL or does not
 * listen. May be called on any thread. Does not block.
 */
AGENTOS_API void agentos_stop(agentos *os);

/**
 * Frees an AgentOS that does not serve, with its agents and their models. NULL is allowed. Does not
 * block.
 */
AGENTOS_API void agentos_free(agentos *os);

#ifdef __cplusplus
}
#endif

#endif
