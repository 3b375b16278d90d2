/* The audit's rows. Appended and read, never changed; what chains them is audit/audit.h's. */
#ifndef STORE_AUDIT_TABLE_H
#define STORE_AUDIT_TABLE_H

#include "store/db.h"

enum { AUDIT_MAC_SIZE = 65 }; /* hexadecimal digits of an HMAC-SHA256 */

struct audit_row {
    int64_t id;         /* from 1, without a gap */
    int64_t created_at; /* seconds */
    const char *actor;  /* NULL: nobody known */
    const char *action, *target;
    const char *before, *after; /* JSON; NULL: none */
    const char *mac;
};

/* Where the chain ends; id 0: it has no row yet. */
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

/* The first row after this id; *found false: there is none. */
MUST_USE agentos_status audit_table_next(struct db_conn *conn, int64_t after, arena *a,
                                         struct audit_row *out, bool *found, agentos_error *err);

enum audit_order { AUDIT_BY_CREATED, AUDIT_BY_ACTOR, AUDIT_BY_ACTION, AUDIT_BY_TARGET };

struct audit_filter {
    const char *search; /* in any text of the row; NULL: all rows */
    enum audit_order order;
    bool ascending;
    int64_t limit, page; /* page counts from 1 */
};

struct audit_page {
    struct audit_row *all; /* from the arena */
    size_t count;
    int64_t total; /* of all that match */
};

MUST_USE agentos_status audit_table_list(struct db_conn *conn, const struct audit_filter *filter,
                                         arena *a, struct audit_page *out, agentos_error *err);

#endif
