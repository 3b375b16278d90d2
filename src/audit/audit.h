/* The audit log, an HMAC chain of rows. audit_verify detects rows that were changed, reordered or
 * removed from the middle without the key, and rows removed from the end until the next row is
 * appended. It does not detect `audit` and `audit_head` being emptied or restored together. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/audit_table.h"

struct audit; /* holds the key; immutable, and may be used on any thread */

enum { AUDIT_KEY_MIN_BYTES = 32 };

/* Creates an audit log, which the caller must free with audit_free. The key is copied. Returns
 * INVALID if it is shorter than AUDIT_KEY_MIN_BYTES or longer than KEY_FILE_MAX_BYTES. */
MUST_USE agentos_status audit_new(str key, struct audit **out, agentos_error *err);
void audit_free(struct audit *audit); /* wipes the key; NULL is allowed */

/* Appends a row to the chain. Must be called in the write job of the change that the row records.
 * Ignores the row's id and mac; its action and target must not be NULL. Returns CONFLICT if the
 * stored head is invalid or the row too long. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

/* Checks the whole chain and sets *count to its number of rows. Must be called in a write job, so
 * that the chain does not grow meanwhile. Returns CONFLICT, with the position, if it is broken. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     int64_t *count, agentos_error *err);

#endif
