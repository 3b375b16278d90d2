/* Every key of the configuration file: one row each. Reading, the JSON Schema,
 * docs/configuration.md and the list of what is known all follow from these rows; the order is the
 * order of reading. */
#ifndef OS_OPTIONS_TABLE_H
#define OS_OPTIONS_TABLE_H

#include "base/str.h"

/* What may stand there, and the C type it is read into. */
enum option_kind {
    OPTION_UNSUPPORTED, /* refused by name, unless it says `harmless` */
    OPTION_TEXT,  /* const char *; a value, {file: PATH} or {env: NAME}, as in every text below */
    OPTION_LINES, /* const char *; a text, or a list joined by newlines */
    OPTION_TEXTS, /* const char *const *, count at `also`; a list */
    OPTION_TEXT_OR_TEXTS, /* the same; one text counts as a list of one */
    OPTION_WORD,          /* const char *; one of `words` */
    OPTION_WORD_INDEX,    /* unsigned (or an enum); which of `words` */
    OPTION_WORD_BOOL,     /* bool; the second of two `words` */
    OPTION_BOOL,          /* bool */
    OPTION_NOT_BOOL,      /* bool; true when it says false */
    OPTION_TRISTATE,      /* int; -1 unless given */
    OPTION_INTEGER,       /* int64_t from least to most */
    OPTION_NUMBER,        /* double from least to most; -1 unless given */
    OPTION_SIZE,          /* size_t from least to most; bytes, or with KiB, MiB, GiB */
    OPTION_ADDRESS,       /* const char * host, uint16_t port at `also`; HOST:PORT */
    OPTION_DATABASE,      /* const char *; a path in it is made relative to the file's folder */
    OPTION_SECTION, /* a map read by `section` into the struct at `at`; `also`: a bool for the short
                       form */
    OPTION_KEYS,    /* struct authority_options: a list of texts, with names */
    OPTION_JWKS,    /* struct authority_options: the path of a key set */
    OPTION_SCOPES,  /* const struct named_scopes *, count at `also`; a map of lists */
    OPTION_DURATION,    /* int64_t seconds from least to most; a number, or with s, m, h, d */
    OPTION_DEMANDS,     /* const struct claim_demand *, count at `also`; a map of texts or lists */
    OPTION_ISSUER_KEYS, /* struct issuer_options: a list of texts, with names */
    OPTION_ISSUER_JWKS, /* struct issuer_options: the path of a key set */
    OPTION_ISSUERS,     /* struct options: a list of maps */
    OPTION_MODEL,       /* struct model_options; NAME_OR_PROVIDER:MODEL_ID or a map */
    OPTION_MODELS,      /* struct named_model *, count at `also`; a map of maps */
    OPTION_AGENTS,      /* struct agent_options *, count at `also`; a list of maps */
    OPTION_KIND_COUNT
};

struct option_row {
    const char *key;
    enum option_kind kind;
    size_t at, also;      /* offsets in the section's struct */
    const char *fallback; /* what an absent key means, as it would be written; lists: words */
    const char *words;    /* allowed values, with blanks between */
    int64_t least, most;
    const struct option_section *section; /* of a map, or of each map in it */
    const char *(*check)(str text);       /* NULL, or a sentence on what the text must be */
    const char *harmless;  /* of an unsupported key: the value that changes nothing */
    const char *variables; /* of the environment, that say the same; blanks between */
    const char *flags;     /* of `agentos serve`, that go before both */
    const char *doc;       /* one sentence, or two; whether the variables go before the file */
};

struct option_section {
    const struct option_row *rows;
    size_t count;
};

extern const struct option_section option_root, option_model, option_agent, option_issuer;

#endif
