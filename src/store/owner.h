/* The owner condition, part of every query on tables with owners. A zeroed owner reads no rows. */
#ifndef STORE_OWNER_H
#define STORE_OWNER_H

#include "store/sql.h"

struct owner {
    bool everyone;    /* may access the rows of all users */
    bool unowned_too; /* may also access rows without an owner */
    /* empty for tokens of the top-level options; identifies a user together with user_id */
    const char *issuer;
    const char *user_id; /* NULL for no identity */
};

/* The purpose of an access. */
enum owner_purpose {
    OWNER_READS, /* as the struct says */
    /* Starts a run. Sessions without an owner are open to all (docs/design/contract.md §3). */
    OWNER_RUNS,
};

/* Prepares a statement on tables with owners. Replaces each $owned(ALIAS) by the condition that the
 * owner may access the row, and binds its values, which are borrowed until sql_done. Returns
 * INTERNAL if the text has no $owned. */
MUST_USE agentos_status owner_prepare(struct db_conn *conn, const struct owner *owner,
                                      enum owner_purpose purpose, str text, sql **out,
                                      agentos_error *err);

/* Returns whether the owner may read data of (issuer, user_id), for data in memory. A NULL user_id
 * means that nobody owns it. */
bool owner_reaches(const struct owner *owner, const char *issuer, const char *user_id);

/* Returns whether this is the owner's identity. NULL equals "". */
bool owner_is(const struct owner *owner, const char *issuer, const char *user_id);

#endif
