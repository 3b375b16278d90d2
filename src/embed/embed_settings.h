/* The public structs of settings as configuration text, so that both ways in are checked by one
 * loader: a table a struct, a row a member. */
#ifndef EMBED_EMBED_SETTINGS_H
#define EMBED_EMBED_SETTINGS_H

#include "agentos/agentos.h"
#include "base/error.h"
#include "json/writer.h"

/* The member's C type, and how it is written. Zero is left out, whatever it is. */
enum setting_kind {
    SETTING_TEXT,          /* const char * */
    SETTING_TEXTS,         /* const char *[AGENTOS_LIST_MAX], up to the first NULL */
    SETTING_TEXTS_OR_NONE, /* the same; one empty text is the empty list */
    SETTING_FLAG,          /* bool */
    SETTING_CHOICE,        /* agentos_choice */
    SETTING_INTEGER,       /* int64_t */
    SETTING_COUNT,         /* int64_t; -1 is 0 */
    SETTING_SECONDS,       /* int64_t, as a duration */
    SETTING_REAL,          /* double */
    SETTING_NAMED_SCOPES,  /* agentos_named_scopes[AGENTOS_LIST_MAX] */
    SETTING_CLAIM_VALUES,  /* agentos_claim_value[AGENTOS_LIST_MAX]; one claim may stand often */
};

struct setting_row {
    const char *key; /* in the configuration file; "log.level" stands in a map of its own */
    enum setting_kind kind;
    size_t at;
};

struct setting_table {
    const struct setting_row *rows;
    size_t count;
};

extern const struct setting_table embed_model, embed_agent, embed_issuer, embed_authorization,
    embed_root;

/* Is any member other than zero? */
bool embed_is_set(const struct setting_table *table, const void *settings);

/* What the loader could not see in the text: a gap in a list, an enum's value that is none, a
 * number that is not finite. INVALID: "PATH.KEY: why"; path may be "". */
MUST_USE agentos_status embed_check(const struct setting_table *table, const char *path,
                                    const void *settings, agentos_error *err);

/* The members that are set, as members of the object that is open. */
void embed_write(const struct setting_table *table, const void *settings, writer *w);

#endif
