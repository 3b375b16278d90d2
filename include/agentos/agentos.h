/* libagentos: serve agents over HTTP behind JWT authorization, from C. ISO C11; no other header
 * needed.
 *
 * Everything is a struct of options and a constructor. What is left out is zero, and zero is the
 * default. Texts and lists are copied by the call they are given to; objects given to a constructor
 * (a model to an agent, an agent to an AgentOS) belong to what they were given to, also when it
 * fails.
 *
 * Errors: a constructor returns NULL and fills in *err. Given an err that already tells of a
 * failure, it does nothing but release what it was given: a chain of constructors needs one look,
 * at its end. Out of memory aborts. Sizes from outside are capped (docs/embedding.md). */
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

/* A list in place: .agents = AGENTOS_LIST(one, two). At most AGENTOS_LIST_MAX. */
#define AGENTOS_LIST(...) \
    {                     \
        __VA_ARGS__       \
    }
enum { AGENTOS_LIST_MAX = 16, AGENTOS_AGENTS_MAX = 256 };

/* Zero means that nothing was said, so that the default holds. */
typedef enum { AGENTOS_UNSET, AGENTOS_YES, AGENTOS_NO } agentos_choice;

/* ---- models ---- */

typedef struct {
    const char *id;            /* the provider's name of the model; required */
    const char *base_url;      /* includes /v1; NULL: the provider's own, or OPENAI_BASE_URL */
    const char *api_key;       /* NULL: OPENAI_API_KEY, for the provider's own address only */
    double temperature, top_p; /* sent when above zero */
    int64_t max_output_tokens; /* sent when above zero */
    int64_t timeout_s;         /* silence of the provider; 0: 60 */
} agentos_model_options;

/**
 * A model behind the OpenAI Responses API, behind a Chat Completions API (Ollama, vLLM, ...), and
 * the built-in one that echoes and needs no network.
 *
 * @return a new model, freed with what it is given to, or by agentos_model_free(); NULL: *err
 * (INVALID)
 *
 * Thread-safe. Does not block: nothing is connected before a run.
 */
AGENTOS_API agentos_model *agentos_openai_responses(const agentos_model_options *options,
                                                    agentos_error *err);
AGENTOS_API agentos_model *agentos_openai_chat(const agentos_model_options *options,
                                               agentos_error *err);
AGENTOS_API agentos_model *agentos_offline(const agentos_model_options *options,
                                           agentos_error *err);

typedef struct {
    const char *role;    /* "system", "user" or "assistant" */
    const char *content; /* UTF-8 */
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

/** Say a piece of the answer (UTF-8; copied). false: nobody listens any more, so return soon. */
AGENTOS_API bool agentos_reply_text(agentos_reply *reply, const char *text, size_t len);

/** A model that is a function of yours. id: its name on the wire. `user` is passed on, and not
 * owned. */
AGENTOS_API agentos_model *agentos_callback_model(const char *id, agentos_model_callback *callback,
                                                  void *user, agentos_error *err);

AGENTOS_API void
agentos_model_free(agentos_model *model); /* NULL is fine; not after it was given away */

/* ---- agents ---- */

typedef struct {
    const char *id;   /* [A-Za-z0-9._~-]{1,128}; NULL: from the name */
    const char *name; /* NULL: none */
    const char *description, *role, *instructions;
    agentos_model *model;        /* required; given away */
    bool add_history_to_context; /* the session's last runs go into the prompt */
    int64_t num_history_runs;    /* 0: 3 */
} agentos_agent_options;

/** @return a new agent, freed with the AgentOS it is given to, or by agentos_agent_free(); NULL:
 * *err */
AGENTOS_API agentos_agent *agentos_agent_new(const agentos_agent_options *options,
                                             agentos_error *err);
AGENTOS_API void
agentos_agent_free(agentos_agent *agent); /* NULL is fine; not after it was given away */

/* ---- authorization: the keys of `authorization:` in agentos.yaml (docs/configuration.md) ---- */

typedef struct {
    const char *name; /* of a role; of a route, "GET /config"; of a claim */
    const char *scopes[AGENTOS_LIST_MAX];
} agentos_named_scopes;

typedef struct {
    const char *claim, *value;
} agentos_claim_value;

/* One trusted issuer (RFC 9068, OpenID Connect): strict. */
typedef struct {
    const char *preset; /* workos auth0 okta clerk supabase firebase cognito keycloak generic */
    const char *issuer;
    const char *audience[AGENTOS_LIST_MAX];
    const char *audience_claim;
    const char *algorithms[AGENTOS_LIST_MAX], *typ[AGENTOS_LIST_MAX],
        *required_claims[AGENTOS_LIST_MAX];
    agentos_claim_value equal_claims[AGENTOS_LIST_MAX];
    int64_t max_lifetime_s, leeway_s, max_stale_s; /* 0: the defaults, 24 h, 10 s, 24 h */
    const char *jwks_url, *jwks_file, *x509_url, *discovery_url; /* none: discovery from issuer */
    const char *verification_keys[AGENTOS_LIST_MAX];
    const char *scopes_claim[AGENTOS_LIST_MAX];
    const char *user_id_claim, *session_id_claim, *roles_claim, *tenant_claim;
    const char *grants[AGENTOS_LIST_MAX];
    agentos_named_scopes roles[AGENTOS_LIST_MAX];
    const char *scope_prefix, *scope_strings;
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
    agentos_issuer issuers[AGENTOS_LIST_MAX];
} agentos_authorization_config;

/* ---- the server ---- */

typedef struct {
    const char *id, *name, *description, *version;
    const char *listen;   /* "HOST:PORT"; NULL: 127.0.0.1:7777; port 0 picks one */
    const char *database; /* NULL: sqlite:data/agentos.db; "memory": nothing is kept */
    const char *cors_origins[AGENTOS_LIST_MAX];
    const char *security_key;
    agentos_agent *agents[AGENTOS_AGENTS_MAX]; /* given away */
    bool authorization;                        /* scopes are enforced */
    agentos_authorization_config authorization_config;
    size_t loops; /* 0: one a core */
    bool open;    /* an address beyond loopback without authentication is meant */
} agentos_options;

/**
 * An AgentOS, checked but not yet listening.
 *
 * @return freed with agentos_free(); NULL: *err (INVALID: an option cannot be meant, named in the
 * sentence)
 */
AGENTOS_API agentos *agentos_new(const agentos_options *options, agentos_error *err);

/** As agentos_new, from a configuration file (docs/configuration.md). Blocks while reading it. */
AGENTOS_API agentos *agentos_from_file(const char *path, agentos_error *err);

/**
 * Listen and serve until SIGTERM, SIGINT or agentos_stop(). NULL answers the status in *err.
 *
 * @return AGENTOS_OK after a drained stop; INVALID, CONFLICT (the port is taken), UNAVAILABLE (the
 * database)
 *
 * Blocks. One AgentOS at a time in a process; those signals are its own while it serves.
 */
AGENTOS_API agentos_status agentos_serve(agentos *os, agentos_error *err);

/** Called on the serving thread once it listens. Set it before agentos_serve(). */
AGENTOS_API void agentos_on_ready(agentos *os,
                                  void (*ready)(void *user, const char *host, uint16_t port),
                                  void *user);

/** Ask agentos_serve() to drain and return. Any thread; does not block. */
AGENTOS_API void agentos_stop(agentos *os);

AGENTOS_API void agentos_free(agentos *os); /* not while it serves; NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
