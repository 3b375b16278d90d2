/* Removes the oldest rows of the audit log. What remains is checked from the anchor on. */
#include "audit/chain.h"
#include "base/ensure.h"
#include "store/sql.h"

struct cut {
    int64_t before_s, last_row; /* rows from these on stay */
    int64_t row;                /* the last one that may be removed; 0 for none */
    struct place_in_chain end;  /* the last one that was checked */
};

/* Finds the rows that may be removed. Does not check rows up to the anchor, which were adopted. */
static agentos_status find_cut(const struct audit *audit, struct db_conn *conn, struct cut *cut,
                               agentos_error *err)
{
    struct audit_row row;
    bool found = true;

    for (int64_t count = 0; count < AUDIT_CUT_ROWS; count++) {
        AUTO(arena) *a = arena_new(); /* freed after each row */

        TRY(audit_table_next(conn, cut->row, a, &row, &found, err));
        if (!found || row.id >= cut->last_row || row.created_at >= cut->before_s)
            return AGENTOS_OK;
        if (row.id > cut->end.row) {
            TRY(chain_check_row(audit, &row, cut->end.row + 1, cut->end.mac, err));
            cut->end.row = row.id;
        }
        cut->row = row.id;
    }
    return AGENTOS_OK;
}

agentos_status audit_cut(const struct audit *audit, struct db_conn *conn, int64_t before_s,
                         int64_t *removed, agentos_error *err)
{
    struct place_in_chain anchor, last;

    ensure(sql_in_transaction(conn));
    *removed = 0;
    TRY(chain_read_anchor(audit, conn, &anchor, err));
    TRY(chain_read_end(audit, conn, &last, err));
    struct cut cut = { .before_s = before_s, .last_row = last.row, .end = anchor };
    TRY(find_cut(audit, conn, &cut, err));
    if (cut.row == 0)
        return AGENTOS_OK;
    if (cut.end.row > anchor.row)
        TRY(chain_write_anchor(audit, conn, &cut.end, err));
    return audit_table_remove(conn, cut.row, removed, err);
}
