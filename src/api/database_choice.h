/* Checks the query parameters `db_id` and `table`. A server has one database and one table of
 * sessions. */
#ifndef API_DATABASE_CHOICE_H
#define API_DATABASE_CHOICE_H

#include "api/context.h"

/* Returns NOT_FOUND for an unknown database or table, and INVALID for a table without a database. A
 * parameter that was not given is NULL. */
MUST_USE agentos_status database_choice(const struct catalogue *catalogue, const char *db_id,
                                        const char *table, agentos_error *err);

#endif
