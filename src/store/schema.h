/* A schema: the tables of one kind of database, as the steps that create them. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

/* The step from one version to the next. A step is never changed after it was released. */
struct schema_step {
    const char *script;
    /* Called after the script, in the same transaction. NULL if the script is all. */
    agentos_status (*convert)(struct db_conn *conn, agentos_error *err);
};

struct schema {
    const char *program;    /* the program that writes such databases, as it is named in messages */
    int64_t application_id; /* stored in the file, to tell it from the files of other programs */
    const struct schema_step *steps; /* step i leads from version i to version i + 1 */
    size_t step_count;
    /* Removes a few of the rows that jobs have left behind (sql_leave_rows), in a transaction of
     * its own. *has_more is set if it must be called again. NULL if jobs leave no rows. */
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more, agentos_error *err);
    const char *const *owned_tables; /* the tables whose rows belong to a user (see owner.h) */
    size_t owned_count;
};

/* The schema of an AgentOS: sessions, runs, service accounts, the audit log and settings. */
extern const struct schema agentos_schema;

#endif
