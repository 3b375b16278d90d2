/* The rows of the audit log, which are appended and read but never changed. audit/audit.h chains
 * them. All functions block and run inside a job. */
#ifndef STORE_AUDIT_TABLE_H
#define STORE_AUDIT_TABLE_H

#include "store/db.h"

enum { AUDIT_MAC_SIZE = 65 }; /* the hexadecimal digits of an HMAC-SHA256, and the NUL */

struct audit_row {
    int64_t id;         /* 1 for the first row, without gaps */
    int64_t created_at; /* in seconds since 1970 */
    const char *actor;  /* NULL if the actor is unknown */
    const char *action, *target;
    const char *before, *after; /* JSON, or NULL */
    const char *mac;
};

/* The end of the chain. id is 0 if the chain has no row yet. */
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

/* Reads the first row after this id. Sets *found to false if there is none. Texts are allocated in
 * the arena. */
MUST_USE agentos_status audit_table_next(struct db_conn *conn, int64_t after, arena *a,
                                         struct audit_row *out, bool *found, agentos_error *err);

enum audit_order { AUDIT_BY_CREATED, AUDIT_BY_ACTOR, AUDIT_BY_ACTION, AUDIT_BY_TARGET };

struct audit_filter {
    const char *search; /* text that some column of the row must contain; NULL for all rows */
    enum audit_order order;
    bool ascending;
    int64_t limit, page; /* the first page is 1 */
};

struct audit_page {
    struct audit_row *all; /* allocated in the arena */
    size_t count;
    int64_t total; /* the number of all rows that match */
};

MUST_USE agentos_status audit_table_list(struct db_conn *conn, const struct audit_filter *filter,
                                         arena *a, struct audit_page *out, agentos_error *err);

#endif
