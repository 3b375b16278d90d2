/* Reads the ends of the chain from the database, and compares its end with the mark. */
#include "audit/chain.h"

#include <inttypes.h>

#include "audit/mark.h"
#include "base/ensure.h"
#include "store/setting.h"
#include "store/sql.h"

static const char anchor_setting[] = "audit_anchor";

agentos_status chain_read_anchor(const struct audit *audit, struct db_conn *conn,
                                 struct place_in_chain *out, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const char *text;

    *out = (struct place_in_chain){ .row = 0 };
    TRY(setting_get(conn, anchor_setting, a, &text, err));
    if (text != NULL && !read_sealed(audit, SEAL_ANCHOR, str_of(text), out))
        return fail(err, AGENTOS_CONFLICT, "the beginning was changed or sealed with another key");
    return AGENTOS_OK;
}

agentos_status chain_write_anchor(const struct audit *audit, struct db_conn *conn,
                                  const struct place_in_chain *anchor, agentos_error *err)
{
    char text[SEALED_PLACE_SIZE];

    ensure(anchor->row > 0);
    write_sealed(audit, SEAL_ANCHOR, anchor, text);
    return setting_put(conn, anchor_setting, text, err);
}

agentos_status chain_read_mac(struct db_conn *conn, int64_t row, char out[AUDIT_MAC_SIZE],
                              agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct audit_row found_row;
    bool found = false;

    out[0] = '\0';
    if (row <= 0)
        return AGENTOS_OK;
    TRY(audit_table_next(conn, row - 1, a, &found_row, &found, err));
    if (found && found_row.id == row && strlen(found_row.mac) == AUDIT_MAC_SIZE - 1)
        memcpy(out, found_row.mac, AUDIT_MAC_SIZE);
    return AGENTOS_OK;
}

/* Sets *has_more to whether there are rows behind this one. */
static agentos_status look_behind(struct db_conn *conn, int64_t row, bool *has_more,
                                  agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct audit_row next;

    return audit_table_next(conn, row, a, &next, has_more, err);
}

/* Returns whether the head is sealed and its row exists. */
static bool head_is_right(const struct audit *audit, const struct audit_head *head,
                          const struct place_in_chain *end)
{
    char expected[AUDIT_MAC_SIZE];

    if (end->row == 0)
        return true; /* there is no head; what is behind it is looked for */
    if (end->mac[0] == '\0')
        return false;
    seal_place(audit, SEAL_HEAD, end, expected);
    return seals_match(expected, head->mac);
}

agentos_status chain_read_end(const struct audit *audit, struct db_conn *conn,
                              struct place_in_chain *out, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct audit_head head;
    struct place_in_chain anchor;
    bool has_more = false;

    TRY(chain_read_anchor(audit, conn, &anchor, err));
    TRY(audit_table_head(conn, a, &head, err));
    out->row = head.last;
    TRY(chain_read_mac(conn, head.last, out->mac, err));
    bool is_right =
        head.last >= anchor.row && head.last < INT64_MAX && head_is_right(audit, &head, out);
    if (is_right)
        TRY(look_behind(conn, head.last, &has_more, err));
    if (!is_right || has_more)
        return fail(err, AGENTOS_CONFLICT, "the end was changed or sealed with another key");
    return AGENTOS_OK;
}

/* Fails with CONFLICT, because this many rows are missing at the end. */
static agentos_status tell_missing(int64_t missing, int64_t left, agentos_error *err)
{
    const char *what = left > 0 ? "the end was cut off" : "the log was emptied";

    ensure(missing > 0);
    if (missing == 1)
        return fail(err, AGENTOS_CONFLICT, "%s: the last row is missing", what);
    return fail(err, AGENTOS_CONFLICT, "%s: the last %" PRId64 " rows are missing", what, missing);
}

agentos_status chain_compare_mark(const struct audit *audit, struct db_conn *conn,
                                  const struct place_in_chain *anchor, int64_t end,
                                  agentos_error *err)
{
    const struct place_in_chain *marked = &audit->mark->place;
    char mac[AUDIT_MAC_SIZE];

    ensure(audit->mark->state != MARK_UNREAD);
    if (marked->row <= anchor->row)
        return AGENTOS_OK;
    if (end < marked->row)
        return tell_missing(marked->row - end, end, err);
    TRY(chain_read_mac(conn, marked->row, mac, err));
    if (!seals_match(mac, marked->mac))
        return fail(err, AGENTOS_CONFLICT,
                    "row %" PRId64 " is not the one that was written: the end was cut off, and "
                    "others were appended",
                    marked->row);
    return AGENTOS_OK;
}

agentos_status chain_check_row(const struct audit *audit, const struct audit_row *row,
                               int64_t expected_id, char mac[AUDIT_MAC_SIZE], agentos_error *err)
{
    char sealed[AUDIT_MAC_SIZE];

    ensure(expected_id >= 1);
    if (row->id != expected_id)
        return fail(err, AGENTOS_CONFLICT, "found row %" PRId64 " instead of row %" PRId64, row->id,
                    expected_id);
    TRY(seal_row(audit, mac, row, sealed, err));
    if (!seals_match(sealed, row->mac))
        return fail(err, AGENTOS_CONFLICT, "row %" PRId64 " was changed or sealed with another key",
                    row->id);
    memcpy(mac, sealed, AUDIT_MAC_SIZE);
    return AGENTOS_OK;
}
