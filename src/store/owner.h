/* The owner of rows: the condition that every query on tables with owners contains. A zeroed owner
 * reaches no rows. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include "store/sql.h"

struct owner {
    bool everyone;    /* reaches the rows of all users */
    bool unowned_too; /* also reaches rows that belong to nobody */
    /* empty for plain tokens; (issuer, user_id) is one identity, whose parts are never joined */
    const char *issuer;
    const char *user_id; /* NULL for no identity, which reaches no rows unless `everyone` is set */
};

/* The purpose for which rows are reached. */
enum owner_purpose {
    OWNER_READS, /* reaches the rows that the struct describes */
    /* Starts a run in a session. A session that belongs to nobody is open to all
     * (docs/design/contract.md §3). */
    OWNER_RUNS,
};

/* Prepares a statement on tables that have owners. Each $owned(ALIAS) in the text is replaced by
 * the condition that the owner reaches the row of ALIAS, and the values of the condition are bound.
 * They are borrowed from the owner until sql_done. Returns INTERNAL if the text has no $owned. */
MUST_USE agentos_status owner_prepare(struct db_conn *conn, const struct owner *owner,
                                      enum owner_purpose purpose, str text, sql **out,
                                      agentos_error *err);

/* Returns true if the owner may read data of (issuer, user_id). This is the same condition, for
 * data in memory. user_id is NULL for data that belongs to nobody. */
bool owner_reaches(const struct owner *owner, const char *issuer, const char *user_id);

/* Returns true if this is the owner's identity. NULL and the empty text both mean nobody, and
 * nobody is equal to nobody. */
bool owner_is(const struct owner *owner, const char *issuer, const char *user_id);

#endif
