/* Line by line: a whole line inside a piece is read where it stands, only a cut one is put
 * together. */
#include "http/sse.h"

#include "base/limits.h"

/* A buffer that one long event blew up is not kept for the thousand short ones after it. */
enum { KEPT_BYTES = 4 * KiB };

void sse_append(buf *out, str event, str data)
{
    if (event.len > 0) {
        buf_append(out, STR("event: "));
        buf_append(out, event);
        buf_append(out, STR("\n"));
    }
    buf_append(out, STR("data: "));
    buf_append(out, data);
    buf_append(out, STR("\n\n"));
}

void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user)
{
    *r = (struct sse_reader){ .on_event = on_event, .user = user };
    r->line = buf_with_limit(EVENT_LINE_MAX_BYTES);
    r->data = buf_with_limit(EVENT_LINE_MAX_BYTES + 1); /* each line of it ends with LF */
    r->event = buf_with_limit(EVENT_LINE_MAX_BYTES);
}

void sse_reader_clear(struct sse_reader *r)
{
    buf_clear(&r->line);
    buf_clear(&r->data);
    buf_clear(&r->event);
}

static void reset(buf *b)
{
    if (b->capacity > KEPT_BYTES)
        buf_clear(b);
    else
        buf_empty(b);
}

/* An event without a data line is none. */
static void dispatch(struct sse_reader *r)
{
    if (r->data.len > 0 && buf_ok(&r->event)) {
        str data = { r->data.ptr, r->data.len - 1 };
        r->on_event(r->user, buf_view(&r->event), data);
    }
    reset(&r->data);
    reset(&r->event);
}

static void read_field(struct sse_reader *r, str name, str value)
{
    if (str_equal(name, STR("data"))) {
        buf_append(&r->data, value);
        buf_append(&r->data, STR("\n"));
    } else if (str_equal(name, STR("event"))) {
        buf_empty(&r->event);
        buf_append(&r->event, value);
    } /* id and retry steer reconnection, which is not ours; others are to be ignored */
}

static agentos_status read_line(struct sse_reader *r, str line, agentos_error *err)
{
    if (!r->started && str_starts(line, STR("\xEF\xBB\xBF")))
        line = str_from(line, 3);
    r->started = true;
    if (line.len == 0) {
        dispatch(r);
        return AGENTOS_OK;
    }

    str value = line;
    str name = str_split(&value, ':'); /* empty for a comment */
    read_field(r, name, str_starts(value, STR(" ")) ? str_from(value, 1) : value);
    if (!buf_ok(&r->data))
        return fail(err, AGENTOS_TOO_LARGE, "an event is longer than %d bytes",
                    EVENT_LINE_MAX_BYTES);
    return AGENTOS_OK;
}

/* The end of the line that starts here: CR or LF; bytes.len: not in this piece. */
static size_t line_end(str bytes)
{
    const char *lf = memchr(bytes.ptr, '\n', bytes.len);
    size_t len = lf != NULL ? (size_t)(lf - bytes.ptr) : bytes.len;
    const char *cr = memchr(bytes.ptr, '\r', len);

    return cr != NULL ? (size_t)(cr - bytes.ptr) : len;
}

static agentos_status too_long(struct sse_reader *r, agentos_error *err)
{
    sse_reader_clear(r);
    return fail(err, AGENTOS_TOO_LARGE, "a line of the event stream is longer than %d bytes",
                EVENT_LINE_MAX_BYTES);
}

/* A whole line, whose beginning may have come in earlier pieces. */
static agentos_status end_line(struct sse_reader *r, str tail, agentos_error *err)
{
    if (r->line.len == 0)
        return tail.len > EVENT_LINE_MAX_BYTES ? too_long(r, err) : read_line(r, tail, err);
    buf_append(&r->line, tail);
    if (!buf_ok(&r->line))
        return too_long(r, err);

    agentos_status status = read_line(r, buf_view(&r->line), err);
    reset(&r->line);
    return status;
}

agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err)
{
    while (bytes.len > 0) {
        if (r->skip_lf && bytes.ptr[0] == '\n')
            bytes = str_from(bytes, 1);
        r->skip_lf = false;
        if (bytes.len == 0)
            break;

        size_t end = line_end(bytes);
        str line = { bytes.ptr, end };
        if (end == bytes.len) {
            buf_append(&r->line, line);
            return buf_ok(&r->line) ? AGENTOS_OK : too_long(r, err);
        }
        r->skip_lf = bytes.ptr[end] == '\r';
        bytes = str_from(bytes, end + 1);
        TRY(end_line(r, line, err));
    }
    return AGENTOS_OK;
}
