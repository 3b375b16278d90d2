/* Checks the parameters `db_id` and `table` of the contract. This server has one database, and one
 * table of sessions. */
#ifndef API_DATABASE_CHOICE_H
#define API_DATABASE_CHOICE_H

#include "api/context.h"

/* Returns NOT_FOUND if the database or the table does not exist, and INVALID if a table is given
 * without a database. Either parameter may be NULL, which means that it was not given. */
MUST_USE agentos_status database_choice(const struct catalogue *catalogue, const char *db_id,
                                        const char *table, agentos_error *err);

#endif
