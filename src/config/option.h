/* How a configuration file is described: a row for each key, a section for each map. Reading, the
 * JSON Schema, docs/configuration.md and the list of known keys all follow from these rows; the
 * order of rows is the order of reading. */
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

/* A value in the file, and what leads to it, "agents[0].model". Zeroed: the file does not give it.
 */
struct place {
    const struct yaml_node *node;
    const char *path;
};

/* Reads the value at a place into the members that the row names of target, a struct of the
 * section. What is wrong with the value becomes a fault, and target keeps what it had. */
typedef void option_reader(struct config_reading *r, const struct option_row *row, struct place at,
                           void *target);

/* What a value may be, and the C type that it is read into. */
enum option_kind {
    OPTION_UNSUPPORTED, /* refused by name, unless the value is `harmless` */
    OPTION_TEXT,  /* const char *; a value, {file: PATH} or {env: NAME}, as in every text below */
    OPTION_LINES, /* const char *; a text, or a list joined by newlines */
    OPTION_TEXTS, /* const char *const *, count at `also`; a list */
    OPTION_TEXT_OR_TEXTS, /* the same; one text counts as a list of one */
    OPTION_WORD,          /* const char *; one of `words` */
    OPTION_WORD_INDEX,    /* unsigned (or an enum); which of `words` */
    OPTION_WORD_BOOL,     /* bool; the second of two `words` */
    OPTION_BOOL,          /* bool */
    OPTION_NOT_BOOL,      /* bool; true when it says false */
    OPTION_TRISTATE,      /* enum choice */
    OPTION_INTEGER,       /* int64_t from least to most */
    OPTION_NUMBER,        /* double from least to most; -1 unless given */
    OPTION_SIZE,          /* size_t from least to most; bytes, or with one of size_units */
    OPTION_DURATION,      /* int64_t seconds from least to most; or with one of duration_units */
    OPTION_ADDRESS,       /* const char * host, uint16_t port at `also`; HOST:PORT */
    OPTION_DATABASE,      /* const char *; a path in it is made relative to the file's folder */
    OPTION_SECTION, /* a map read by `section` into the struct at `at`; `also`: a bool for the short
                       form */
    OPTION_OWN,     /* what only one server has: read by `read` */
    OPTION_KIND_COUNT
};

struct option_row {
    const char *key;
    enum option_kind kind;
    size_t at, also;      /* offsets in the section's struct */
    size_t given;         /* offset of a bool, set when the file gives the key; 0: none */
    size_t place;         /* offset of a struct place, filled in likewise; 0: none */
    const char *fallback; /* what an absent key means, as it would be written; lists: words */
    const char *words;    /* allowed values, with blanks between */
    bool is_any_case;     /* a word may also be written in capitals */
    int64_t least, most;
    const struct option_section *section; /* of a map, or of each map in it */
    const char *(*check)(str text);       /* NULL, or a sentence on what the text must be */
    const char *harmless;  /* of an unsupported key: the value that changes nothing */
    const char *variables; /* of the environment, that say the same; blanks between */
    const char *flags;     /* of the command line, that take precedence over both */
    const char *doc;       /* one sentence, or two; whether the variables go before the file */
    /* Of OPTION_OWN only: */
    option_reader *read;
    const char *shape; /* its schema, a name in $defs; NULL: a list of maps, by `section` */
    const char *type;  /* in docs/configuration.md: "map of lists" */
};

struct option_section {
    const struct option_row *rows;
    size_t count; /* at most OPTION_ROWS_MAX */
};

enum { OPTION_ROWS_MAX = 64 };

/* What may follow a number, each with what it stands for; the last has no name. */
struct option_unit {
    const char *name;
    int64_t factor;
};
extern const struct option_unit size_units[], duration_units[];

#endif
