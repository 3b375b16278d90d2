/* A schema: the tables of one kind of database, as the steps that lead to them. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

/* From one version to the next. A step that was released never changes. */
struct schema_step {
    const char *script;
    /* Afterwards, in the same transaction; NULL: nothing more than the script. */
    agentos_status (*convert)(struct db_conn *conn, agentos_error *err);
};

struct schema {
    const char *program;             /* who writes such databases, in sentences for people */
    int64_t application_id;          /* stands in the file: tells its files from other programs' */
    const struct schema_step *steps; /* step i leads from version i to i + 1 */
    size_t step_count;
    /* Removes a few of the rows that jobs have left behind (sql_leave_rows), in a transaction of
     * its own; NULL: jobs leave none. *has_more: to be called again. */
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more, agentos_error *err);
    const char *const *owned_tables; /* whose rows belong to somebody: see owner.h */
    size_t owned_count;
};

/* Sessions, runs, service accounts, the audit and settings of an AgentOS. */
extern const struct schema agentos_schema;

#endif
