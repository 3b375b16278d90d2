/* The audit log: a chain of rows that nobody without its key can change, remove or reorder
 * unnoticed, even with write access to the database. Each row's MAC covers the row and the MAC
 * before it; the head states how many rows there are, so that the end cannot be cut off either. A
 * whole database that was restored to an earlier state, or emptied, is not detected. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/audit_table.h"

struct audit; /* the key; immutable, any thread */

enum { AUDIT_KEY_MIN_BYTES = 32 };

/* Makes an audit log that the caller owns; the key is copied. INVALID: shorter than
 * AUDIT_KEY_MIN_BYTES. */
MUST_USE agentos_status audit_new(str key, struct audit **out, agentos_error *err);
void audit_free(struct audit *audit); /* NULL is fine; wipes the key */

/* Appends a row to the chain. Called in a write job, so that the row is stored with the change it
 * records, or not at all. The row's id and mac are not read; its action and target are not NULL. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

/* Checks the whole chain. Called in a write job, since the chain must not grow meanwhile. OK: it is
 * intact, and *count is its number of rows. CONFLICT: err says where it breaks. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     int64_t *count, agentos_error *err);

#endif
