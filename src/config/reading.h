/* Reading a configuration: texts found and parsed, structs filled in by their rows, and everything
 * that is wrong collected. Blocks; all of it on one thread. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "base/buf.h"
#include "base/limits.h"
#include "config/env.h"
#include "config/faults.h"
#include "config/option.h"
#include "config/yaml.h"

/* One reading of one configuration. Everything that it finds is from `a`. */
struct config_reading {
    arena *a;
    struct faults faults;
    const struct option_section *rows; /* of the whole file */
    void *own;                         /* what the server's own readers share */
    /* Filled in by reading_open: */
    const char *path;     /* of the configuration; NULL: there is none */
    const char *file;     /* as it is named in faults */
    const char *folder;   /* what relative paths start with: "" or ending in a slash */
    const char *env_file; /* NULL: none */
    struct env env;
    str text; /* what stands in the configuration; "" without one */
    /* Filled in by reading_fill: */
    const struct yaml_node *root;     /* NULL: not read yet, or not readable */
    const char *watched[WATCHES_MAX]; /* the files that {file: PATH} and the like name */
    size_t watched_count;
};

/* Where the texts come from. */
struct config_source {
    const char *path;     /* the configuration; NULL: `usual`, if there is one */
    const char *usual;    /* its name in the working folder */
    const char *env_file; /* NULL: .env beside the configuration, if there is one */
    const char *text;     /* stands for the content of the configuration; NULL: it is read */
};

/* Reads the configuration and the .env file; what cannot be read is a fault. */
void reading_open(struct config_reading *r, const struct config_source *source);

/* Defaults, and what the text says over them, into target, a struct of r->rows. False: the text
 * cannot be parsed, which is a fault. */
bool reading_fill(struct config_reading *r, void *target);

/* Sorts the faults and forgets the environment. INVALID: there are faults beside warnings. */
MUST_USE agentos_status reading_close(struct config_reading *r, agentos_error *err);

/* ---- sections ---- */

/* Every row's fallback into target. */
void section_defaults(struct config_reading *r, const struct option_section *section, void *target);

/* Reads a map into target, which has its defaults. Unknown and unsupported keys are faults. Returns
 * false if a fault was added; a warning is not a fault. */
bool section_read(struct config_reading *r, const struct option_section *section, struct place at,
                  void *target);

/* ---- values, for the readers of a server's own kinds ---- */

/* The reader of a kind other than OPTION_OWN and OPTION_SECTION. */
option_reader *reader_of(enum option_kind kind);

/* Returns the member at an offset of target. The caller casts it to the C type of the row's kind,
 * which option_rows.h has checked when the row was compiled. */
static inline void *row_member(void *target, size_t at)
{
    return (char *)target + at;
}

/* Writes the texts of a list to out, which must have room for all items, and returns how many there
 * are. */
size_t read_text_items(struct config_reading *r, const struct option_row *row, struct place at,
                       const char **out);

/* Resolve a text, {file: PATH} or {env: NAME} of at most KEY_FILE_MAX_BYTES. NULL: absent (null, or
 * an unset variable), or a fault, which has been reported. */
const char *text_resolve(struct config_reading *r, struct place at);

/* The path as seen from the working folder. */
const char *path_resolve(struct config_reading *r, str path);

/* Remember a file that the configuration names, to be read again when it changes. */
void path_watch(struct config_reading *r, const char *path);

bool port_is_valid(int64_t port);

/* ---- places and faults ---- */

struct place place_member(struct config_reading *r, struct place map,
                          const struct yaml_node *child);
struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index);

/* Does the file say something there other than null? */
bool place_is_given(struct place at);

struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node);

/* "value is wrong" at the value. */
#define fault_at(r, at, ...) \
    fault_add(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)
#define warn_at(r, at, ...) \
    fault_warn(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)

/* A fault of an environment variable, wherever it was set. */
void fault_of_variable(struct config_reading *r, const char *name, const char *sentence);

/* named_fault.c: what a constructor refuses, at the place of the key that its error names as its
 * subject; or of the variable, where the environment takes precedence over the file. */
void named_fault_add(struct config_reading *r, const agentos_error *err);
void named_fault_warn(struct config_reading *r, const char *key, const char *sentence);

#endif
