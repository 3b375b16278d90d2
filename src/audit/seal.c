/* Computes the HMAC-SHA256 codes of the audit log. Each member of a row is prefixed with its
 * length, so two different rows never produce the same input to the HMAC. */
#include "audit/seal.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/limits.h"

enum { SEALED_ROW_MAX_BYTES = 8 * MiB };

/* Writes the MAC of the text as hexadecimal digits to out. The text must be complete. */
static void compute_mac(const struct audit *audit, const buf *text, char out[AUDIT_MAC_SIZE])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    ensure(audit->len >= AUDIT_KEY_MIN_BYTES);
    ensure(buf_ok(text));
    const unsigned char *result = HMAC(EVP_sha256(), audit->key, (int)audit->len,
                                       (const unsigned char *)text->ptr, text->len, mac, &len);
    ensure(result != NULL); /* HMAC fails only if memory is exhausted */
    ensure(2 * (size_t)len + 1 == AUDIT_MAC_SIZE);
    (void)hex_encode(mac, len, out); /* returns out */
}

/* Appends the value with its length, such as "5:hello", or "-" if it is NULL. */
static void append_member(buf *text, const char *value)
{
    if (value == NULL)
        buf_append(text, STR("-"));
    else
        buf_printf(text, "%zu:%s", strlen(value), value);
}

agentos_status seal_row(const struct audit *audit, const char *before, const struct audit_row *row,
                        char out[AUDIT_MAC_SIZE], agentos_error *err)
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

void seal_place(const struct audit *audit, enum seal_kind kind, const struct place_in_chain *place,
                char out[AUDIT_MAC_SIZE])
{
    static const char *const words[] = {
        [SEAL_HEAD] = "head",
        [SEAL_ANCHOR] = "anchor",
        [SEAL_MARK] = "mark",
    };
    AUTO_BUF text = buf_with_limit(KiB); /* enough for a number and a MAC */

    buf_printf(&text, "%s %" PRId64 " %s", words[kind], place->row, place->mac);
    compute_mac(audit, &text, out);
}

bool seals_match(const char *a, const char *b)
{
    return strlen(a) == AUDIT_MAC_SIZE - 1 && strlen(b) == AUDIT_MAC_SIZE - 1 &&
           CRYPTO_memcmp(a, b, AUDIT_MAC_SIZE - 1) == 0;
}

/* Writes "ROW:MAC:SEAL". */
void write_sealed(const struct audit *audit, enum seal_kind kind,
                  const struct place_in_chain *place, char out[SEALED_PLACE_SIZE])
{
    char seal[AUDIT_MAC_SIZE];

    seal_place(audit, kind, place, seal);
    int len = snprintf(out, SEALED_PLACE_SIZE, "%" PRId64 ":%s:%s", place->row, place->mac, seal);
    ensure(len > 0 && len < SEALED_PLACE_SIZE);
}

/* Copies a text that may be the MAC of a place: none before the first row, else of full length. */
static bool copy_mac(str text, int64_t row, char out[AUDIT_MAC_SIZE])
{
    if (text.len != (row == 0 ? 0 : AUDIT_MAC_SIZE - 1))
        return false;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

bool read_sealed(const struct audit *audit, enum seal_kind kind, str text,
                 struct place_in_chain *out)
{
    char expected[AUDIT_MAC_SIZE];
    str rest = str_trim_space(text);
    str row = str_split(&rest, ':'), mac = str_split(&rest, ':');

    if (!str_to_int(row, &out->row) || out->row < 0 || !copy_mac(mac, out->row, out->mac))
        return false;
    seal_place(audit, kind, out, expected);
    return rest.len == AUDIT_MAC_SIZE - 1 &&
           CRYPTO_memcmp(rest.ptr, expected, AUDIT_MAC_SIZE - 1) == 0;
}
