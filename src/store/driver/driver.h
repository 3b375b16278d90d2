/* The interface between the store and an SQL engine: a table of functions for each engine, and the
 * two objects that they work on. Only sql.c calls the functions. A connection and its statements
 * are used by one thread at a time. Statuses have the same meaning for every engine, and each comes
 * with a message for a person: CONFLICT for a key that exists already; UNAVAILABLE for a database
 * that is full, locked, read-only, damaged or gone; TOO_LARGE for a value that is too long for the
 * engine; and INTERNAL for a defect in a query. */
#ifndef STORE_DRIVER_DRIVER_H
#define STORE_DRIVER_DRIVER_H

#include "base/error.h"
#include "base/str.h"

/* The dialects of SQL, which are the columns of the table in text.c. */
enum sql_dialect { DIALECT_SQLITE, DIALECT_COUNT };

enum sql_access { SQL_READS, SQL_WRITES };

/* The database to open, and the way to open it. */
struct sql_place {
    /* an existing file, beginning with "./" or "/"; NULL for a database in memory */
    const char *path;
    uint64_t busy_ms;       /* how long to wait for a locked database */
    enum sql_access access; /* for SQL_READS, the engine itself refuses every change */
};

/* The mark of a database, which says whose it is. A new database has the mark 0, 0. */
struct sql_mark {
    int64_t application; /* the program that the tables belong to */
    int64_t version;     /* the version of the schema */
    bool is_empty;       /* the database has no tables; not written */
};

/* A connection. A driver embeds it in a struct of its own. */
struct sql_link {
    const struct sql_driver *driver;
};

/* A compiled statement of a connection. A driver embeds it in a struct of its own. */
struct sql_query {
    struct sql_link *link;
};

struct sql_driver {
    enum sql_dialect dialect;

    agentos_status (*connect)(const struct sql_place *place, struct sql_link **out,
                              agentos_error *err);
    void (*disconnect)(struct sql_link *link); /* all statements must have been finalized */

    /* From now on, a statement that names one of these tables is compiled only if prepare is called
     * with may_touch_owned. The names are borrowed as long as the connection lives. */
    void (*guard)(struct sql_link *link, const char *const *tables, size_t count);

    /* prepare copies the text. bind_text keeps only the pointer to a text, until reset is
     * called. */
    agentos_status (*prepare)(struct sql_link *link, str text, bool may_touch_owned,
                              struct sql_query **out, agentos_error *err);
    void (*finalize)(struct sql_query *query);
    /* text may be NULL */
    void (*bind_text)(struct sql_query *query, const char *name, const char *text);
    void (*bind_int)(struct sql_query *query, const char *name, int64_t number);
    agentos_status (*next)(struct sql_query *query, bool *has_row, agentos_error *err);
    void (*reset)(struct sql_query *query); /* forgets its rows and its bound values */

    /* Return a column of the current row. A null column is 0, or a str whose ptr is NULL. Texts are
     * valid until next or reset is called. */
    int64_t (*column_int)(struct sql_query *query, int column);
    str (*column_text)(struct sql_query *query, int column);

    /* the number of rows that the last statement wrote */
    int64_t (*changes)(struct sql_link *link);

    /* There can be one transaction at a time, with one savepoint in it. rollback does nothing
     * outside of a transaction. */
    agentos_status (*begin)(struct sql_link *link, enum sql_access access, agentos_error *err);
    agentos_status (*commit)(struct sql_link *link, agentos_error *err);
    void (*rollback)(struct sql_link *link);
    bool (*in_transaction)(struct sql_link *link);
    agentos_status (*savepoint)(struct sql_link *link, agentos_error *err);
    agentos_status (*rollback_to)(struct sql_link *link, agentos_error *err);
    agentos_status (*release)(struct sql_link *link, agentos_error *err);

    /* Frees what is kept only for speed, such as pages of the file. */
    void (*release_memory)(struct sql_link *link);

    /* Runs many statements, which have no parameters and no rows. */
    agentos_status (*script)(struct sql_link *link, const char *text, agentos_error *err);

    agentos_status (*read_mark)(struct sql_link *link, struct sql_mark *out, agentos_error *err);
    agentos_status (*write_mark)(struct sql_link *link, const struct sql_mark *mark,
                                 agentos_error *err);
    /* Called once, before the first reader connects. Afterwards readers and the writer do not wait
     * for each other. */
    agentos_status (*allow_readers)(struct sql_link *link, agentos_error *err);

    /* Copies the database into the empty file at path, even while it is in use. */
    agentos_status (*copy)(struct sql_link *link, const char *path, agentos_error *err);
};

#endif
