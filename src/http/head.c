/* Checks the lines of a header block before it is parsed. A bare LF is refused, against request
 * smuggling. */
#include "http/head.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"

enum { REQUEST_LINE_EXTRA = 32 }; /* method, two spaces and version */

typedef bool line_check(str line);

struct line_rule {
    line_check *is_broken;
    int status;
    const char *detail;
};

static bool has_nul(str line)
{
    return str_has(line, '\0');
}

static bool has_bare_cr(str line)
{
    return str_has(line, '\r');
}

/* ---- the request line (RFC 9112 §3) ---- */

/* Returns the text before the first space. */
static str method_of(str line)
{
    return str_split(&line, ' ');
}

/* Returns the text between the first two spaces. */
static str target_of(str line)
{
    (void)str_split(&line, ' '); /* the method */
    return str_split(&line, ' ');
}

static bool has_no_version(str line)
{
    (void)str_split(&line, ' '); /* the method */
    (void)str_split(&line, ' '); /* the target */
    return !str_equal(line, STR("HTTP/1.1")) && !str_equal(line, STR("HTTP/1.0"));
}

static bool has_bad_method(str line)
{
    return !str_is_token(method_of(line));
}

static bool is_connect(str line)
{
    return str_equal(method_of(line), STR("CONNECT"));
}

static bool has_long_target(str line)
{
    return target_of(line).len > TARGET_MAX_BYTES;
}

/* Returns whether the target is empty, has a fragment, or is not visible ASCII. */
static bool has_bad_target(str line)
{
    str target = target_of(line);

    return target.len == 0 || !str_is_visible(target) || str_has(target, '#');
}

/* ---- a header line (RFC 9112 §5) ---- */

static bool is_folded(str line)
{
    return str_starts(line, STR(" ")) || str_starts(line, STR("\t"));
}

static bool has_bad_name(str line)
{
    return !str_has(line, ':') || !str_is_token(str_split(&line, ':'));
}

/* Returns whether the line has a control character other than a tab. No early exit: the loop is
 * vectorized. */
static bool has_control(str line)
{
    unsigned found = 0;

    for (size_t i = 0; i < line.len; i++) {
        unsigned char c = (unsigned char)line.ptr[i];

        found |= (c < 0x20 && c != '\t') | (c == 0x7F);
    }
    return found != 0;
}

// clang-format off
static const struct line_rule any_line[] = {
    { has_nul,         400, "A NUL byte is not allowed in the header block" },
    { has_bare_cr,     400, "A carriage return is allowed before a line feed only" },
    { NULL, 0, NULL },
};

static const struct line_rule request_line[] = {
    { has_long_target, 414, "The request target is too long" },
    { has_no_version,  400, "The request line must end in HTTP/1.1 or HTTP/1.0" },
    { has_bad_method,  400, "The method is malformed" },
    { has_bad_target,  400, "The request target is malformed" },
    { is_connect,      405, "CONNECT is not supported" },
    { NULL, 0, NULL },
};

static const struct line_rule header_line[] = {
    { is_folded,       400, "Header lines must not be folded" },
    { has_bad_name,    400, "A header name is malformed" },
    { has_control,     400, "A header value holds a control character" },
    { NULL, 0, NULL },
};
// clang-format on

/* Stores the refusal in *why, and returns false. */
static bool refuse(struct refusal *why, int status, const char *detail)
{
    *why = (struct refusal){ status, detail };
    return false;
}

/* Checks a line against the rules. Returns false and fills in *why if it breaks one. */
static bool check_rules(const struct line_rule *rules, str line, struct refusal *why)
{
    for (; rules->is_broken != NULL; rules++)
        if (rules->is_broken(line))
            return refuse(why, rules->status, rules->detail);
    return true;
}

/* Checks the limits of a block whose last line ends at `end`. Returns false and fills in *why if
 * one is exceeded. */
static bool check_limits(const struct head_scan *scan, size_t end, struct refusal *why)
{
    if (!scan->is_past_first && end > TARGET_MAX_BYTES + REQUEST_LINE_EXTRA)
        return refuse(why, 414, "The request target is too long");
    if (end > HEADERS_MAX_BYTES)
        return refuse(why, 431, "The header block is too large");
    if (scan->fields > HEADERS_MAX)
        return refuse(why, 431, "There are too many headers");
    return true;
}

/* Checks a line, without its CR LF. Returns false and fills in *why if it is refused. */
static bool check_line(struct head_scan *scan, str line, struct refusal *why)
{
    if (!check_rules(any_line, line, why))
        return false;
    if (scan->is_past_first) {
        scan->fields++;
        return check_rules(header_line, line, why);
    }
    scan->is_past_first = true;
    return check_rules(request_line, line, why);
}

#define TLS_GREETING "A TLS greeting: this port speaks plain HTTP"

/* Returns whether the bytes begin with a TLS handshake record (RFC 8446 §5.1). */
static bool is_tls_greeting(str bytes)
{
    return str_starts(bytes, STR("\x16\x03"));
}

/* Checks an incomplete line. Ignores a trailing CR, which may be half of CR LF. */
static void check_rest(const struct head_scan *scan, str bytes, struct refusal *why)
{
    str rest = str_from(bytes, scan->line);

    if (is_tls_greeting(bytes)) {
        (void)refuse(why, 400, TLS_GREETING); /* the result is in why */
        return;
    }
    if (rest.len > 0 && rest.ptr[rest.len - 1] == '\r')
        rest.len--;
    if (check_rules(any_line, rest, why))
        (void)check_limits(scan, bytes.len, why); /* the result is in why */
}

/* Stores the index of the next line feed in *lf. Returns false if there is none. */
static bool find_lf(str bytes, size_t from, size_t *lf)
{
    if (from >= bytes.len)
        return false;
    const char *found = memchr(bytes.ptr + from, '\n', bytes.len - from);
    if (found == NULL)
        return false;
    *lf = (size_t)(found - bytes.ptr);
    return true;
}

/* Checks the line before the line feed. Returns true if it is empty and ends the block. */
static bool scan_line(struct head_scan *scan, str bytes, size_t lf, struct refusal *why)
{
    ensure(scan->line <= lf && lf < bytes.len);
    str line = { bytes.ptr + scan->line, lf - scan->line };
    size_t next_line = lf + 1;

    scan->line = next_line;
    scan->seen = next_line;
    if (is_tls_greeting(bytes))
        return refuse(why, 400, TLS_GREETING);
    if (!str_ends(line, STR("\r")))
        return refuse(why, 400, "A line must end in a carriage return and a line feed");
    line.len -= strlen("\r");
    if (!check_limits(scan, next_line, why))
        return false;
    if (line.len == 0 && scan->is_past_first)
        return true;
    (void)check_line(scan, line, why); /* the result is in why */
    return false;
}

/* Checks the lines received so far. Returns the length of the block once it is complete, otherwise
 * 0. */
size_t head_scan(struct head_scan *scan, str bytes, struct refusal *why)
{
    size_t lf = 0;

    ensure(scan->line <= scan->seen && scan->seen <= bytes.len);
    ensure(why->status == 0);
    while (find_lf(bytes, scan->seen, &lf)) {
        if (scan_line(scan, bytes, lf, why))
            return scan->line;
        if (why->status != 0)
            return 0;
    }
    scan->seen = bytes.len;
    check_rest(scan, bytes, why);
    return 0;
}
