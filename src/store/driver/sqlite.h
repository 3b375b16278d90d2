/* SQLite as an SQL engine of the store. */
#ifndef STORE_DRIVER_SQLITE_H
#define STORE_DRIVER_SQLITE_H

#include "store/driver/driver.h"

struct sqlite3;

extern const struct sql_driver sqlite_driver;

/* The connection as SQLite knows it, for tests that watch what it does. */
struct sqlite3 *sqlite_handle(struct sql_link *link);

#endif
