/* The driver of the SQL engine SQLite. */
#ifndef STORE_DRIVER_SQLITE_H
#define STORE_DRIVER_SQLITE_H

#include "store/driver/driver.h"

struct sqlite3;

extern const struct sql_driver sqlite_driver;

/* Returns SQLite's own connection, for tests that observe what it does. */
struct sqlite3 *sqlite_handle(struct sql_link *link);

#endif
