/* Parses multipart/form-data bodies strictly, so that no other parser sees different parts. */
#include "http/multipart.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "http/parameter.h"

enum { BOUNDARY_MAX_BYTES = 70 }; /* RFC 2046 §5.1.1 */

static const str crlf = STR_INIT("\r\n");
static const str last_mark = STR_INIT("--");        /* after the last delimiter; as long as crlf */
static const str utf8_prefix = STR_INIT("utf-8''"); /* of a filename*; RFC 8187 §3.2 */

struct part_headers {
    struct parameters disposition;
    bool has_disposition;
    str content_type;
};

/* Returns whether the text is a valid boundary (RFC 2046 §5.1.1). */
static bool is_boundary(str text)
{
    static const str others = STR_INIT("'()+_,-./:=? ");

    for (size_t i = 0; i < text.len; i++)
        if (!char_is_alphanumeric(text.ptr[i]) && !str_has(others, text.ptr[i]))
            return false;
    return text.len > 0 && text.len <= BOUNDARY_MAX_BYTES && text.ptr[text.len - 1] != ' ';
}

/* Moves *rest past the mark, and stores the text before it. Returns false if there is no mark. */
static bool take_until(str *rest, str mark, str *out)
{
    const char *found = rest->len > 0 ? memmem(rest->ptr, rest->len, mark.ptr, mark.len) : NULL;

    if (found == NULL)
        return false;
    *out = (str){ rest->ptr, (size_t)(found - rest->ptr) };
    *rest = str_from(*rest, out->len + mark.len);
    return true;
}

/* Skips the CRLF after a delimiter, or the "--" that ends the form. */
static agentos_status read_after_delimiter(struct multipart *m, agentos_error *err)
{
    str tail = str_from(m->rest, crlf.len);

    if (str_starts(m->rest, crlf)) {
        m->rest = tail;
        return AGENTOS_OK;
    }
    m->at_end = true;
    if (str_starts(m->rest, last_mark) && (tail.len == 0 || str_starts(tail, crlf)))
        return AGENTOS_OK; /* what follows is an epilogue, which is ignored (RFC 2046 §5.1.1) */
    return fail(err, AGENTOS_INVALID,
                "malformed form: a boundary is followed by neither a line end nor '--'");
}

/* Checks the boundary and skips the first delimiter. The body must outlive *out. */
agentos_status multipart_open(arena *a, str boundary, str body, struct multipart *out,
                              agentos_error *err)
{
    if (!is_boundary(boundary))
        return fail(err, AGENTOS_INVALID, "malformed multipart boundary " QUOTED, QUOTE(boundary));

    str delimiter = str_of(arena_printf(a, "\r\n--%.*s", (int)boundary.len, boundary.ptr));
    str opening = str_from(delimiter, crlf.len); /* the first delimiter begins the body */
    struct multipart m = { .delimiter = delimiter, .rest = str_from(body, opening.len) };
    str preamble;
    if (!str_starts(body, opening)) {
        m.rest = body;
        if (!take_until(&m.rest, delimiter, &preamble)) /* ignored (RFC 2046 §5.1.1) */
            return fail(err, AGENTOS_INVALID, "malformed form: its boundary does not begin a line");
    }
    TRY(read_after_delimiter(&m, err));
    *out = m;
    return AGENTOS_OK;
}

/* Fails with INVALID unless the encoding leaves the value unchanged (RFC 7578 §4.7). */
static agentos_status check_encoding(str value, agentos_error *err)
{
    static const str plain[] = { STR_INIT("7bit"), STR_INIT("8bit"), STR_INIT("binary") };

    for (size_t i = 0; i < COUNT(plain); i++)
        if (str_equal_nocase(value, plain[i]))
            return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "unsupported Content-Transfer-Encoding " QUOTED " in a form",
                QUOTE(value));
}

/* Parses a header line of a part, ignoring unknown headers. */
static agentos_status read_header(arena *a, str line, struct part_headers *out, agentos_error *err)
{
    ensure(line.len > 0); /* read_headers stops at the empty line */
    bool is_folded = char_is_blank(line.ptr[0]);
    bool has_bare_line_end = str_has(line, '\n') || str_has(line, '\r');
    if (is_folded || has_bare_line_end || !str_has(line, ':'))
        return fail(err, AGENTOS_INVALID, "malformed form: " QUOTED " is not a part header",
                    QUOTE(line));

    str name = str_split(&line, ':');
    str value = str_trim(line);
    if (str_equal_nocase(name, STR("content-type")))
        out->content_type = value;
    if (str_equal_nocase(name, STR("content-transfer-encoding")))
        return check_encoding(value, err);
    if (!str_equal_nocase(name, STR("content-disposition")))
        return AGENTOS_OK; /* RFC 7578 §4.8: others are ignored */
    if (out->has_disposition)
        return fail(err, AGENTOS_INVALID, "malformed form: a part has two dispositions");
    out->has_disposition = true;
    return parameters_parse(a, value, &out->disposition, err);
}

/* Parses the headers of a part, up to the empty line. */
static agentos_status read_headers(struct multipart *m, arena *a, struct part_headers *out,
                                   agentos_error *err)
{
    size_t taken = 0;

    ensure(!m->at_end);
    for (;;) {
        str line;

        if (!take_until(&m->rest, crlf, &line))
            return fail(err, AGENTOS_INVALID, "malformed form: it ends inside a part's headers");
        if (line.len == 0)
            return AGENTOS_OK;
        taken += line.len;
        if (taken > PART_HEADERS_MAX_BYTES)
            return fail(err, AGENTOS_INVALID, "a part's headers are longer than %d bytes",
                        PART_HEADERS_MAX_BYTES);
        TRY(read_header(a, line, out, err));
    }
}

/* Fails with INVALID if the text is not UTF-8 or contains NUL. */
static agentos_status check_text(str text, const char *what, agentos_error *err)
{
    if (str_has(text, '\0') || !str_is_utf8(text))
        return fail(err, AGENTOS_INVALID, "a form's %s is not UTF-8 text without NUL", what);
    return AGENTOS_OK;
}

/* Parses the file name. Some clients send filename* (RFC 8187 §3.2), which RFC 7578 §4.2
 * forbids. */
static agentos_status read_filename(arena *a, const struct parameters *p, struct form_field *out,
                                    agentos_error *err)
{
    str extended;

    out->is_file = parameters_find(p, STR("filename"), &out->filename);
    if (parameters_find(p, STR("filename*"), &extended)) {
        out->is_file = true;
        if (!str_equal_nocase(str_cut(extended, utf8_prefix.len), utf8_prefix))
            return fail(err, AGENTOS_INVALID, "a file's name is in an unknown character set");
        TRY(url_decode(a, str_from(extended, utf8_prefix.len), false, &out->filename, err));
    }
    return check_text(out->filename, "file name", err);
}

/* Parses a part and the delimiter after it. */
static agentos_status read_part(struct multipart *m, arena *a, struct form_field *out,
                                agentos_error *err)
{
    struct part_headers headers = { 0 };

    TRY(read_headers(m, a, &headers, err));
    if (!str_equal_nocase(headers.disposition.head, STR("form-data")) ||
        !parameters_find(&headers.disposition, STR("name"), &out->name))
        return fail(err, AGENTOS_INVALID, "malformed form: a part has no name");
    out->content_type = headers.content_type;
    TRY(check_text(out->name, "field name", err));
    TRY(read_filename(a, &headers.disposition, out, err));
    if (!take_until(&m->rest, m->delimiter, &out->value))
        return fail(err, AGENTOS_INVALID,
                    "malformed form: part " QUOTED " does not end with the boundary",
                    QUOTE(out->name));
    if (!out->is_file)
        TRY(check_text(out->value, "value", err));
    return read_after_delimiter(m, err);
}

/* Parses the next part into *out. After the last part, *more is false. */
agentos_status multipart_next(struct multipart *m, arena *a, struct form_field *out, bool *more,
                              agentos_error *err)
{
    struct form_field field = { 0 };

    ensure(m->delimiter.len > crlf.len + 2); /* CRLF "--" boundary: multipart_open was called */
    *more = !m->at_end;
    if (m->at_end)
        return AGENTOS_OK;
    TRY(read_part(m, a, &field, err));
    *out = field;
    return AGENTOS_OK;
}
