/* Errors for runs that are too long to return. */
#include "base/limits.h"
#include "store/run_row.h"

/* Returns TOO_LARGE with advice to request fewer runs. */
agentos_status run_rows_refuse(agentos_error *err)
{
    return fail(err, AGENTOS_TOO_LARGE,
                "These runs are longer than %d bytes together. Ask for fewer by created_after, "
                "created_before or status, or for one at a time.",
                READ_MAX_BYTES);
}

agentos_status run_row_refuse(agentos_error *err)
{
    return fail(err, AGENTOS_TOO_LARGE, "This run is longer than %d bytes.", READ_MAX_BYTES);
}
