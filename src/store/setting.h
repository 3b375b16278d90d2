/* The server's own few values, by name: the generated OS id. */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/db.h"

/* The stored value; or, when there is none, store `initial` and answer it. From the arena. */
MUST_USE agentos_status setting_get_or_put(struct db_conn *conn, const char *name,
                                           const char *initial, arena *a, const char **out,
                                           agentos_error *err);

#endif
