/* The interface of an SQL engine, called by sql.c only. A connection and its statements are used by
 * one thread at a time. CONFLICT means an existing key; UNAVAILABLE a full, locked, read-only,
 * damaged or missing database; TOO_LARGE a value too long for the engine; INTERNAL a defective
 * query. */
#ifndef STORE_DRIVER_DRIVER_H
#define STORE_DRIVER_DRIVER_H

#include "base/error.h"
#include "base/str.h"

/* The dialects of SQL; see text.c. */
enum sql_dialect { DIALECT_SQLITE, DIALECT_COUNT };

enum sql_access { SQL_READS, SQL_WRITES };

/* The database to open and how. */
struct sql_place {
    /* an existing file, beginning with "./" or "/"; NULL for a database in memory */
    const char *path;
    uint64_t busy_ms;       /* how long to wait for a lock */
    enum sql_access access; /* SQL_READS: the engine rejects every change */
};

/* The owner and version of a database; 0, 0 for a new one. */
struct sql_mark {
    int64_t application; /* the program's id */
    int64_t version;     /* the version of the schema */
    bool is_empty;       /* there are no tables; not written */
};

/* A connection, embedded in the driver's struct. */
struct sql_link {
    const struct sql_driver *driver;
};

/* A compiled statement, embedded in the driver's struct. */
struct sql_query {
    struct sql_link *link;
};

struct sql_driver {
    enum sql_dialect dialect;

    agentos_status (*connect)(const struct sql_place *place, struct sql_link **out,
                              agentos_error *err);
    void (*disconnect)(struct sql_link *link); /* all statements must have been finalized */

    /* From now on, prepare rejects statements that name one of these tables, unless may_touch_owned
     * is true. The names are borrowed for the life of the connection. */
    void (*guard)(struct sql_link *link, const char *const *tables, size_t count);

    /* prepare copies the text. bind_text borrows it until reset. */
    agentos_status (*prepare)(struct sql_link *link, str text, bool may_touch_owned,
                              struct sql_query **out, agentos_error *err);
    void (*finalize)(struct sql_query *query);
    /* text may be NULL */
    void (*bind_text)(struct sql_query *query, const char *name, const char *text);
    void (*bind_int)(struct sql_query *query, const char *name, int64_t number);
    agentos_status (*next)(struct sql_query *query, bool *has_row, agentos_error *err);
    void (*reset)(struct sql_query *query); /* clears its rows and bindings */

    /* Return a column of the current row: 0 or a NULL ptr if it is null. Texts are valid until next
     * or reset. */
    int64_t (*column_int)(struct sql_query *query, int column);
    str (*column_text)(struct sql_query *query, int column);

    /* the number of rows that the last statement wrote */
    int64_t (*changes)(struct sql_link *link);

    /* At most one transaction with at most one savepoint. rollback does nothing outside of one. */
    agentos_status (*begin)(struct sql_link *link, enum sql_access access, agentos_error *err);
    agentos_status (*commit)(struct sql_link *link, agentos_error *err);
    void (*rollback)(struct sql_link *link);
    bool (*in_transaction)(struct sql_link *link);
    agentos_status (*savepoint)(struct sql_link *link, agentos_error *err);
    agentos_status (*rollback_to)(struct sql_link *link, agentos_error *err);
    agentos_status (*release)(struct sql_link *link, agentos_error *err);

    /* Frees caches. */
    void (*release_memory)(struct sql_link *link);

    /* Runs several statements without parameters and rows. */
    agentos_status (*script)(struct sql_link *link, const char *text, agentos_error *err);

    agentos_status (*read_mark)(struct sql_link *link, struct sql_mark *out, agentos_error *err);
    agentos_status (*write_mark)(struct sql_link *link, const struct sql_mark *mark,
                                 agentos_error *err);
    /* Called once, before the first reader connects, so that readers and the writer do not block
     * each other. */
    agentos_status (*allow_readers)(struct sql_link *link, agentos_error *err);

    /* Copies the database, which may be in use, into an empty file. */
    agentos_status (*copy)(struct sql_link *link, const char *path, agentos_error *err);
};

#endif
