/* What the readers of AgentOS's own kinds of values share, and the steps that follow once the rows
 * have been read. */
#ifndef OS_OPTIONS_READING_H
#define OS_OPTIONS_READING_H

#include "base/ensure.h"
#include "base/limits.h"
#include "config/reading.h"
#include "os/options.h"
#include "os/options_table.h"

/* The plain verification keys that were found, in order. */
struct key_list {
    size_t count;
    const char *texts[STATIC_KEYS_MAX], *names[STATIC_KEYS_MAX];
    bool is_incomplete; /* one was listed that cannot be used, which has been reported */
};

/* The options while they are read: config_reading's `own`. */
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

/* Fills draft_of(r)->options from the text, the environment and the flags; faults into r->faults.
 */
void options_read(struct config_reading *r, const struct option_flags *flags);

/* The readers of AgentOS's own kinds. */
option_reader read_keys, read_jwks_path, read_scopes; /* authorization: */
option_reader read_demands, read_issuer_keys, read_issuer_jwks, read_issuers;
option_reader read_model, read_models, read_agents;

/* What the `authorization:` block and the environment add up to. Once the rows have been read. */
void authorization_finish(struct config_reading *r);

/* options_keys.c: appends JWT_VERIFICATION_KEY, and gives the options all keys. */
void keys_finish(struct config_reading *r);
/* The key set of the environment, where the file names none. */
void key_set_finish(struct config_reading *r);
/* The content of a key set's file, which is watched from then on. NULL: it cannot be read, and *why
 * says so. */
const char *key_set_read(struct config_reading *r, const char *path, const char **why);

/* trial.c: adds the faults that a server would find when it starts; of options without faults. */
void trial_run(struct config_reading *r);

/* "My Agent_1" -> "my-agent-1", as the reference makes ids of names. */
const char *slug_of(struct config_reading *r, const char *name);

#endif
