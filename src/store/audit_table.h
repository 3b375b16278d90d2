/* Audit log rows, which audit/audit.h chains. All functions block and run inside a job. */
#ifndef STORE_AUDIT_TABLE_H
#define STORE_AUDIT_TABLE_H

#include "store/db.h"

enum { AUDIT_MAC_SIZE = 65 }; /* an HMAC-SHA256 in hexadecimal, with its NUL */

struct audit_row {
    int64_t id;         /* from 1, without gaps */
    int64_t created_at; /* in seconds since 1970 */
    const char *actor;  /* NULL if the actor is unknown */
    const char *action, *target;
    const char *before, *after; /* JSON, or NULL */
    const char *mac;
};

/* The end of the chain; `last` is 0 for an empty log. */
struct audit_head {
    int64_t last;
    const char *mac;
};

MUST_USE agentos_status audit_table_head(struct db_conn *conn, arena *a, struct audit_head *out,
                                         agentos_error *err);
MUST_USE agentos_status audit_table_set_head(struct db_conn *conn, const struct audit_head *head,
                                             agentos_error *err);

MUST_USE agentos_status audit_table_append(struct db_conn *conn, const struct audit_row *row,
                                           agentos_error *err);

/* Reads the first row after this id, if any. Texts are in the arena. */
MUST_USE agentos_status audit_table_next(struct db_conn *conn, int64_t after, arena *a,
                                         struct audit_row *out, bool *found, agentos_error *err);

/* Removes the rows from 1 up to this id. Sets *removed to how many there were. */
MUST_USE agentos_status audit_table_remove(struct db_conn *conn, int64_t through, int64_t *removed,
                                           agentos_error *err);

enum audit_order { AUDIT_BY_CREATED, AUDIT_BY_ACTOR, AUDIT_BY_ACTION, AUDIT_BY_TARGET };

struct audit_filter {
    const char *search; /* a text in any of the columns; NULL for all rows */
    enum audit_order order;
    bool ascending;
    int64_t limit, page; /* the first page is 1 */
};

struct audit_page {
    struct audit_row *all; /* allocated in the arena */
    size_t count;
    int64_t total; /* all matching rows */
};

MUST_USE agentos_status audit_table_list(struct db_conn *conn, const struct audit_filter *filter,
                                         arena *a, struct audit_page *out, agentos_error *err);

#endif
