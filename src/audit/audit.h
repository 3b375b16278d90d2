/* The audit log: a chain of rows. The MAC of each row covers the row and the MAC before it, so
 * without the key nobody can change a row, or remove or reorder rows before the last one,
 * unnoticed. The head states how many rows there are: rows cut off the end are noticed if
 * audit_verify runs before the next row is appended. If the tables `audit` and `audit_head` are
 * restored to an earlier state together, or emptied, that is not detected. */
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
 * action and target must not be NULL. Returns CONFLICT if the stored head has an id
 * that no row can have, or if the row is too long; audit_verify finds other forgeries. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

/* Checks the whole chain, and sets *count to its number of rows. Must be called in a write job,
 * because the chain must not grow meanwhile. Returns CONFLICT, with the place, if the chain is
 * broken. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     int64_t *count, agentos_error *err);

#endif
