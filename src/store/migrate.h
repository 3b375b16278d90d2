/* Migrates databases to the current schema. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/schema.h"

/* Stores the schema version in *version, 0 for an empty database. Returns UNAVAILABLE if a newer
 * version or another program wrote the database. Writes nothing. */
MUST_USE agentos_status migrate_check(struct db_conn *conn, const struct schema *schema,
                                      int64_t *version, agentos_error *err);

/* Runs the missing steps in one transaction. Returns UNAVAILABLE like migrate_check. Blocks. */
MUST_USE agentos_status migrate(struct db_conn *conn, const struct schema *schema,
                                agentos_error *err);

#endif
