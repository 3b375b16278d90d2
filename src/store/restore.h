/* Puts a copy of a database in the place of the database. */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include <limits.h>

#include "store/sql.h"

struct schema;

struct restoring {
    const char *path; /* of the database; its folder exists */
    const char *file; /* the copy, which is left as it is */
    const struct schema *schema;
    /* Called in a write transaction on the restored database, which a failure does not undo. */
    agentos_status (*record)(struct db_conn *conn, struct restoring *restoring, agentos_error *err);
    void *user;
    char kept[PATH_MAX + 32]; /* set: where the replaced database is; "" if there was none */
    bool is_recorded;         /* set: `record` has succeeded and is committed */
    agentos_error why;        /* set: why not */
};

/* Checks that the file is a whole database of this schema or an older one, which is not migrated,
 * and puts a copy of it in the place of the database. The replaced file is kept as
 * PATH.before-restore, or PATH.before-restore-2 and so on. If the process is killed, the old or the
 * restored database is in its place. Returns INVALID if a process has locked the database, CONFLICT
 * if the file is damaged, and UNAVAILABLE if it is not such a database or cannot be copied. Then
 * nothing was changed. Blocks. */
MUST_USE agentos_status restore_database(struct restoring *restoring, agentos_error *err);

#endif
