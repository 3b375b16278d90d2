/* Database URLs, as agno's `db_url` has them (SQLAlchemy's) and in a shorter form. */
#ifndef CONFIG_DATABASE_URL_H
#define CONFIG_DATABASE_URL_H

#include "base/str.h"

/* Reads the URL of a database. Returns NULL and stores the path of its file in *path, a view of the
 * url, which is empty for a database in memory. Otherwise returns a sentence on what the URL must
 * be, and *path is unchanged.
 *
 *     sqlite:PATH              the file PATH
 *     sqlite:///PATH           the same: three slashes begin a relative path. Refused if /PATH
 * exists (version 0.1.0 read it so); this looks at the file system sqlite:////PATH          /PATH
 *     memory, sqlite://, sqlite:///, sqlite::memory:, sqlite:///:memory:
 *
 * SQLAlchemy's name of a driver, sqlite+NAME, may stand before three slashes. */
const char *database_url_read(str url, str *path);

#endif
