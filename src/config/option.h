/* The description of a configuration file: a row for each key and a section for each map. The
 * reader, the JSON Schema, docs/configuration.md and the list of known keys are all derived from
 * these rows. Keys are read in the order of the rows. */
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

/* A value in the file and its path, such as "agents[0].model". A zeroed place stands for a value
 * that the file does not have. */
struct place {
    const struct yaml_node *node;
    const char *path;
};

/* Reads the value at a place into the members of target that the row names; target is a struct of
 * the section. If the value is not valid, a fault is added, and target keeps its old values. */
typedef void option_reader(struct config_reading *r, const struct option_row *row, struct place at,
                           void *target);

/* The kinds of values, and the C types that they are read into. */
enum option_kind {
    OPTION_UNSUPPORTED, /* refused as not supported, unless the value is `harmless` */
    OPTION_TEXT,  /* const char *; a value, {file: PATH} or {env: NAME}, like all texts below */
    OPTION_LINES, /* const char *; a text, or a list whose items are joined by newlines */
    OPTION_TEXTS, /* const char *const *, with the count at `also`; a list */
    OPTION_TEXT_OR_TEXTS, /* the same type; a single text is a list of one */
    OPTION_WORD,          /* const char *; one of `words` */
    OPTION_WORD_INDEX,    /* unsigned, or an enum; the index of one of `words` */
    OPTION_WORD_BOOL,     /* bool; true for the second of two `words` */
    OPTION_BOOL,          /* bool */
    OPTION_NOT_BOOL,      /* bool; true if the file says false */
    OPTION_TRISTATE,      /* enum choice */
    OPTION_INTEGER,       /* int64_t, from least to most */
    OPTION_NUMBER,        /* double, from least to most; -1 if it is not given */
    OPTION_SIZE,          /* size_t, from least to most; in bytes, or with one of size_units */
    OPTION_DURATION, /* int64_t in seconds, from least to most; or with one of duration_units */
    OPTION_ADDRESS,  /* const char * for the host and uint16_t at `also` for the port; HOST:PORT */
    OPTION_DATABASE, /* const char *; a path in it is resolved against the file's folder */
    /* A map that `section` reads into the struct at `at`. `also` is the offset of a bool for the
     * short form. */
    OPTION_SECTION,
    OPTION_OWN, /* a kind of only one server, which `read` reads */
    OPTION_KIND_COUNT
};

struct option_row {
    const char *key;
    enum option_kind kind;
    size_t at, also; /* offsets in the section's struct */
    size_t given;    /* offset of a bool that is set if the file gives the key; 0 for none */
    /* offset of a struct place that is filled in if the file gives the key; 0 for none */
    size_t place;
    const char *fallback; /* the value of an absent key, as it would be written; for lists, words */
    const char *words;    /* the allowed values, separated by blanks */
    bool is_any_case;     /* a word may also be written in capitals */
    int64_t least, most;
    /* the section of a map, or of each map in a list or map */
    const struct option_section *section;
    /* returns NULL, or a sentence that says what the text must be; may be NULL */
    const char *(*check)(str text);
    const char *harmless;  /* for an unsupported key, the value that changes nothing; may be NULL */
    const char *variables; /* environment variables with the same meaning, separated by blanks */
    /* flags of the command line, which take precedence over file and environment */
    const char *flags;
    /* One or two sentences. They say so if the file takes precedence over the variables. */
    const char *doc;
    /* only for OPTION_OWN: */
    option_reader *read;
    const char *shape; /* the name of its schema in $defs; NULL for a list of maps, by `section` */
    const char *type;  /* the type in docs/configuration.md, such as "map of lists" */
};

struct option_section {
    const struct option_row *rows;
    size_t count; /* at most OPTION_ROWS_MAX */
};

enum { OPTION_ROWS_MAX = 64 };

/* A unit that may follow a number, and its factor. The last unit has an empty name. */
struct option_unit {
    const char *name;
    int64_t factor;
};
extern const struct option_unit size_units[], duration_units[];

#endif
