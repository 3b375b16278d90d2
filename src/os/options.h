/* AgentOS's options: agentos.yaml, the environment and the command line, merged and checked.
 * Precedence: flag > environment > file > default. */
#ifndef OS_OPTIONS_H
#define OS_OPTIONS_H

#include "auth/authority.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "config/faults.h"
#include "config/option.h"
#include "model/model.h"
#include "web/policy.h"

/* All of this is from the arena given to options_load; NULL or zero: not set, unless said
 * otherwise.
 */
struct named_model {
    const char *name; /* "local" in `models: {local: {...}}` */
    struct model_options options;
};

struct agent_options {
    const char *id, *name, *description, *role;
    struct place id_place;      /* where the file gives the id; it may also be made of the name */
    const char *instructions;   /* a list of lines is joined by newlines */
    struct model_options model; /* `openai:gpt-5.2` or a mapping, resolved against `models` */
    bool add_history_to_context;
    int64_t num_history_runs; /* default 3 */
};

/* Where the file gives what the rules about several keys are about. */
struct option_places {
    struct place cors_origins, security_key, authorization;
    struct place enabled, verification_keys, user_isolation, validate, token_source, scope_mappings,
        jwks_url, roles, roles_claim, issuers; /* of the authorization block */
};

struct options {
    const char *file;                 /* the configuration that was read; NULL: none */
    const char *text;                 /* what stood in it; "" without one */
    const char *watched[WATCHES_MAX]; /* the files that {file: PATH} named */
    size_t watched_count;
    const char *id, *name, *description,
        *version;                    /* id: made of the name, when only that is given */
    const char *host;                /* default 127.0.0.1 */
    uint16_t port;                   /* default 7777; 0 picks one */
    const char *const *cors_origins; /* the default list when not given */
    size_t cors_origin_count;
    const char *database; /* default sqlite:data/agentos.db beside the file */
    enum log_level log_level;
    enum log_format log_format;
    size_t loops;                     /* 0: one a core */
    bool open;                        /* --open: no authentication beyond loopback is meant */
    const char *const *allowed_hosts; /* Host values accepted in open mode beside loopback */
    size_t allowed_host_count;
    struct named_model *models;
    size_t model_count;
    struct agent_options *agents;
    size_t agent_count;
    struct authority_options authorization; /* but os_id, which edition_new sets */
    struct policy_options policy;           /* what the same block says of routes */
    const char *audit_key;                  /* secret */
    size_t body_limit_bytes;                /* limits.body; default BODY_MAX_BYTES */
    int64_t runs_per_caller;                /* limits.runs_per_caller */
    size_t held_bytes_per_caller;           /* limits.held_bytes_per_caller */
    int64_t connections_per_address;        /* limits.connections_per_address; 0: no limit */
    struct option_places places;
    /* For programs that embed the server: called on the serving thread once it listens. */
    void (*on_ready)(void *user, const char *host, uint16_t port);
    void *on_ready_user;
};

/* What the command line says; NULL, -1 or 0: not given. */
struct option_flags {
    const char *config; /* --config; NULL: agentos.yaml in the working folder if there is one */
    const char *host;
    int port;      /* -1: not given */
    int listen_fd; /* a listening socket, of the address in host and port; 0: none is given */
    size_t loops;
    bool open;
    const char *env_file; /* NULL: .env beside the configuration if there is one */
    const char *text;     /* stands for the content of the configuration; NULL: it is read */
};

/* Reads, resolves {file:} and {env:}, checks. INVALID: there are faults beside warnings. *faults
 * has all of both either way, from the arena. Blocks. */
MUST_USE agentos_status options_load(const struct option_flags *flags, arena *a,
                                     struct options *out, struct config_faults *faults,
                                     agentos_error *err);

/* As options_load, before serving: faults are also what a server would find when it starts, such as
 * a key that does not fit its algorithm, or an address that others reach without authentication.
 * Binds, opens, creates and fetches nothing. */
MUST_USE agentos_status options_check(const struct option_flags *flags, arena *a,
                                      struct options *out, struct config_faults *faults,
                                      agentos_error *err);

/* The JSON Schema of the file, made from the same rows; appended to out. */
void options_schema(buf *out);

#endif
