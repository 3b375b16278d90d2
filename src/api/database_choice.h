/* The contract's `db_id` and `table` parameters: there is one database, and one table for sessions.
 */
#ifndef API_DATABASE_CHOICE_H
#define API_DATABASE_CHOICE_H

#include "api/context.h"

/* NOT_FOUND or INVALID with the contract's sentence; both parameters may be NULL. */
MUST_USE agentos_status database_choice(const struct catalogue *catalogue, const char *db_id,
                                        const char *table, agentos_error *err);

#endif
