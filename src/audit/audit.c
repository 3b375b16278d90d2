/* Appends rows to the audit log, an HMAC chain, and verifies it. */
#include "audit/audit.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"
#include "store/sql.h"

enum { SEALED_ROW_MAX_BYTES = 8 * MiB };

struct audit {
    size_t len; /* the length of the key */
    unsigned char key[];
};

/* Creates an audit log with a copy of the key. */
agentos_status audit_new(str key, struct audit **out, agentos_error *err)
{
    if (key.len < AUDIT_KEY_MIN_BYTES || key.len > KEY_FILE_MAX_BYTES)
        return fail_about(err, AGENTOS_INVALID, "audit.key", "needs %d bytes or more",
                          AUDIT_KEY_MIN_BYTES);
    struct audit *audit = malloc(sizeof(*audit) + key.len);
    if (audit == NULL)
        abort();
    audit->len = key.len;
    memcpy(audit->key, key.ptr, key.len);
    *out = audit;
    return AGENTOS_OK;
}

/* Wipes the key and frees the audit log. */
void audit_free(struct audit *audit)
{
    if (audit == NULL)
        return;
    OPENSSL_cleanse(audit->key, audit->len);
    free(audit);
}

/* Writes the MAC of the text to `out` in hexadecimal. */
static void compute_mac(const struct audit *audit, const buf *text, char out[AUDIT_MAC_SIZE])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    ensure(audit->len >= AUDIT_KEY_MIN_BYTES);
    ensure(buf_ok(text));
    const unsigned char *result = HMAC(EVP_sha256(), audit->key, (int)audit->len,
                                       (const unsigned char *)text->ptr, text->len, mac, &len);
    ensure(result != NULL); /* fails only without memory */
    ensure(2 * (size_t)len + 1 == AUDIT_MAC_SIZE);
    (void)hex_encode(mac, len, out); /* returns out */
}

/* Appends the value with its length, such as "5:hello", or "-" for NULL. */
static void append_member(buf *text, const char *value)
{
    if (value == NULL)
        buf_append(text, STR("-"));
    else
        buf_printf(text, "%zu:%s", strlen(value), value);
}

/* Writes the MAC of the row to `out`. `before` is the MAC of the previous row, or "". */
static agentos_status seal_row(const struct audit *audit, const char *before,
                               const struct audit_row *row, char out[AUDIT_MAC_SIZE],
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(SEALED_ROW_MAX_BYTES);

    ensure(strlen(before) == 0 || strlen(before) == AUDIT_MAC_SIZE - 1);
    buf_printf(&text, "row %s %" PRId64 " %" PRId64 " ", before, row->id, row->created_at);
    append_member(&text, row->actor);
    append_member(&text, row->action);
    append_member(&text, row->target);
    append_member(&text, row->before);
    append_member(&text, row->after);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_CONFLICT, "row %" PRId64 " exceeds the maximum length", row->id);
    compute_mac(audit, &text, out);
    return AGENTOS_OK;
}

/* Writes the MAC of the head. Without rows, `last` is 0 and `row_mac` is "". */
static void seal_head(const struct audit *audit, int64_t last, const char *row_mac,
                      char out[AUDIT_MAC_SIZE])
{
    AUTO_BUF text = buf_with_limit(KiB); /* enough for a number and a MAC */

    ensure((last == 0) == (row_mac[0] == '\0'));
    buf_printf(&text, "head %" PRId64 " %s", last, row_mac);
    compute_mac(audit, &text, out);
}

/* Reads the MAC of the last row, or "" if it is missing or malformed. */
static agentos_status read_last_mac(struct db_conn *conn, arena *a, int64_t last, const char **out,
                                    agentos_error *err)
{
    struct audit_row row;
    bool found = false;

    ensure(last >= 0);
    *out = "";
    if (last == 0)
        return AGENTOS_OK;
    TRY(audit_table_next(conn, last - 1, a, &row, &found, err));
    if (found && strlen(row.mac) == AUDIT_MAC_SIZE - 1)
        *out = row.mac;
    return AGENTOS_OK;
}

/* Stores the head of the chain, which now ends with this row. */
static agentos_status store_head(const struct audit *audit, struct db_conn *conn,
                                 const struct audit_row *last, agentos_error *err)
{
    char mac[AUDIT_MAC_SIZE];
    const struct audit_head head = { .last = last->id, .mac = mac };

    ensure(last->id > 0 && last->mac != NULL);
    seal_head(audit, last->id, last->mac, mac);
    return audit_table_set_head(conn, &head, err);
}

/* Appends a row and updates the head, in the transaction of the recorded change. */
agentos_status audit_append(const struct audit *audit, struct db_conn *conn,
                            const struct audit_row *row, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    char mac[AUDIT_MAC_SIZE];
    struct audit_row sealed = *row;
    struct audit_head head;
    const char *last_mac;

    ensure(row->action != NULL && row->target != NULL);
    ensure(sql_in_transaction(conn));
    TRY(audit_table_head(conn, a, &head, err));
    if (head.last < 0 || head.last == INT64_MAX)
        return fail(err, AGENTOS_CONFLICT, "the head of the audit log is invalid");
    TRY(read_last_mac(conn, a, head.last, &last_mac, err));
    sealed.id = head.last + 1;
    TRY(seal_row(audit, last_mac, &sealed, mac, err));
    sealed.mac = mac;
    TRY(audit_table_append(conn, &sealed, err));
    return store_head(audit, conn, &sealed, err);
}

/* ---- checking ---- */

/* Compares two MACs in constant time. Returns false if one does not have the length of a MAC. */
static bool macs_match(const char *a, const char *b)
{
    return strlen(a) == AUDIT_MAC_SIZE - 1 && strlen(b) == AUDIT_MAC_SIZE - 1 &&
           CRYPTO_memcmp(a, b, AUDIT_MAC_SIZE - 1) == 0;
}

/* Checks the id and MAC of a row. Replaces `mac`, the MAC of the previous row. */
static agentos_status check_row(const struct audit *audit, const struct audit_row *row,
                                int64_t expected_id, char mac[AUDIT_MAC_SIZE], agentos_error *err)
{
    char sealed[AUDIT_MAC_SIZE];

    ensure(expected_id >= 1);
    if (row->id != expected_id)
        return fail(err, AGENTOS_CONFLICT, "found row %" PRId64 " instead of row %" PRId64, row->id,
                    expected_id);
    TRY(seal_row(audit, mac, row, sealed, err));
    if (!macs_match(sealed, row->mac))
        return fail(err, AGENTOS_CONFLICT, "row %" PRId64 " was changed or sealed with another key",
                    row->id);
    memcpy(mac, sealed, AUDIT_MAC_SIZE);
    return AGENTOS_OK;
}

/* Checks that the head matches the number of rows and the last MAC. */
static agentos_status check_head(const struct audit *audit, struct db_conn *conn, arena *a,
                                 int64_t count, const char *mac, agentos_error *err)
{
    char sealed[AUDIT_MAC_SIZE];
    struct audit_head head;

    ensure((count == 0) == (mac[0] == '\0'));
    TRY(audit_table_head(conn, a, &head, err));
    if (count == 0 && head.last == 0)
        return AGENTOS_OK;
    seal_head(audit, count, mac, sealed);
    if (head.last != count || !macs_match(sealed, head.mac))
        return fail(err, AGENTOS_CONFLICT,
                    "the end is truncated or forged: found %" PRId64 " rows of %" PRId64, count,
                    head.last);
    return AGENTOS_OK;
}

/* Checks the whole chain and counts its rows. */
agentos_status audit_verify(const struct audit *audit, struct db_conn *conn, int64_t *count,
                            agentos_error *err)
{
    char mac[AUDIT_MAC_SIZE] = "";
    struct audit_row row;
    bool found = true;

    ensure(count != NULL && sql_in_transaction(conn));
    *count = 0;
    while (true) {
        AUTO(arena) *a = arena_new(); /* freed after each row: the chain may be long */

        /* The lowest possible id finds forged rows before the first one. */
        int64_t after = *count > 0 ? *count : INT64_MIN;
        TRY(audit_table_next(conn, after, a, &row, &found, err));
        if (!found)
            return check_head(audit, conn, a, *count, mac, err);
        TRY(check_row(audit, &row, *count + 1, mac, err));
        ++*count;
    }
}
