/* Decoding a path once, and marking those that two readers could understand differently. */
#include "http/target.h"

#include "base/error.h"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that %XX at `text` stands for; -1: it is no escape. */
static int escaped_byte(str text)
{
    if (text.len < 3 || hex_value(text.ptr[1]) < 0 || hex_value(text.ptr[2]) < 0)
        return -1;
    return hex_value(text.ptr[1]) * 16 + hex_value(text.ptr[2]);
}

/* What is no escape stays as it is. is_plain: no escape hides a separator or a NUL, and none is
 * broken. */
static str decode(arena *a, str raw, bool *is_plain)
{
    if (!str_has(raw, '%'))
        return raw;

    char *out = arena_alloc(a, raw.len);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        int byte = raw.ptr[i] == '%' ? escaped_byte(str_from(raw, i)) : (unsigned char)raw.ptr[i];

        if (raw.ptr[i] == '%' && (byte < 0 || byte == '/' || byte == '\\' || byte == '\0'))
            *is_plain = false;
        unsigned char decoded = byte < 0 ? '%' : (unsigned char)byte;
        out[len++] = (char)decoded;
        i += raw.ptr[i] == '%' && byte >= 0 ? 2 : 0;
    }
    return (str){ out, len };
}

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

/* "http://HOST/path" to "/path". The host it names must be the one in the Host header: a server
 * that is asked for two cannot say which was meant. */
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

bool target_read(arena *a, struct request *request, struct refusal *why)
{
    str rest = request->target;
    bool is_asterisk = str_equal(rest, STR("*")) && request->method == OPTIONS;

    if (rest.ptr[0] != '/' && !is_asterisk && !strip_authority(request, &rest)) {
        *why = (struct refusal){ 400, "The request target must be a path of this host" };
        return false;
    }
    str raw = str_split(&rest, '?');
    if (raw.len == 0)
        raw = STR("/");
    request->query = rest;
    request->is_plain_path = !str_has(raw, '\\');
    str path = decode(a, raw, &request->is_plain_path);
    if (has_dot_segment(path) || !str_is_utf8(path))
        request->is_plain_path = false;
    request->path = without_trailing_slashes(path);
    return true;
}
