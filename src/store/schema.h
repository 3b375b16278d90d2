/* A database schema, as the steps that create it. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

/* A step to the next version. Released steps never change. */
struct schema_step {
    const char *script;
    /* Called after the script, in the same transaction. May be NULL. */
    agentos_status (*convert)(struct db_conn *conn, agentos_error *err);
};

struct schema {
    const char *program;             /* the program's name in messages */
    int64_t application_id;          /* stored in the file, to identify it */
    const struct schema_step *steps; /* step i migrates version i to i + 1 */
    size_t step_count;
    /* Removes a few of the rows that jobs have left behind (sql_leave_rows), in its own
     * transaction. Sets *has_more if it must be called again. May be NULL. */
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more, agentos_error *err);
    const char *const *owned_tables; /* tables whose rows belong to users (owner.h) */
    size_t owned_count;
};

/* The schema of an AgentOS. */
extern const struct schema agentos_schema;

#endif
