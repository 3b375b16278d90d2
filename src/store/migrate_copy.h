/* A copy of a database as it was before a migration, which has no way back. */
#ifndef STORE_MIGRATE_COPY_H
#define STORE_MIGRATE_COPY_H

#include "store/sql.h"

/* Writes the database at path to PATH.before-VERSION, where version is the one it is brought to.
 * The name appears once the copy is whole; an earlier copy of that name is replaced, since the
 * database is still what it was. UNAVAILABLE: there is no room, or it cannot be written; the
 * sentence names the option that does without. Blocks. */
MUST_USE agentos_status migrate_copy(struct db_conn *conn, const char *path, size_t version,
                                     agentos_error *err);

#endif
