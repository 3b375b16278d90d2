/* Bringing a database to the present version of its schema. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/schema.h"

/* Which version the database has; 0: it is empty. UNAVAILABLE: it was written by a newer version,
 * or by another program. Writes nothing. */
MUST_USE agentos_status migrate_check(struct db_conn *conn, const struct schema *schema,
                                      int64_t *version, agentos_error *err);

/* Runs the steps that are missing in one transaction: all of them or none. UNAVAILABLE as
 * migrate_check. */
MUST_USE agentos_status migrate(struct db_conn *conn, const struct schema *schema,
                                agentos_error *err);

#endif
