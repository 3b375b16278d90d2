/* Checks the query parameters `db_id` and `table`. */
#include "api/database_choice.h"

#include "base/ensure.h"

/* The messages are part of the contract. */
agentos_status database_choice(const struct catalogue *catalogue, const char *db_id,
                               const char *table, agentos_error *err)
{
    ensure(catalogue->db_id != NULL);
    if (db_id != NULL && strcmp(db_id, catalogue->db_id) != 0)
        return fail(err, AGENTOS_NOT_FOUND, "No database found with id " QUOTED,
                    QUOTE(str_of(db_id)));
    if (table != NULL && db_id == NULL)
        return fail(err, AGENTOS_INVALID,
                    "The db_id query parameter is required when passing a table");
    if (table != NULL && strcmp(table, "agno_sessions") != 0)
        return fail(err, AGENTOS_NOT_FOUND, "No database with id '%s' has table " QUOTED,
                    catalogue->db_id, QUOTE(str_of(table)));
    return AGENTOS_OK;
}
