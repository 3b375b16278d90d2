/* Tables of the public option structs, to check them and to write them as configuration text. */
#ifndef EMBED_EMBED_SETTINGS_H
#define EMBED_EMBED_SETTINGS_H

#include "agentos/agentos.h"
#include "base/error.h"
#include "json/writer.h"

/* The C type of a member and its form in the text. A zero member is not written. */
enum setting_kind {
    SETTING_TEXT,          /* const char * */
    SETTING_TEXTS,         /* const char *[AGENTOS_LIST_MAX], up to the first NULL */
    SETTING_TEXTS_OR_NONE, /* the same; a single "" means the empty list */
    SETTING_FLAG,          /* bool */
    SETTING_CHOICE,        /* agentos_choice */
    SETTING_INTEGER,       /* int64_t */
    SETTING_COUNT,         /* int64_t; -1 means 0 */
    SETTING_SECONDS,       /* int64_t, written as a duration */
    SETTING_REAL,          /* double */
    SETTING_NAMED_SCOPES,  /* agentos_named_scopes[AGENTOS_LIST_MAX] */
    /* agentos_claim_value[AGENTOS_LIST_MAX]; a claim can have several values */
    SETTING_CLAIM_VALUES,
};

struct setting_row {
    const char *key; /* the key in the configuration file; "log.level" is in the map "log" */
    enum setting_kind kind;
    size_t at;
};

struct setting_table {
    const struct setting_row *rows;
    size_t count;
};

extern const struct setting_table embed_model, embed_agent, embed_issuer, embed_authorization,
    embed_root;

/* Returns whether any member is set. */
bool embed_is_set(const struct setting_table *table, const void *settings);

/* Rejects values that text cannot express: a gap in a list, a number outside its enum, and a number
 * that is not finite. Returns INVALID with "PATH.KEY: REASON". `path` may be "". */
MUST_USE agentos_status embed_check(const struct setting_table *table, const char *path,
                                    const void *settings, agentos_error *err);

/* Writes the members that are set into the JSON object that is open in w. */
void embed_write(const struct setting_table *table, const void *settings, writer *w);

#endif
