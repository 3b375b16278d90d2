/* The server's own few values, by name: the generated OS id. */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/db.h"

/* The stored value; or, when there is none, store `initial` and answer it. From the arena. */
MUST_USE agentos_status setting_get_or_put(struct db_conn *conn, const char *name,
                                           const char *initial, arena *a, const char **out,
                                           agentos_error *err);

/* Writes the row `written_at` of the settings, to find out whether the database can be written;
 * that is certain only once the job has been committed. Inside a write job. */
MUST_USE agentos_status setting_touch(struct db_conn *conn, agentos_error *err);

#endif
