/* The schema, as the steps that lead to it. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/sql.h"

/* Step i leads from version i to i + 1. A released step never changes. */
extern const char *const migrations[];
extern const size_t migration_count;

/* Bring the database to version `count`, all steps or none. UNAVAILABLE: written by a newer
 * version, or by another program. */
MUST_USE agentos_status migrate(struct db_conn *conn, const char *const *steps, size_t count,
                                agentos_error *err);

#endif
