/* libagentos: serve agents over HTTP behind JWT authorization, from C. ISO C11; no other header
 * needed.
 *
 * Everything is a struct of options and a constructor. What is left out is zero, and zero is the
 * default. Texts are UTF-8; texts and lists are copied by the call they are given to. Objects given
 * to a constructor (a model to an agent, an agent to an AgentOS) belong to what they were given to,
 * also when it fails.
 *
 * Errors: a constructor returns NULL and fills in *err. Given an err that already tells of a
 * failure, it does nothing but release what it was given: a chain of constructors needs one look,
 * at its end. err may be NULL, where the reason does not matter. INVALID names the setting as the
 * configuration file does, "authorization.issuers[0].audience: ...". Out of memory aborts.
 *
 * Limits: AGENTOS_LIST_MAX entries in a list, AGENTOS_AGENTS_MAX agents, AGENTOS_ISSUERS_MAX
 * issuers, AGENTOS_LOOPS_MAX loops, 1 MiB for all settings together as text; what comes from
 * outside is capped too (docs/embedding.md). */
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

/* A list in place: .agents = AGENTOS_LIST(one, two). It ends at the first NULL, and an entry after
 * that is INVALID: it would be lost without a word. Where an empty list means something else than
 * none given (grants, excluded_routes, cors_origins, trusted_proxies), it is AGENTOS_LIST(""). */
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

/* Zero means that nothing was said, so that the default holds; another value is INVALID. */
typedef enum { AGENTOS_UNSET, AGENTOS_YES, AGENTOS_NO } agentos_choice;

/* ---- models ---- */

typedef struct {
    const char *id;              /* the provider's name of the model; required */
    const char *base_url;        /* includes /v1; NULL: the provider's own, or OPENAI_BASE_URL */
    const char *api_key;         /* NULL: OPENAI_API_KEY, for the provider's own address only */
    double temperature, top_p;   /* 0: not sent */
    int64_t max_output_tokens;   /* 0: not sent */
    int64_t timeout_s;           /* silence of the provider; 0: 60 */
    int64_t retries;             /* after 429 and 5xx, before the first token; 0: 2; -1: none */
    const char *content;         /* agentos_offline(): always answer this; NULL: echo */
    agentos_choice stream_usage; /* agentos_openai_chat(): token counts of streams; unset: yes */
} agentos_model_options;

/**
 * A model behind the OpenAI Responses API, behind a Chat Completions API (Ollama, vLLM, ...), and
 * the built-in one that echoes and needs no network.
 *
 * @return a new model, freed with what it is given to, or by agentos_model_free(); NULL: *err
 * (INVALID: no id). Numbers and URLs are looked at by agentos_new().
 *
 * Thread-safe. Does not block: nothing is connected before a run.
 */
AGENTOS_API agentos_model *agentos_openai_responses(const agentos_model_options *options,
                                                    agentos_error *err);
AGENTOS_API agentos_model *agentos_openai_chat(const agentos_model_options *options,
                                               agentos_error *err);
AGENTOS_API agentos_model *agentos_offline(const agentos_model_options *options,
                                           agentos_error *err);

/* What a message is made of. Versions to come may bring other kinds: pass over what you do not
 * know.
 */
typedef enum { AGENTOS_PART_TEXT = 1 } agentos_part_kind;

typedef struct {
    agentos_part_kind kind;
    const char *text; /* of a text: UTF-8 */
} agentos_part;

typedef struct {
    const char *role;    /* "system", "user" or "assistant" */
    const char *content; /* UTF-8: the texts of the parts, joined; never NULL */
    const agentos_part *parts;
    size_t part_count;
} agentos_message;

/* One call of a model of yours. Valid for the duration of the callback. */
typedef struct agentos_reply agentos_reply;

/**
 * Answers a conversation: calls agentos_reply_text() as often as it likes and returns AGENTOS_OK,
 * or returns another status after filling in *err, which makes the run's status ERROR.
 *
 * Called on a worker thread, several at a time; may block.
 */
typedef agentos_status agentos_model_callback(void *user, const agentos_message *messages,
                                              size_t count, agentos_reply *reply,
                                              agentos_error *err);

/**
 * Say a piece of the answer.
 *
 * @param text  UTF-8, of len bytes, without a NUL at its end; copied
 * @return false: nobody listens any more, so return soon
 *
 * On the thread of the callback alone. Blocks while the client reads slowly.
 */
AGENTOS_API bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len);

/**
 * A model that is a function of yours.
 *
 * @param id    its name on the wire; copied
 * @param user  passed on; not owned, and used until the AgentOS has been freed
 * @return as agentos_offline(); NULL: *err (INVALID: no id, no function)
 *
 * Thread-safe. Does not block.
 */
AGENTOS_API agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback,
                                                  void *user, agentos_error *err);

/** Free a model that was not given away; NULL is fine. Any thread. Does not block. */
AGENTOS_API void agentos_model_free(agentos_model *model);

/* ---- agents ---- */

typedef struct {
    const char *id;   /* [A-Za-z0-9._~-]{1,128}; NULL: from the name */
    const char *name; /* NULL: none */
    const char *description, *role, *instructions;
    agentos_model *model;        /* required; given away, to one agent */
    bool add_history_to_context; /* the session's last runs go into the prompt */
    int64_t num_history_runs;    /* 0: 3; at most 100 */
} agentos_agent_options;

/**
 * An agent.
 *
 * @return a new agent, freed with the AgentOS it is given to, or by agentos_agent_free(); NULL:
 * *err (INVALID: no model, or one that belongs to another agent), and the model is freed
 *
 * Thread-safe. Does not block.
 */
AGENTOS_API agentos_agent *agentos_agent_new(const agentos_agent_options *options,
                                             agentos_error *err);
/** Free an agent that was not given away, and its model; NULL is fine. Any thread. Does not block.
 */
AGENTOS_API void agentos_agent_free(agentos_agent *agent);

/* ---- authorization: the keys of `authorization:` in agentos.yaml (docs/configuration.md) ---- */

typedef struct {
    const char *name;                     /* of a role; of a route, "GET /config" */
    const char *scopes[AGENTOS_LIST_MAX]; /* none: the role grants nothing; any token will do */
} agentos_named_scopes;

/* What a claim must be. A claim that stands several times may be any of its values. */
typedef struct {
    const char *claim, *value;
} agentos_claim_value;

/* One trusted issuer (RFC 9068, OpenID Connect): strict. Preset, issuer and audience are enough. */
typedef struct {
    const char *preset; /* workos auth0 okta clerk supabase firebase cognito keycloak generic */
    const char *issuer; /* the exact iss of its tokens; required */
    const char *audience[AGENTOS_LIST_MAX];
    const char *audience_claim; /* NULL: the preset's, or aud */
    const char *algorithms[AGENTOS_LIST_MAX], *typ[AGENTOS_LIST_MAX];
    const char *required_claims[AGENTOS_LIST_MAX];
    agentos_claim_value equal_claims[AGENTOS_LIST_MAX];
    int64_t max_lifetime_s; /* of a token; 0: 24 h */
    int64_t leeway_s;       /* between clocks, at most 300; 0: 10; -1: none */
    int64_t max_stale_s;    /* of fetched keys, through failures; 0: 24 h */
    const char *jwks_url, *jwks_file, *x509_url, *discovery_url; /* one; none: discovery */
    const char *verification_keys[AGENTOS_LIST_MAX];
    const char *scopes_claim[AGENTOS_LIST_MAX]; /* the first that is there */
    const char *scope_prefix;                   /* cut off; a scope without it does not count */
    const char *scope_strings;                  /* "split" or "single" */
    const char *user_id_claim, *session_id_claim, *tenant_claim;
    const char *roles_claim[AGENTOS_LIST_MAX]; /* the first that is there */
    const char *grants[AGENTOS_LIST_MAX];      /* a ceiling on what its tokens confer; none: none,
                                                  but admin and authz scopes never count unlisted */
    agentos_named_scopes roles[AGENTOS_LIST_MAX];
    agentos_choice allow_weak_keys;
} agentos_issuer;

typedef struct {
    const char *verification_keys[AGENTOS_LIST_MAX]; /* PEM, or a shared secret; tried in order */
    const char *jwks_file, *jwks_url;
    const char *algorithm; /* NULL: RS256 */
    const char *issuer;
    const char *audience[AGENTOS_LIST_MAX];
    agentos_choice verify_audience;
    const char *audience_claim;
    const char *admin_scope; /* NULL: agent_os:admin */
    agentos_choice user_isolation, validate, allow_weak_keys, plain_fallback;
    const char *token_source, *token_header, *cookie_name, *bare_token, *scope_strings;
    const char *scopes_claim[AGENTOS_LIST_MAX];
    const char *user_id_claim, *session_id_claim, *roles_claim;
    const char *dependencies_claims[AGENTOS_LIST_MAX], *session_state_claims[AGENTOS_LIST_MAX];
    agentos_named_scopes scope_mappings[AGENTOS_LIST_MAX], roles[AGENTOS_LIST_MAX];
    const char *excluded_routes[AGENTOS_LIST_MAX], *excluded_routes_add[AGENTOS_LIST_MAX];
    agentos_issuer issuers[AGENTOS_LIST_MAX]; /* up to the first without issuer and preset */
    const agentos_issuer *more_issuers;       /* beside those, any number; copied */
    size_t more_issuer_count;
} agentos_authorization_config;

/* ---- the server ---- */

typedef struct {
    const char *id, *name, *description, *version;
    const char *listen;   /* "HOST:PORT"; NULL: 127.0.0.1:7777; port 0 picks one */
    const char *database; /* NULL: sqlite:data/agentos.db; "memory": nothing is kept */
    const char *cors_origins[AGENTOS_LIST_MAX];
    const char *allowed_hosts[AGENTOS_LIST_MAX];   /* while there is no authentication */
    const char *trusted_proxies[AGENTOS_LIST_MAX]; /* networks; none given: loopback */
    const char *security_key, *internal_service_token;
    const char *audit_key;              /* 32 bytes or more; NULL: in a file beside the database */
    const char *log_level, *log_format; /* "debug" "info" "warning" "error"; "text" "json" */
    int64_t body_limit_bytes;           /* 0: 1 MiB */
    int64_t runs_per_caller;            /* under way at once; 0: 10,000 */
    int64_t held_bytes_per_caller;      /* by its requests under way; 0: 64 MiB */
    int64_t connections_per_address;    /* open at once, of IPv6 from one /64; 0: no limit */
    agentos_agent *agents[AGENTOS_AGENTS_MAX]; /* given away */
    bool authorization;                        /* scopes are enforced */
    agentos_authorization_config authorization_config;
    size_t loops; /* 0: one a core; at most AGENTOS_LOOPS_MAX */
    bool open;    /* an address beyond loopback without authentication is meant */
} agentos_options;

/**
 * An AgentOS, checked but not yet listening. The environment counts as it does for the program
 * (docs/configuration.md).
 *
 * @return a new AgentOS, freed with agentos_free(); NULL: *err (INVALID: a setting cannot be meant,
 * is larger than its limit or not UTF-8), and its agents are freed
 *
 * Thread-safe. Blocks while it reads the files that settings name.
 */
AGENTOS_API agentos *agentos_new(const agentos_options *options, agentos_error *err);

/**
 * As agentos_new(), from a configuration file (docs/configuration.md). SIGHUP reads it again while
 * it serves.
 *
 * @param path  NULL: agentos.yaml in the working folder, if there is one
 */
AGENTOS_API agentos *agentos_from_file(const char *path, agentos_error *err);

/**
 * Listen and serve until SIGTERM, SIGINT or agentos_stop().
 *
 * @param os  stays the caller's; NULL: nothing is done but to answer the status in *err
 * @return AGENTOS_OK after a drained stop; INVALID, CONFLICT (the port is taken), UNAVAILABLE (the
 * database)
 *
 * Blocks. One AgentOS at a time in a process; those signals are its own while it serves.
 */
AGENTOS_API agentos_status agentos_serve(agentos *os, agentos_error *err);

/**
 * Have a function called once it listens, on the serving thread, which must not block there. Set it
 * before agentos_serve(). `user` is passed on, and not owned; os NULL: nothing is done.
 */
AGENTOS_API void agentos_on_ready(agentos *os,
                                  void (*ready)(void *user, const char *host, uint16_t port),
                                  void *user);

/** Ask agentos_serve() to drain and return; nothing, where it does not serve, or for NULL. Any
 * thread. Does not block. */
AGENTOS_API void agentos_stop(agentos *os);

/** Free an AgentOS that does not serve, its agents and their models; NULL is fine. Does not block.
 */
AGENTOS_API void agentos_free(agentos *os);

#ifdef __cplusplus
}
#endif

#endif
