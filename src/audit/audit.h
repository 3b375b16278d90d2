/* The audit: rows that cannot be changed, removed or reordered unnoticed by who can write the
 * database but has not the key. Each row's MAC covers the row and the MAC before it; the head says
 * how many there are, so that the end cannot be cut off either. What it cannot tell is a whole
 * database that was put back to an earlier state, or emptied. */
#ifndef AUDIT_AUDIT_H
#define AUDIT_AUDIT_H

#include "store/audit_table.h"

struct audit; /* the key; immutable, any thread */

enum { AUDIT_KEY_MIN_BYTES = 32 };

/* The key is copied. INVALID: shorter than AUDIT_KEY_MIN_BYTES. */
MUST_USE agentos_status audit_new(str key, struct audit **out, agentos_error *err);
void audit_free(struct audit *audit); /* NULL is fine; wipes the key */

/* Inside a write job, so that it is stored with the change it tells of, or not at all. id and mac
 * of the row are not read. */
MUST_USE agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err);

/* In a write job: the chain must not grow meanwhile. OK: *count rows, all in order. CONFLICT: where
 * the chain breaks, as a sentence. */
MUST_USE agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                                     int64_t *count, agentos_error *err);

#endif
