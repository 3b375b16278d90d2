/* Migrates databases to the current schema. */
#include "store/migrate.h"

#include <inttypes.h>

#include "base/ensure.h"

/* Reads the schema version. Fails for a newer one or another program's database. */
agentos_status migrate_check(struct db_conn *conn, const struct schema *schema, int64_t *version,
                             agentos_error *err)
{
    struct sql_mark mark;

    ensure(schema->program != NULL && version != NULL);
    TRY(sql_read_mark(conn, &mark, err));
    /* Only an empty database may have no mark. */
    if (mark.application != schema->application_id && (!mark.is_empty || mark.version != 0))
        return fail(err, AGENTOS_UNAVAILABLE, "The database belongs to another program");
    if (mark.version < 0 || (uint64_t)mark.version > schema->step_count)
        return fail(err, AGENTOS_UNAVAILABLE,
                    "The database was written by a newer version of %s (schema %" PRId64
                    ", this one knows %zu)",
                    schema->program, mark.version, schema->step_count);
    *version = mark.version;
    return AGENTOS_OK;
}

/* Runs the missing steps and updates the version, inside a transaction. */
static agentos_status run_steps(struct db_conn *conn, const struct schema *schema,
                                agentos_error *err)
{
    int64_t version = 0;

    ensure(sql_in_transaction(conn));
    TRY(migrate_check(conn, schema, &version, err));
    for (size_t i = (size_t)version; i < schema->step_count; i++) {
        ensure(schema->steps[i].script != NULL);
        TRY(sql_script(conn, schema->steps[i].script, err));
        if (schema->steps[i].convert != NULL)
            TRY(schema->steps[i].convert(conn, err));
    }
    return sql_write_mark(conn,
                          &(struct sql_mark){ .application = schema->application_id,
                                              .version = (int64_t)schema->step_count },
                          err);
}

/* Runs the missing steps in one transaction. */
agentos_status migrate(struct db_conn *conn, const struct schema *schema, agentos_error *err)
{
    ensure(schema->application_id != 0);
    TRY(sql_begin(conn, SQL_WRITES, err));
    agentos_status status = run_steps(conn, schema, err);
    if (status == AGENTOS_OK)
        status = sql_commit(conn, err);
    sql_rollback(conn); /* does nothing after a COMMIT */
    return status;
}
