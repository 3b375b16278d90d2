/* The audit log: a chain of rows that nobody without its key can change, remove or reorder
 * unnoticed, even with write access to the database. The MAC of each row covers the row and the MAC
 * before it. The head states how many rows there are, so that the end cannot be cut off either. If
 * the whole database is restored to an earlier state or emptied, that is not detected. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/audit_table.h"

struct audit; /* holds the key; immutable, and may be used on any thread */

enum { AUDIT_KEY_MIN_BYTES = 32 };

/* Creates an audit log, which the caller must free with audit_free. The key is copied. Returns
 * INVALID if it is shorter than AUDIT_KEY_MIN_BYTES or longer than KEY_FILE_MAX_BYTES. */
MUST_USE agentos_status audit_new(str key, struct audit **out, agentos_error *err);
void audit_free(struct audit *audit); /* wipes the key; NULL is allowed */

/* Appends a row to the chain. Must be called in a write job, so that the row is stored together
 * with the change that it records, or not at all. The id and mac of the row are not read; its
 * action and target must not be NULL. Returns CONFLICT if the end of the stored chain was
 * forged. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

/* Checks the whole chain, and sets *count to its number of rows. Must be called in a write job,
 * because the chain must not grow meanwhile. Returns CONFLICT, with the place, if the chain is
 * broken. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     int64_t *count, agentos_error *err);

#endif
