/* Checks the chain of the audit log against its key, its head and its mark. */
#include <inttypes.h>

#include "audit/chain.h"
#include "audit/mark.h"
#include "base/ensure.h"
#include "store/sql.h"

/* Returns CONFLICT unless the head names the last row. */
static agentos_status check_head(const struct audit *audit, struct db_conn *conn,
                                 const struct place_in_chain *end, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    char sealed[AUDIT_MAC_SIZE];
    struct audit_head head;

    TRY(audit_table_head(conn, a, &head, err));
    if (end->row == 0 && head.last == 0)
        return AGENTOS_OK;
    seal_place(audit, SEAL_HEAD, end, sealed);
    if (head.last != end->row || !seals_match(sealed, head.mac))
        return fail(err, AGENTOS_CONFLICT,
                    "the end is truncated or forged: found %" PRId64 " rows of %" PRId64, end->row,
                    head.last);
    return AGENTOS_OK;
}

/* Returns CONFLICT unless the database contains the row that the mark names. */
static agentos_status check_mark(const struct audit *audit, struct db_conn *conn,
                                 const struct place_in_chain *anchor, int64_t end,
                                 agentos_error *err)
{
    if (audit->mark == NULL)
        return AGENTOS_OK;
    TRY(mark_read(audit, err));
    if (audit->mark->state == MARK_ABSENT)
        return fail(err, AGENTOS_CONFLICT,
                    "the mark '%.256s' is missing, so rows that were cut off the end would not be "
                    "noticed; the server makes it when it starts",
                    audit->mark->path);
    return chain_compare_mark(audit, conn, anchor, end, err);
}

/* Checks the rows after *end, and moves it to the last row. */
static agentos_status check_rows(const struct audit *audit, struct db_conn *conn,
                                 struct place_in_chain *end, agentos_error *err)
{
    struct audit_row row;
    bool found = true;

    while (true) {
        AUTO(arena) *a = arena_new(); /* freed after each row, because the chain may be long */

        /* Starts at the lowest possible id, so that a forged row before the first one is found. */
        int64_t after = end->row > 0 ? end->row : INT64_MIN;
        TRY(audit_table_next(conn, after, a, &row, &found, err));
        if (!found)
            return AGENTOS_OK;
        TRY(chain_check_row(audit, &row, end->row + 1, end->mac, err));
        end->row++;
    }
}

agentos_status audit_verify(const struct audit *audit, struct db_conn *conn,
                            struct audit_extent *out, agentos_error *err)
{
    struct place_in_chain anchor, end;

    ensure(out != NULL && sql_in_transaction(conn));
    *out = (struct audit_extent){ 0 };
    TRY(chain_read_anchor(audit, conn, &anchor, err));
    end = anchor;
    TRY(check_rows(audit, conn, &end, err));
    TRY(check_head(audit, conn, &end, err));
    *out = (struct audit_extent){ .checked = end.row - anchor.row, .before = anchor.row };
    return check_mark(audit, conn, &anchor, end.row, err);
}
