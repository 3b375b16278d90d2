/* The server's own settings, by name, such as the generated OS id. */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/db.h"

/* Stores `initial` if the setting has no value yet, and reads the stored value to *out, allocated
 * in the arena. Called in a write job. */
MUST_USE agentos_status setting_get_or_put(struct db_conn *conn, const char *name,
                                           const char *initial, arena *a, const char **out,
                                           agentos_error *err);

/* Reads the value of the setting to *out, allocated in the arena; NULL if it has none. */
MUST_USE agentos_status setting_get(struct db_conn *conn, const char *name, arena *a,
                                    const char **out, agentos_error *err);

/* Stores the value, which replaces any other. Called in a write job. */
MUST_USE agentos_status setting_put(struct db_conn *conn, const char *name, const char *value,
                                    agentos_error *err);

/* Writes the row `written_at` of the settings, to find out whether the database can be written.
 * This is certain only after the job has been committed. Called in a write job. */
MUST_USE agentos_status setting_touch(struct db_conn *conn, agentos_error *err);

#endif
