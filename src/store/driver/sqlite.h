/* The SQLite driver. */
#ifndef STORE_DRIVER_SQLITE_H
#define STORE_DRIVER_SQLITE_H

#include "store/driver/driver.h"

struct sqlite3;

extern const struct sql_driver sqlite_driver;

/* Returns the SQLite handle, for tests. */
struct sqlite3 *sqlite_handle(struct sql_link *link);

#endif
