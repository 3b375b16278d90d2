/* From nodes to structs, by the rows of options_table.h. Says what is wrong and goes on. */
#ifndef OS_OPTIONS_READ_H
#define OS_OPTIONS_READ_H

#include "base/limits.h"
#include "os/env.h"
#include "os/faults.h"
#include "os/options_table.h"
#include "os/yaml.h"

/* The keys that were found, in order. */
struct key_list {
    size_t count;
    const char *texts[STATIC_KEYS_MAX], *names[STATIC_KEYS_MAX];
    bool is_incomplete; /* one was listed that cannot be used, which has been reported */
};

/* A value, and what leads to it: "agents[0].model". */
struct place {
    const struct yaml_node *node;
    const char *path;
};

/* One reading of one file. Whoever fills one in sets the members up to options. */
struct reading {
    arena *a;
    struct faults faults;
    const char *file;     /* as it is named in faults */
    const char *folder;   /* what relative paths start with: "" or ending in a slash */
    const char *env_file; /* NULL: none */
    const struct env *env;
    const struct yaml_node *root; /* NULL: not read yet, or not to be read */
    struct options *options;
    struct key_list keys;
    struct map models; /* name -> struct named_model */
};

/* Everything: the file's text (NULL-pointed: there is no file), the environment and the flags, into
 * r->options; faults into r->faults. */
void options_read(struct reading *r, str text, const struct option_flags *flags);

struct fault_place place_of(const struct reading *r, const struct yaml_node *node);

/* "value is wrong" at the value. */
#define fault_at(r, at, ...) \
    fault_add(&(r)->faults, place_of((r), (at).node), (at).path, __VA_ARGS__)
#define warn_at(r, at, ...) \
    fault_warn(&(r)->faults, place_of((r), (at).node), (at).path, __VA_ARGS__)

/* named_fault.c: a sentence that begins with the key it is about, at the place of that key; or of
 * the variable, where the environment goes before the file. */
void named_fault_add(struct reading *r, const char *message);
void named_fault_warn(struct reading *r, const char *message);

struct place place_member(struct reading *r, struct place map, const struct yaml_node *child);
struct place place_item(struct reading *r, struct place list, const struct yaml_node *child,
                        size_t index);

/* Every row's fallback into target. */
void section_defaults(struct reading *r, const struct option_section *section, void *target);

/* A map into target, which has its defaults; unknown and unsupported keys are faults. */
void section_read(struct reading *r, const struct option_section *section, struct place at,
                  void *target);

/* The texts of a list into out[0..], which has room for all: how many there are. */
size_t texts_read(struct reading *r, const struct option_row *row, struct place at,
                  const char **out);

/* Resolve a text, {file: PATH} or {env: NAME} of at most KEY_FILE_MAX_BYTES. NULL: absent (null, or
 * an unset variable), or a fault, which has been reported. */
const char *text_read(struct reading *r, struct place at);

/* The path as seen from the working folder. */
const char *path_resolve(struct reading *r, str path);

/* Remember a file that the configuration names, to be read again when it changes. */
void path_watch(struct reading *r, const char *path);

/* "localhost:7777", "[::1]:7777" */
bool address_parse(str text, str *host, int64_t *port);
bool port_is_valid(int64_t port);

/* The kinds that are more than one value; a reader per OPTION_*. */
typedef void option_reader(struct reading *r, const struct option_row *row, struct place at,
                           void *target);
option_reader duration_read, demands_read, issuer_keys_read, issuer_jwks_read, issuers_read;
option_reader keys_read, jwks_read_path, scopes_read, model_read, models_read, agents_read;

/* What the block and the environment add up to; root: the file's, or a null node. */
void authorization_finish(struct reading *r, const struct yaml_node *root);

/* trial.c: what a server would find out when it starts, once everything has been read. */
void trial_run(struct reading *r);

/* options_keys.c: with JWT_VERIFICATION_KEY; the key set, where the file names none. */
void keys_finish(struct reading *r);
const char *key_set_read(struct reading *r, const char *path, const char **why);
void key_set_finish(struct reading *r);

/* A fault of an environment variable, wherever it was set. */
void fault_variable(struct reading *r, const char *name, const char *sentence);

/* "My Agent_1" -> "my-agent-1", as the reference makes ids of names. */
const char *slug_of(struct reading *r, const char *name);

#endif
