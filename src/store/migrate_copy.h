/* Copies a database before its migration, which cannot be undone. */
#ifndef STORE_MIGRATE_COPY_H
#define STORE_MIGRATE_COPY_H

#include "store/sql.h"

/* Copies the database to PATH.before-VERSION, where version is that after the migration. The file
 * appears under this name when it is complete, and replaces an earlier copy. Returns UNAVAILABLE if
 * there is too little space or the copy cannot be written; the message names the option to migrate
 * without a copy. Blocks. */
MUST_USE agentos_status migrate_copy(struct db_conn *conn, const char *path, size_t version,
                                     agentos_error *err);

#endif
