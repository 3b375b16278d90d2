/* The options of a configuration file: a row for each key and a section for each map. The reader,
 * the JSON Schema and docs/configuration.md are derived from them. Keys are read in the order of
 * the rows. */
#ifndef CONFIG_OPTION_H
#define CONFIG_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/choice.h"
#include "base/str.h"

struct config_reading;
struct option_row;
struct option_section;
struct yaml_node;

/* A value in the file and its path, such as "agents[0].model". Zeroed if it is absent. */
struct place {
    const struct yaml_node *node;
    const char *path;
};

/* Reads a value into the row's members of target, a struct of the section. Adds a fault and leaves
 * target unchanged if the value is not valid. */
typedef void option_reader(struct config_reading *r, const struct option_row *row, struct place at,
                           void *target);

/* The kinds of values and their C types. */
enum option_kind {
    OPTION_UNSUPPORTED, /* an error, unless the value is `harmless` */
    OPTION_TEXT,  /* const char *; a string, {file: PATH} or {env: NAME}, like all strings below */
    OPTION_LINES, /* const char *; a string, or a list that is joined by newlines */
    OPTION_TEXTS, /* const char *const *, with the count at `also`; a list */
    OPTION_TEXT_OR_TEXTS, /* the same; a single string is a list of one */
    OPTION_WORD,          /* const char *; one of `words` */
    OPTION_WORD_INDEX,    /* unsigned, or an enum; the index of one of `words` */
    OPTION_WORD_BOOL,     /* bool; true for the second of two `words` */
    OPTION_BOOL,          /* bool */
    OPTION_NOT_BOOL,      /* bool; true if the file says false */
    OPTION_TRISTATE,      /* enum choice */
    OPTION_INTEGER,       /* int64_t, from least to most */
    OPTION_NUMBER,        /* double, from least to most; -1 if absent */
    OPTION_SIZE,          /* size_t, from least to most; in bytes or with one of size_units */
    OPTION_DURATION, /* int64_t in seconds, from least to most; or with one of duration_units */
    OPTION_ADDRESS,  /* HOST:PORT: const char * at `at`, uint16_t at `also` */
    OPTION_DATABASE, /* const char *; a relative path is resolved against the file's folder */
    /* A map, read by `section` into the struct at `at`. `also` is the offset of a bool for the
     * short form. */
    OPTION_SECTION,
    OPTION_OWN, /* read by the row's own `read` */
    OPTION_KIND_COUNT
};

struct option_row {
    const char *key;
    enum option_kind kind;
    size_t at, also; /* offsets in the section's struct */
    size_t given;    /* offset of a bool, true if the key is present; 0 for none */
    /* offset of a struct place, set if the key is present; 0 for none */
    size_t place;
    const char *fallback; /* the default as written in a file; for lists, words */
    const char *words;    /* the allowed values, separated by spaces */
    bool is_any_case;     /* the schema allows the words in any case, as the reader does always */
    int64_t least, most;
    /* the section of a map, or of each map in a list or map */
    const struct option_section *section;
    /* returns NULL, or what the value must be; may be NULL */
    const char *(*check)(str text);
    const char *harmless;  /* the accepted value of an unsupported key; may be NULL */
    const char *variables; /* equivalent environment variables, separated by spaces */
    /* equivalent flags, which override file and environment */
    const char *flags;
    bool at_start; /* a reload does not apply it */
    /* One or two sentences. They mention it if the file overrides the variables. */
    const char *doc;
    /* only for OPTION_OWN: */
    option_reader *read;
    const char *shape; /* the name of its schema in $defs; NULL for a list of maps, by `section` */
    const char *type;  /* the type in docs/configuration.md, such as "map of lists" */
};

/* A key that people write because another program has it, and what to do instead. */
struct foreign_key {
    const char *key;
    const char *advice; /* one sentence, for the error */
};

struct option_section {
    const struct option_row *rows;
    size_t count; /* at most OPTION_ROWS_MAX */
    const struct foreign_key *foreign;
    size_t foreign_count;
};

enum { OPTION_ROWS_MAX = 64 };

/* A suffix of a number, and its factor. The last unit has an empty name. */
struct option_unit {
    const char *name;
    int64_t factor;
};
extern const struct option_unit size_units[], duration_units[];

#endif
