/* Database URLs in SQLAlchemy's syntax (agno's `db_url`) and in a shorter one. */
#ifndef CONFIG_DATABASE_URL_H
#define CONFIG_DATABASE_URL_H

#include "base/str.h"

/* Parses a database URL. Returns NULL and stores the path of the file in *path, a view of the URL,
 * empty for a database in memory. Otherwise returns what the URL must be, and leaves *path
 * unchanged.
 *
 *     sqlite:PATH          the file PATH
 *     sqlite:///PATH       the relative PATH; an error if the file /PATH exists
 *     sqlite:////PATH      the file /PATH
 *     memory, sqlite://, sqlite:///, sqlite::memory:, sqlite:///:memory:
 *
 * SQLAlchemy's sqlite+DRIVER may precede three slashes. May access the file system. */
const char *database_url_read(str url, str *path);

#endif
