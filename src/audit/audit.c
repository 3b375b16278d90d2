/* Appends rows to the audit log, a chain of HMAC-SHA256 codes (seal.c), and keeps its mark. */
#include "audit/audit.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "audit/chain.h"
#include "audit/mark.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/random.h"
#include "store/sql.h"
#include "json/writer.h"

agentos_status audit_new(str key, struct audit **out, agentos_error *err)
{
    if (key.len < AUDIT_KEY_MIN_BYTES || key.len > KEY_FILE_MAX_BYTES)
        return fail_about(err, AGENTOS_INVALID, "audit.key", "needs %d bytes or more",
                          AUDIT_KEY_MIN_BYTES);
    struct audit *audit = malloc(sizeof(*audit) + key.len);
    if (audit == NULL)
        abort();
    audit->mark = NULL;
    audit->len = key.len;
    memcpy(audit->key, key.ptr, key.len);
    *out = audit;
    return AGENTOS_OK;
}

void audit_free(struct audit *audit)
{
    if (audit == NULL)
        return;
    OPENSSL_cleanse(audit->key, audit->len);
    free(audit->mark);
    free(audit);
}

void audit_keep_mark(struct audit *audit, const char *path)
{
    ensure(audit->mark == NULL && path[0] != '\0');
    audit->mark = mark_new(path);
}

void audit_tell_failures(struct audit *audit, void (*on_failure)(const agentos_error *why))
{
    if (audit->mark != NULL)
        audit->mark->on_failure = on_failure;
}

/* ---- the mark follows ---- */

/* Moves the mark to the end of the chain, if the database contains the row that it names. */
static agentos_status move_mark(const struct audit *audit, struct db_conn *conn, agentos_error *err)
{
    struct place_in_chain anchor, end;

    TRY(chain_read_anchor(audit, conn, &anchor, err));
    TRY(chain_read_end(audit, conn, &end, err));
    agentos_status status = chain_compare_mark(audit, conn, &anchor, end.row, err);
    if (status == AGENTOS_CONFLICT)
        audit->mark->state = MARK_STAYS;
    TRY(status);
    return mark_write(audit, &end, err);
}

/* Called on the writer's thread after a commit with new rows. Reports a failure; the rows stay. */
static void follow(struct db_conn *conn, const void *user)
{
    const struct audit *audit = user;
    agentos_error why;

    if (audit->mark->state == MARK_STAYS)
        return;
    ensure(audit->mark->state != MARK_UNREAD);
    if (move_mark(audit, conn, &why) != AGENTOS_OK && audit->mark->on_failure != NULL)
        audit->mark->on_failure(&why);
}

/* Has the mark follow the transaction in progress, once it is committed. */
static void follow_commit(const struct audit *audit, struct db_conn *conn)
{
    if (audit->mark != NULL && audit->mark->state != MARK_UNREAD)
        sql_after_commit(conn, follow, audit);
}

/* ---- appending ---- */

/* Appends the row behind this place, and stores the head. */
static agentos_status append_behind(const struct audit *audit, struct db_conn *conn,
                                    const struct place_in_chain *place, const struct audit_row *row,
                                    agentos_error *err)
{
    struct audit_row sealed = *row;
    struct place_in_chain end = { .row = place->row + 1 };
    char head_mac[AUDIT_MAC_SIZE];

    sealed.id = end.row;
    TRY(seal_row(audit, place->mac, &sealed, end.mac, err));
    sealed.mac = end.mac;
    TRY(audit_table_append(conn, &sealed, err));
    seal_place(audit, SEAL_HEAD, &end, head_mac);
    follow_commit(audit, conn);
    return audit_table_set_head(conn, &(struct audit_head){ .last = end.row, .mac = head_mac },
                                err);
}

/* Appends a row to the chain. Called on the writer's thread, in the transaction of the change that
 * the row records. */
agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                            const struct audit_row *row, agentos_error *err)
{
    struct place_in_chain end;
    agentos_error why;

    ensure(row->action != NULL && row->target != NULL);
    ensure(sql_in_transaction(conn));
    agentos_status status = chain_read_end(audit, conn, &end, &why);
    if (status == AGENTOS_CONFLICT)
        return fail(err, AGENTOS_UNAVAILABLE, "Nothing can be recorded in the audit log: %s",
                    why.message);
    if (status != AGENTOS_OK)
        return fail(err, status, "%s", why.message);
    return append_behind(audit, conn, &end, row, err);
}

/* ---- starting ---- */

/* Records that the mark of a log with rows was missing, and creates one after the commit. */
static agentos_status record_new_mark(const struct audit *audit, struct db_conn *conn,
                                      const struct place_in_chain *end, int64_t now_s,
                                      agentos_error *err)
{
    const struct audit_row row = {
        .created_at = now_s,
        .actor = "system",
        .action = "audit mark made",
        .target = "audit",
    };

    if (end->row > 0)
        return audit_append(audit, conn, &row, err);
    follow_commit(audit, conn); /* an empty log: there is nothing to tell */
    return AGENTOS_OK;
}

agentos_status audit_start(const struct audit *audit, struct db_conn *conn, int64_t now_s,
                           agentos_error *err)
{
    struct place_in_chain anchor, end;

    ensure(sql_in_transaction(conn));
    if (audit->mark != NULL)
        TRY(mark_read(audit, err));
    TRY(chain_read_anchor(audit, conn, &anchor, err));
    TRY(chain_read_end(audit, conn, &end, err));
    if (audit->mark == NULL)
        return AGENTOS_OK;
    if (audit->mark->state == MARK_ABSENT)
        return record_new_mark(audit, conn, &end, now_s, err);
    agentos_status status = chain_compare_mark(audit, conn, &anchor, end.row, err);
    if (status != AGENTOS_OK)
        audit->mark->state = MARK_STAYS;
    return status;
}

/* ---- adopting ---- */

/* Returns the JSON of an adoption, in the arena. */
static const char *describe_adoption(arena *a, const struct audit_adoption *adoption,
                                     int64_t last_row, int64_t marked_row)
{
    AUTO_BUF text = buf_with_limit(16 * KiB);
    writer w = { .out = &text };

    write_object(&w);
    write_member(&w, "reason", adoption->reason);
    write_member_int(&w, "rows", last_row);
    write_member_int(&w, "marked", marked_row);
    write_end(&w);
    ensure(buf_ok(&text)); /* reasons are truncated */
    return arena_copy(a, buf_view(&text));
}

/* Chooses where a new chain begins: after all existing rows and the one that the mark names. Its
 * MAC is random, so that no earlier row can be made to fit. */
static agentos_status choose_anchor(const struct audit *audit, struct db_conn *conn,
                                    int64_t *last_row, struct place_in_chain *out,
                                    agentos_error *err)
{
    int64_t marked = audit->mark != NULL ? audit->mark->place.row : 0;
    unsigned char drawn[AUDIT_MAC_SIZE / 2];

    TRY(sql_number(conn, "SELECT coalesce(max(id), 0) FROM audit", last_row, err));
    if (*last_row < 0 || *last_row > INT64_MAX / 2)
        return fail(err, AGENTOS_CONFLICT, "the audit log has a row %" PRId64 ", which was forged",
                    *last_row);
    out->row = *last_row > marked ? *last_row : marked;
    if (out->row == 0)
        out->row = 1; /* an anchor is behind a row, even if it was never there */
    random_bytes(drawn, sizeof(drawn));
    (void)hex_encode(drawn, sizeof(drawn), out->mac); /* returns the text it wrote */
    return AGENTOS_OK;
}

agentos_status audit_adopt(const struct audit *audit, struct db_conn *conn,
                           const struct audit_adoption *adoption, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct place_in_chain anchor;
    int64_t last_row = 0;

    ensure(sql_in_transaction(conn) && strlen(adoption->reason) <= AUDIT_REASON_MAX_BYTES);
    if (audit->mark != NULL && mark_read(audit, NULL) != AGENTOS_OK)
        ensure(audit->mark->place.row == 0); /* a damaged mark is replaced */
    int64_t marked_row = audit->mark != NULL ? audit->mark->place.row : 0;
    TRY(choose_anchor(audit, conn, &last_row, &anchor, err));
    if (audit->mark != NULL)
        audit->mark->state = MARK_ABSENT; /* what it names is given up */
    TRY(chain_write_anchor(audit, conn, &anchor, err));
    const struct audit_row row = {
        .created_at = adoption->now_s,
        .actor = adoption->actor,
        .action = adoption->action,
        .target = "audit",
        .after = describe_adoption(a, adoption, last_row, marked_row),
    };
    return append_behind(audit, conn, &anchor, &row, err);
}

agentos_status audit_append_restored(const struct audit *audit, struct db_conn *conn,
                                     const struct audit_row *row, agentos_error *err)
{
    if (audit->mark != NULL) {
        audit->mark->state = MARK_ABSENT;
        audit->mark->place = (struct place_in_chain){ .row = 0 };
    }
    return audit_append(audit, conn, row, err);
}
