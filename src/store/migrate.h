/* Migrates a database to the present version of its schema. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/schema.h"

/* Stores the version of the database in *version, which is 0 for an empty database. Returns
 * UNAVAILABLE if the database was written by a newer version or by another program. Writes
 * nothing. */
MUST_USE agentos_status migrate_check(struct db_conn *conn, const struct schema *schema,
                                      int64_t *version, agentos_error *err);

/* Runs the missing steps in one transaction: either all of them take effect, or none. Returns
 * UNAVAILABLE for the same reasons as migrate_check. Blocks. */
MUST_USE agentos_status migrate(struct db_conn *conn, const struct schema *schema,
                                agentos_error *err);

#endif
