/* What the readers of AgentOS's own kinds of values share, and the steps that follow when the rows
 * have been read. */
#ifndef OS_OPTIONS_READING_H
#define OS_OPTIONS_READING_H

#include "base/ensure.h"
#include "base/limits.h"
#include "config/reading.h"
#include "os/options.h"
#include "os/options_table.h"

/* The plain verification keys that were found, in their order. */
struct key_list {
    size_t count;
    const char *texts[STATIC_KEYS_MAX], *names[STATIC_KEYS_MAX];
    bool is_incomplete; /* a key was listed that cannot be used, which has been reported */
};

/* The options while they are being read; the `own` of a config_reading. */
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

/* Fills in draft_of(r)->options from the text, the environment and the flags. Adds faults to
 * r->faults. */
void options_read(struct config_reading *r, const struct option_flags *flags);

/* The readers of AgentOS's own kinds. */
option_reader read_keys, read_jwks_path, read_scopes; /* of the authorization block */
option_reader read_demands, read_issuer_keys, read_issuer_jwks, read_issuers;
option_reader read_model, read_models, read_agents;

/* Checks what the `authorization:` block and the environment amount to together. Must be called
 * when the rows have been read. */
void authorization_finish(struct config_reading *r);

/* Appends the key of JWT_VERIFICATION_KEY, and gives all keys to the options. In options_keys.c. */
void keys_finish(struct config_reading *r);
/* Takes the key set of the environment, if the file names none. */
void key_set_finish(struct config_reading *r);
/* Returns the content of a key set's file, which is watched from then on. Returns NULL and sets
 * *why to the reason if it cannot be read. */
const char *key_set_read(struct config_reading *r, const char *path, const char **why);

/* Adds the faults that a server would find when it starts. The options must have no faults yet. In
 * trial.c. */
void trial_run(struct config_reading *r);

/* Makes an id of a name, such as "my-agent-1" of "My Agent_1", as the reference does. */
const char *slug_of(struct config_reading *r, const char *name);

#endif
