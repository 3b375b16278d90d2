/* Reads one PEM block and repairs lost line breaks. */
#include "jose/pem.h"

#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/base64url.h"

static const str begin = STR_INIT("-----BEGIN ");
static const str end = STR_INIT("-----END ");
static const str dashes = STR_INIT("-----");

/* A fixed buffer that is wiped before it is freed, since it may hold a private key. */
struct scratch {
    char *ptr;
    size_t size, len; /* len of size bytes are in use */
};

static struct scratch scratch_new(size_t size)
{
    ensure(size <= KEY_FILE_MAX_BYTES); /* checked by pem_read */
    struct scratch s = { .ptr = OPENSSL_zalloc(size + 1), .size = size };

    if (s.ptr == NULL)
        abort();
    return s;
}

static void scratch_clear(struct scratch *s)
{
    OPENSSL_clear_free(s->ptr, s->size);
}
#define AUTO_SCRATCH __attribute__((cleanup(scratch_clear))) struct scratch

/* Removes a pair of quotes around the text. */
static str without_quotes(str text)
{
    if (text.len > 1 && (text.ptr[0] == '"' || text.ptr[0] == '\'') &&
        text.ptr[text.len - 1] == text.ptr[0])
        text = (str){ text.ptr + 1, text.len - 2 };
    return text;
}

/* Replaces the escapes \n and \r, which shells, .env files and YAML leave, with line breaks. */
static struct scratch with_line_breaks(str text)
{
    struct scratch s = scratch_new(text.len);

    for (size_t i = 0; i < text.len; i++) {
        str here = str_from(text, i);

        if (str_starts(here, STR("\\n")) || str_starts(here, STR("\\r"))) {
            s.ptr[s.len++] = '\n';
            i++;
        } else {
            s.ptr[s.len++] = text.ptr[i];
        }
    }
    ensure(s.len <= s.size);
    return s;
}

/* Splits *rest at the mark. Returns false and changes nothing if there is none. */
static bool cut_at(str *rest, str mark, str *before)
{
    const char *found = rest->len > 0 ? memmem(rest->ptr, rest->len, mark.ptr, mark.len) : NULL;

    if (found == NULL)
        return false;
    *before = (str){ rest->ptr, (size_t)(found - rest->ptr) };
    ensure(before->len + mark.len <= rest->len);
    *rest = str_from(*rest, before->len + mark.len);
    return true;
}

/* Cuts one PEM block off the front of *rest. The label is shorter than PEM_LABEL_SIZE. */
static agentos_status cut_block(str *rest, str *label, str *body, agentos_error *err)
{
    str before = { "", 0 }, end_label = { "", 0 };

    if (!cut_at(rest, begin, &before) || !cut_at(rest, dashes, label))
        return fail(err, AGENTOS_INVALID, "the key is not PEM: it has no -----BEGIN ...----- line");
    if (str_trim_space(before).len > 0)
        return fail(err, AGENTOS_INVALID, "unexpected text before the PEM block; remove it");
    bool has_end = cut_at(rest, end, body) && cut_at(rest, dashes, &end_label);
    if (!has_end || !str_equal(*label, end_label))
        return fail(
            err, AGENTOS_INVALID,
            "the PEM block is cut off: its END line is missing or does not match; paste it whole");
    if (label->len >= PEM_LABEL_SIZE)
        return fail(err, AGENTOS_INVALID, "the PEM block has an unknown label");
    *rest = str_trim_space(*rest);
    return AGENTOS_OK;
}

/* Converts base64 to base64url without whitespace and padding. `out` must be at least as large. */
static bool write_base64url(str body, struct scratch *out)
{
    size_t padding = 0; /* the number of '=' so far */

    ensure(out->len == 0 && body.len <= out->size);
    for (size_t i = 0; i < body.len; i++) {
        char c = body.ptr[i];

        if (char_is_space(c))
            continue;
        if (c == '-' || c == '_' || (c != '=' && padding > 0))
            return false;
        if (c == '=')
            padding++;
        else
            out->ptr[out->len++] = base64url_letter(c);
    }
    return (out->len + padding) % 4 == 0 && padding <= 2;
}

/* Decodes the body into out->der. The caller must call pem_clear, even on failure. */
static agentos_status decode_body(str body, struct pem *out, agentos_error *err)
{
    ensure(out->der == NULL);
    AUTO_SCRATCH text = scratch_new(body.len);

    if (str_has(body, ':'))
        return fail(err, AGENTOS_INVALID,
                    "the PEM block is encrypted or has headers; convert it with `openssl pkey`");

    bool is_base64 = write_base64url(body, &text);
    out->der_len = base64url_decoded_len(text.len);
    out->der = OPENSSL_zalloc(out->der_len + 1);
    if (out->der == NULL)
        abort();
    if (!is_base64 || !base64url_decode_into((str){ text.ptr, text.len }, out->der))
        return fail(err, AGENTOS_INVALID, "the PEM block is not valid base64; paste it again");
    return AGENTOS_OK;
}

/* Finds the only PEM block of the text. EC PARAMETERS may precede it. */
static agentos_status find_block(str text, str *label, str *body, agentos_error *err)
{
    str rest = without_quotes(str_trim_space(text));

    TRY(cut_block(&rest, label, body, err));
    /* `openssl ecparam -genkey` writes this redundant block first. */
    if (str_equal(*label, STR("EC PARAMETERS")))
        TRY(cut_block(&rest, label, body, err));
    if (rest.len > 0)
        return fail(err, AGENTOS_INVALID,
                    "more than one PEM block, or text after it; give a single key");
    return AGENTOS_OK;
}

static str without_byte_order_mark(str text)
{
    static const str mark = STR_INIT("\xEF\xBB\xBF"); /* U+FEFF in UTF-8 */

    return str_starts(text, mark) ? str_from(text, mark.len) : text;
}

/* Reads the block of a repaired text. The caller must call pem_clear, even on failure. */
static agentos_status read_block(str text, struct pem *out, agentos_error *err)
{
    str label = { "", 0 }, body = { "", 0 };

    TRY(find_block(text, &label, &body, err));
    ensure(label.len < sizeof(out->label));
    memcpy(out->label, label.ptr, label.len); /* *out is zeroed: NUL-terminated */
    return decode_body(body, out, err);
}

/* Repairs the text and reads its PEM block. The caller must call pem_clear. */
agentos_status pem_read(str text, struct pem *out, agentos_error *err)
{
    if (text.len > KEY_FILE_MAX_BYTES)
        return fail(err, AGENTOS_INVALID, "the key is larger than %d KiB",
                    KEY_FILE_MAX_BYTES / KiB);

    AUTO_SCRATCH copy = with_line_breaks(without_byte_order_mark(text));
    AUTO_PEM pem = { .der = NULL };

    TRY(read_block((str){ copy.ptr, copy.len }, &pem, err));
    *out = pem;
    pem.der = NULL; /* *out owns the bytes now */
    return AGENTOS_OK;
}

bool pem_is_likely(str text)
{
    return str_contains(text, STR("-----BEGIN"));
}

void pem_clear(struct pem *pem)
{
    OPENSSL_clear_free(pem->der, pem->der_len);
    *pem = (struct pem){ .der = NULL };
}
