/* The work that SQLite does, counted in steps of its virtual machine. */
#ifndef SUPPORT_STORE_STEPS_H
#define SUPPORT_STORE_STEPS_H

#include <sqlite3.h>

#include "store.h"

/* Returns how many steps SQLite has taken in all statements of the connection since the last call.
 */
static inline int steps_since(struct db_conn *conn)
{
    int steps = 0;

    for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(handle_of(conn), s)) != NULL;)
        steps += sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

#endif
