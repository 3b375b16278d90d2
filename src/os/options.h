/* The options of AgentOS, from agentos.yaml, the environment and the command line. Flags override
 * the environment, which overrides the file, which overrides the defaults. Exceptions: the file's
 * jwks_file, and a model's api_key and base_url, override the environment. */
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

/* All texts and objects here are in the arena given to options_load. NULL or zero means that an
 * option is not set, unless stated otherwise. */
struct named_model {
    const char *name; /* "local" for `models: {local: {...}}` */
    struct model_options options;
};

struct agent_options {
    const char *id, *name, *description, *role;
    struct place id_place;    /* set only if the file gives the id */
    const char *instructions; /* the lines of a list are joined by newlines */
    /* `openai:gpt-5.2`, or a map, with the names in `models` replaced */
    struct model_options model;
    bool add_history_to_context;
    int64_t num_history_runs; /* 3 by default */
};

/* Where the file gives the keys that are checked together. */
struct option_places {
    struct place cors_origins, security_key, authorization, message_limit;
    struct place enabled, verification_keys, user_isolation, validate, token_source, scope_mappings,
        jwks_url, roles, roles_claim, issuers; /* of the authorization block */
};

struct options {
    const char *file; /* the configuration file that was read; NULL if there was none */
    const char *text; /* the content of that file; "" if there was none */
    const char *watched[WATCHES_MAX]; /* the files named by {file: PATH} */
    size_t watched_count;
    const char *id, *name, *description,
        *version;                    /* if only the name is given, the id is made of it */
    const char *host;                /* 127.0.0.1 by default */
    uint16_t port;                   /* 7777 by default; 0 to let the system choose one */
    const char *const *cors_origins; /* if it is not given, the built-in list */
    size_t cors_origin_count;
    const char *database; /* by default, sqlite:data/agentos.db in the folder of the file */
    enum log_level log_level;
    enum log_format log_format;
    size_t loops; /* 0 for one on each core */
    bool open;    /* --open: the server may be reached without authentication beyond loopback */
    /* Host values that are accepted besides loopback if there is no authentication */
    const char *const *allowed_hosts;
    size_t allowed_host_count;
    struct named_model *models;
    size_t model_count;
    struct agent_options *agents;
    size_t agent_count;
    struct authority_options authorization; /* without os_id, which edition_new sets */
    struct policy_options policy;           /* what the authorization block defines for routes */
    const char *audit_key;                  /* secret */
    const char *audit_mark;                 /* a path; NULL for a file beside the database */
    int64_t keep_runs_s, keep_audit_s;      /* retention; 0 for ever */
    size_t body_limit_bytes;                /* limits.body; BODY_MAX_BYTES by default */
    size_t message_max_bytes;               /* limits.message; MESSAGE_MAX_BYTES by default */
    size_t answer_max_bytes;                /* limits.answer; RUN_CONTENT_MAX_BYTES by default */
    int64_t runs_per_caller;                /* limits.runs_per_caller */
    size_t held_bytes_per_caller;           /* limits.held_bytes_per_caller */
    int64_t connections_per_address;        /* limits.connections_per_address; 0 for no limit */
    struct option_places places;
    /* For programs that embed the server: called on the serving thread once the server listens. */
    void (*on_ready)(void *user, const char *host, uint16_t port);
    void *on_ready_user;
};

/* The command line. NULL, -1 or 0 means that a flag is not given. */
struct option_flags {
    const char *config; /* --config; if NULL, agentos.yaml in the working folder, if it exists */
    const char *host;
    int port;      /* -1 if it is not given */
    int listen_fd; /* a listening socket with the address in host and port; 0 if none is given */
    size_t loops;
    bool open;
    const char *env_file; /* if NULL, .env in the folder of the configuration, if it exists */
    const char *text;     /* used as the content of the configuration; if NULL, the file is read */
};

/* Reads the options, resolves {file:} and {env:}, and checks them. Returns INVALID if there are
 * faults other than warnings. Always sets *faults to all faults and warnings, in the arena. Blocks.
 */
MUST_USE agentos_status options_load(const struct option_flags *flags, arena *a,
                                     struct options *out, struct config_faults *faults,
                                     agentos_error *err);

/* Like options_load, and also adds the faults that a server would find at start, such as a key that
 * does not fit its algorithm. Nothing is bound, opened, created or fetched. */
MUST_USE agentos_status options_check(const struct option_flags *flags, arena *a,
                                      struct options *out, struct config_faults *faults,
                                      agentos_error *err);

/* Appends the JSON Schema of agentos.yaml to out. */
void options_schema(buf *out);

#endif
