/* What the store asks of an SQL engine: one table of functions for each engine, and the two objects
 * that they work on. sql.c calls them; nothing else does. A connection and its statements belong to
 * one thread at a time. Statuses mean the same for every engine: CONFLICT a key that exists,
 * UNAVAILABLE full, locked, read-only, damaged or gone, TOO_LARGE a value that is too long for the
 * engine, INTERNAL a defect in a query; each with a sentence for a person. */
#ifndef STORE_DRIVER_DRIVER_H
#define STORE_DRIVER_DRIVER_H

#include "base/error.h"
#include "base/str.h"

/* Where engines differ in words: the columns of the table in text.c. */
enum sql_dialect { DIALECT_SQLITE, DIALECT_COUNT };

enum sql_access { SQL_READS, SQL_WRITES };

/* Which database, and how it is opened. */
struct sql_place {
    const char *path; /* an existing file, "./" or "/" first; NULL: in this process's memory */
    uint64_t busy_ms; /* how long a locked database is waited for */
    enum sql_access access; /* SQL_READS: the engine itself refuses every change */
};

/* What a database says of itself. A database that nobody has written has neither. */
struct sql_mark {
    int64_t application; /* which program's tables these are */
    int64_t version;     /* of their schema */
    bool is_empty;       /* it has no table at all; not written */
};

/* A connection; a driver embeds it in its own. */
struct sql_link {
    const struct sql_driver *driver;
};

/* A compiled statement of a connection; a driver embeds it likewise. */
struct sql_query {
    struct sql_link *link;
};

struct sql_driver {
    enum sql_dialect dialect;

    agentos_status (*connect)(const struct sql_place *place, struct sql_link **out,
                              agentos_error *err);
    void (*disconnect)(struct sql_link *link); /* every statement was finalized before */

    /* From now on statements that name one of these tables are compiled only by a prepare with
     * may_touch_owned. The names are borrowed as long as the connection lives. */
    void (*guard)(struct sql_link *link, const char *const *tables, size_t count);

    /* prepare copies the text. Of a bound text only the pointer is kept, until reset. */
    agentos_status (*prepare)(struct sql_link *link, str text, bool may_touch_owned,
                              struct sql_query **out, agentos_error *err);
    void (*finalize)(struct sql_query *query);
    void (*bind_text)(struct sql_query *query, const char *name, const char *text); /* or NULL */
    void (*bind_int)(struct sql_query *query, const char *name, int64_t number);
    agentos_status (*next)(struct sql_query *query, bool *has_row, agentos_error *err);
    void (*reset)(struct sql_query *query); /* forgets its rows and what was bound */

    /* Of the current row. A null is 0, and a str without ptr; texts live until next or reset. */
    int64_t (*column_int)(struct sql_query *query, int column);
    str (*column_text)(struct sql_query *query, int column);

    int64_t (*changes)(struct sql_link *link); /* rows that the last statement wrote */

    /* One transaction at a time, and one savepoint in it. rollback outside of one does nothing. */
    agentos_status (*begin)(struct sql_link *link, enum sql_access access, agentos_error *err);
    agentos_status (*commit)(struct sql_link *link, agentos_error *err);
    void (*rollback)(struct sql_link *link);
    bool (*in_transaction)(struct sql_link *link);
    agentos_status (*savepoint)(struct sql_link *link, agentos_error *err);
    agentos_status (*rollback_to)(struct sql_link *link, agentos_error *err);
    agentos_status (*release)(struct sql_link *link, agentos_error *err);

    /* Frees what is kept only to be fast, such as pages of the file. */
    void (*release_memory)(struct sql_link *link);

    /* Many statements at once, without parameters or rows. */
    agentos_status (*script)(struct sql_link *link, const char *text, agentos_error *err);

    agentos_status (*read_mark)(struct sql_link *link, struct sql_mark *out, agentos_error *err);
    agentos_status (*write_mark)(struct sql_link *link, const struct sql_mark *mark,
                                 agentos_error *err);
    /* Once, before the first reader: from now on readers and the writer do not wait for each
     * other. */
    agentos_status (*allow_readers)(struct sql_link *link, agentos_error *err);

    /* Copies the database into the empty file at path, while it is in use. */
    agentos_status (*copy)(struct sql_link *link, const char *path, agentos_error *err);
};

#endif
