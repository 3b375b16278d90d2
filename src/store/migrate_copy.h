/* Copies a database before it is migrated, because a migration cannot be undone. */
#ifndef STORE_MIGRATE_COPY_H
#define STORE_MIGRATE_COPY_H

#include "store/sql.h"

/* Copies the database at path to PATH.before-VERSION, where version is the version to which it will
 * be migrated. The final name appears only when the copy is complete. An earlier copy of that name
 * is replaced, since the database is still unchanged. Returns UNAVAILABLE if there is not enough
 * space or the copy cannot be written; the message names the option that migrates without a copy.
 * Blocks. */
MUST_USE agentos_status migrate_copy(struct db_conn *conn, const char *path, size_t version,
                                     agentos_error *err);

#endif
