/* Reads a configuration into structs described by option rows, and collects all faults. May block.
 * One thread per reading. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "base/buf.h"
#include "base/limits.h"
#include "config/env.h"
#include "config/faults.h"
#include "config/option.h"
#include "config/yaml.h"

/* The state of a reading. Everything is allocated in the arena `a`. */
struct config_reading {
    arena *a;
    struct faults faults;
    const struct option_section *rows; /* the rows of the whole file */
    void *own;                         /* data of the OPTION_OWN readers */
    /* filled in by reading_open: */
    const char *path;     /* NULL if there is none */
    const char *file;     /* its name in faults */
    const char *folder;   /* prefix of relative paths; empty or ends with a slash */
    const char *env_file; /* NULL if there is none */
    struct env env;
    str text; /* the content of the file; empty if there is none */
    /* filled in by reading_fill: */
    const struct yaml_node *root; /* NULL if not parsed, or not valid YAML */
    /* the files it refers to, such as {file: PATH} */
    const char *watched[WATCHES_MAX];
    size_t watched_count;
};

/* The sources of a configuration. */
struct config_source {
    const char *path;  /* NULL for `usual`, if that file exists */
    const char *usual; /* the default name in the working folder */
    /* NULL for .env beside the configuration, if that file exists */
    const char *env_file;
    const char *text; /* replaces the content of the file; NULL to read it */
};

/* Reads the configuration and the .env file. Adds a fault for each file that cannot be read. */
void reading_open(struct config_reading *r, const struct config_source *source);

/* Fills target, a struct described by r->rows, with the defaults and then with the file's values.
 * Returns false and adds a fault if the file cannot be parsed. */
bool reading_fill(struct config_reading *r, void *target);

/* Sorts the faults and frees the environment. Returns INVALID if there are errors. */
MUST_USE agentos_status reading_close(struct config_reading *r, agentos_error *err);

/* ---- sections ---- */

/* Sets the members of target to their defaults. */
void section_defaults(struct config_reading *r, const struct option_section *section, void *target);

/* Reads a map of options into target, which has its defaults. Unknown and unsupported keys are
 * errors. Returns false if it added an error. */
bool section_read(struct config_reading *r, const struct option_section *section, struct place at,
                  void *target);

/* ---- values, for the readers of a server's own kinds ---- */

/* Returns the reader of a kind other than OPTION_OWN and OPTION_SECTION. */
option_reader *reader_of(enum option_kind kind);

/* Returns the member at an offset of target, whose type option_rows.h has checked. */
static inline void *row_member(void *target, size_t at)
{
    return (char *)target + at;
}

/* Writes the strings of a list to out, which holds at.node->count, and returns their number. Skips
 * items that are absent or not valid. */
size_t read_text_items(struct config_reading *r, const struct option_row *row, struct place at,
                       const char **out);

/* Returns the string of a value: a scalar, the content of {file: PATH}, or the variable of {env:
 * NAME}. Returns NULL if it is null, an unset variable, or not valid, for which it adds a fault.
 * Files are limited to KEY_FILE_MAX_BYTES. */
const char *text_resolve(struct config_reading *r, struct place at);

/* Resolves a relative path against the configuration's folder. */
const char *path_resolve(struct config_reading *r, str path);

/* Adds a file to watch for changes. Ignored beyond WATCHES_MAX. */
void path_watch(struct config_reading *r, const char *path);

bool port_is_valid(int64_t port);

/* ---- places and faults ---- */

struct place place_member(struct config_reading *r, struct place map,
                          const struct yaml_node *child);
struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index);

/* Returns whether the value is present and not null. */
bool place_is_given(struct place at);

struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node);

/* Add an error or a warning at a value. */
#define fault_at(r, at, ...) \
    fault_add(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)
/* The fault of a value that should be a list. */
#define MUST_BE_LIST "must be a list, as in [first, second]"

#define warn_at(r, at, ...) \
    fault_warn(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)

/* Adds a fault about an environment variable, at the .env file or the environment. */
void fault_of_variable(struct config_reading *r, const char *name, const char *sentence);

/* Warns of each variable AGENT_OS_* and JWT_* that no row reads. */
void warn_of_stray_variables(struct config_reading *r);

/* named_fault.c: Add the error of a constructor, or a warning, at the key that it names. An error
 * is reported at the environment variable if that overrides the file. */
void named_fault_add(struct config_reading *r, const agentos_error *err);
void named_fault_warn(struct config_reading *r, const char *key, const char *sentence);

#endif
