/* Parses the request target into a path and a query. */
#include "http/target.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/hex.h"

/* Returns the byte of the escape %XX at the start of the text, or -1 if it is malformed. */
static int escaped_byte(str text)
{
    if (text.len < 3 || hex_value(text.ptr[1]) < 0 || hex_value(text.ptr[2]) < 0)
        return -1;
    return hex_value(text.ptr[1]) * 16 + hex_value(text.ptr[2]);
}

/* Returns whether an escaped byte is a separator, NUL or malformed (-1). */
static bool is_ambiguous(int byte)
{
    return byte < 0 || byte == '/' || byte == '\\' || byte == '\0';
}

/* Decodes the first byte of the text, and returns the number of bytes used. Clears *is_plain if it
 * is ambiguous. */
static size_t decode_first(str text, char *out, bool *is_plain)
{
    *out = text.ptr[0];
    if (text.ptr[0] != '%')
        return 1;
    int byte = escaped_byte(text);
    if (is_ambiguous(byte))
        *is_plain = false;
    if (byte < 0)
        return 1;
    *out = (char)(unsigned char)byte;
    return strlen("%XX");
}

/* Decodes the path once. Clears *is_plain if an escape is ambiguous. */
static str decode_path(arena *a, str raw, bool *is_plain)
{
    if (!str_has(raw, '%'))
        return raw;

    char *out = arena_alloc(a, raw.len); /* decoding never makes it longer */
    size_t len = 0;
    str rest = raw;
    while (rest.len > 0) {
        size_t used = decode_first(rest, &out[len], is_plain);

        rest = str_from(rest, used);
        len++;
    }
    ensure(len <= raw.len);
    return (str){ out, len };
}

/* Returns whether a segment is "." or "..". */
static bool has_dot_segment(str path)
{
    while (path.len > 0) {
        str segment = str_split(&path, '/');

        if (str_equal(segment, STR(".")) || str_equal(segment, STR("..")))
            return true;
    }
    return false;
}

static str without_trailing_slashes(str path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

/* Reduces "http://HOST/path" to "/path". Returns false if HOST differs from the Host header. */
static bool strip_authority(const struct request *request, str *target)
{
    str rest = *target, host = { "", 0 };
    str scheme = str_split(&rest, ':');

    if (!str_equal_nocase(scheme, STR("http")) && !str_equal_nocase(scheme, STR("https")))
        return false;
    if (!str_starts(rest, STR("//")))
        return false;
    rest = str_from(rest, 2);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    (void)headers_find(&request->headers, STR("host"), &host); /* HTTP/1.0 may do without */
    if (end == 0 || !str_equal_nocase(host, (str){ rest.ptr, end }))
        return false;
    *target = str_from(rest, end);
    return true;
}

/* Finds the encoded path and query of the target (RFC 9112 §3.2). Returns false if it is
 * malformed. */
static bool find_path(const struct request *request, str *out)
{
    *out = request->target;
    if (str_starts(request->target, STR("/")))
        return true;
    if (request->method == OPTIONS && str_equal(request->target, STR("*")))
        return true;
    return strip_authority(request, out);
}

/* Sets path, query and is_plain_path. Returns false and fills in *why if the target is not of this
 * host. */
bool target_read(arena *a, struct request *request, struct refusal *why)
{
    str rest = { "", 0 };

    ensure(request->path.len == 0);
    if (!find_path(request, &rest)) {
        *why = (struct refusal){ 400, "The request target must be a path of this host" };
        return false;
    }
    str raw = str_split(&rest, '?'); /* leaves the query in rest */
    if (raw.len == 0)
        raw = STR("/");
    request->query = rest;
    request->is_plain_path = !str_has(raw, '\\');
    str path = decode_path(a, raw, &request->is_plain_path);
    if (has_dot_segment(path) || !str_is_utf8(path))
        request->is_plain_path = false;
    request->path = without_trailing_slashes(path);
    ensure(request->path.len > 0);
    return true;
}
