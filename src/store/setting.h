/* The server's internal settings, such as the generated OS id. */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/db.h"

/* Reads a setting to *out, in the arena, and stores `initial` first if it has no value. Called in a
 * write job. */
MUST_USE agentos_status setting_get_or_put(struct db_conn *conn, const char *name,
                                           const char *initial, arena *a, const char **out,
                                           agentos_error *err);

/* Writes the setting `written_at`, to test whether the database is writable, which only the commit
 * shows. Called in a write job. */
MUST_USE agentos_status setting_touch(struct db_conn *conn, agentos_error *err);

#endif
