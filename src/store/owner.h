/* Whose rows a query may see: the condition that every query on tables with owners carries. A
 * zeroed owner sees nothing. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include "store/sql.h"

struct owner {
    bool everyone;       /* the rows of all users */
    bool unowned_too;    /* and rows that nobody owns, beside their own */
    const char *issuer;  /* "" for plain tokens; (issuer, user_id) is one identity, never joined */
    const char *user_id; /* NULL: no identity, so no row unless everyone */
};

/* What the owner is about to do. */
enum owner_purpose {
    OWNER_READS, /* their own rows, as the struct says */
    OWNER_RUNS,  /* a run in a session: a session that nobody owns is open to all
                    (docs/design/contract.md §3) */
};

/* Prepares a statement on tables that have owners. Each $owned(ALIAS) in text becomes the condition
 * that the row of ALIAS is within reach, and its values are bound, borrowed from owner until
 * sql_done. INTERNAL: there is none in text. */
MUST_USE agentos_status owner_prepare(struct db_conn *conn, const struct owner *owner,
                                      enum owner_purpose purpose, str text, sql **out,
                                      agentos_error *err);

/* The same condition for what is in memory: is what belongs to (issuer, user_id) within reach?
 * user_id NULL: nobody's. */
bool owner_reaches(const struct owner *owner, const char *issuer, const char *user_id);

/* Is it the same identity? NULL and "" are nobody, and nobody is the same as nobody. */
bool owner_is(const struct owner *owner, const char *issuer, const char *user_id);

#endif
