/* Shared by the files that read and check the options. */
#ifndef OS_OPTIONS_READING_H
#define OS_OPTIONS_READING_H

#include "base/ensure.h"
#include "base/limits.h"
#include "config/reading.h"
#include "os/options.h"
#include "os/options_table.h"

/* The plain verification keys found so far. */
struct key_list {
    size_t count;
    const char *texts[STATIC_KEYS_MAX], *names[STATIC_KEYS_MAX];
    bool is_incomplete; /* a listed key is unusable; a fault was added */
};

/* The options being read; the `own` of a config_reading. */
struct options_draft {
    struct options *options;
    struct key_list keys;
    struct map models; /* name -> struct named_model */
};

static inline struct options_draft *draft_of(const struct config_reading *r)
{
    ensure(r->own != NULL);
    return r->own;
}

/* Fills in draft_of(r)->options from the file, the environment and the flags. Adds faults to
 * r->faults. */
void options_read(struct config_reading *r, const struct option_flags *flags);

/* Readers of the option kinds that only AgentOS has. */
option_reader read_path; /* a path, resolved against the folder of the file */
option_reader read_keys, read_jwks_path, read_scopes; /* of the authorization block */
option_reader read_ca_file; /* of the authorization block, its issuers and the models */
option_reader read_demands, read_issuer_keys, read_issuer_jwks, read_issuers;
option_reader read_model, read_models, read_agents;

/* Checks the authorization options as a whole. Must be called after all rows have been read. */
void authorization_finish(struct config_reading *r);

/* Adds a fault if the text of a verification key is the path of an existing file. */
void check_key_is_no_path(struct config_reading *r, struct place at, const char *text);
/* Appends JWT_VERIFICATION_KEY and gives all keys to the options. In options_keys.c. */
void keys_finish(struct config_reading *r);
/* Takes the key set of the environment if the file has none. */
void key_set_finish(struct config_reading *r);
/* Returns the content of a key set file and watches it. Returns NULL and sets *why to the reason if
 * it cannot be read. */
const char *key_set_read(struct config_reading *r, const char *path, const char **why);

/* Adds the faults that a server would find at start. The options must have no faults yet. In
 * trial.c. */
void trial_run(struct config_reading *r);

/* Derives an id from a name, such as "my-agent-1" from "My Agent_1". */
const char *slug_of(struct config_reading *r, const char *name);

#endif
