/* The reading of a configuration: its texts are found and parsed, structs are filled in by their
 * rows, and all faults are collected. The functions may block, and all calls for one reading must
 * be made on one thread. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "base/buf.h"
#include "base/limits.h"
#include "config/env.h"
#include "config/faults.h"
#include "config/option.h"
#include "config/yaml.h"

/* One reading of one configuration. Everything that it finds is allocated in the arena `a`. */
struct config_reading {
    arena *a;
    struct faults faults;
    const struct option_section *rows; /* the rows of the whole file */
    void *own;                         /* data that the server's own readers share */
    /* filled in by reading_open: */
    const char *path;     /* the path of the configuration; NULL if there is none */
    const char *file;     /* the name of the configuration in faults */
    const char *folder;   /* the beginning of relative paths, which is empty or ends with a slash */
    const char *env_file; /* NULL if there is none */
    struct env env;
    str text; /* the content of the configuration; empty if there is none */
    /* filled in by reading_fill: */
    const struct yaml_node *root; /* NULL if it has not been read or cannot be parsed */
    /* the files that the configuration names, such as by {file: PATH} */
    const char *watched[WATCHES_MAX];
    size_t watched_count;
};

/* The sources of a configuration. */
struct config_source {
    const char *path;  /* the path of the configuration; NULL for `usual`, if that file exists */
    const char *usual; /* its usual name in the working folder */
    /* NULL for .env in the folder of the configuration, if that file exists */
    const char *env_file;
    const char *text; /* replaces the content of the configuration; NULL to read the file */
};

/* Reads the configuration and the .env file. A file that cannot be read becomes a fault. */
void reading_open(struct config_reading *r, const struct config_source *source);

/* Fills target, a struct that r->rows describe, with the defaults and then with the values of the
 * text. Returns false, and adds a fault, if the text cannot be parsed. */
bool reading_fill(struct config_reading *r, void *target);

/* Sorts the faults and frees the environment. Returns INVALID if any fault is not a warning. */
MUST_USE agentos_status reading_close(struct config_reading *r, agentos_error *err);

/* ---- sections ---- */

/* Sets the members of target to the defaults of all rows. */
void section_defaults(struct config_reading *r, const struct option_section *section, void *target);

/* Reads a map into target, which has its defaults already. Unknown and unsupported keys become
 * faults. Returns false if a fault was added; a warning is not a fault. */
bool section_read(struct config_reading *r, const struct option_section *section, struct place at,
                  void *target);

/* ---- values, for the readers of a server's own kinds ---- */

/* Returns the reader of a kind other than OPTION_OWN and OPTION_SECTION. */
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

/* Returns the text that a value stands for: the text itself, the content of {file: PATH}, or the
 * value of {env: NAME}, of at most KEY_FILE_MAX_BYTES. Returns NULL if it is absent (null, or a
 * variable that is not set) or is a fault, which has been added then. */
const char *text_resolve(struct config_reading *r, struct place at);

/* Returns the path as seen from the working folder. A relative path is relative to the
 * configuration's folder. */
const char *path_resolve(struct config_reading *r, str path);

/* Adds a file to those that are read again when they change. Files beyond WATCHES_MAX are
 * ignored. */
void path_watch(struct config_reading *r, const char *path);

bool port_is_valid(int64_t port);

/* ---- places and faults ---- */

struct place place_member(struct config_reading *r, struct place map,
                          const struct yaml_node *child);
struct place place_item(struct config_reading *r, struct place list, const struct yaml_node *child,
                        size_t index);

/* Returns true if the file has a value there that is not null. */
bool place_is_given(struct place at);

struct fault_place fault_place_of(const struct config_reading *r, const struct yaml_node *node);

/* Adds a fault, or a warning, at the value. */
#define fault_at(r, at, ...) \
    fault_add(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)
#define warn_at(r, at, ...) \
    fault_warn(&(r)->faults, fault_place_of((r), (at).node), (at).path, __VA_ARGS__)

/* Adds a fault of an environment variable, at the .env file or the environment, depending on which
 * has set it. */
void fault_of_variable(struct config_reading *r, const char *name, const char *sentence);

/* named_fault.c: Adds the error of a constructor as a fault, at the place of the key that the error
 * names, or of the environment variable if that takes precedence over the file. named_fault_warn
 * adds a warning about a key in the same way. */
void named_fault_add(struct config_reading *r, const agentos_error *err);
void named_fault_warn(struct config_reading *r, const char *key, const char *sentence);

#endif
