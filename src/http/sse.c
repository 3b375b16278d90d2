/* Writes and reads server-sent events. */
#include "http/sse.h"

#include "base/ensure.h"
#include "base/limits.h"

/* A buffer that has grown beyond this for one long event is freed after it. */
enum { KEPT_BYTES = 4 * KiB };

/* Appends an event. Neither text may contain a line end. */
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

/* Initializes a reader. */
void sse_reader_init(struct sse_reader *r, void (*on_event)(void *user, str event, str data),
                     void *user)
{
    ensure(on_event != NULL);
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

/* Empties a buffer, and frees it if it has grown large. */
static void reset_buffer(buf *b)
{
    if (b->capacity > KEPT_BYTES)
        buf_clear(b);
    else
        buf_empty(b);
}

/* Reports the event if it has data, and begins the next one. */
static void end_event(struct sse_reader *r)
{
    if (r->data.len > 0 && buf_ok(&r->event)) {
        str data = { r->data.ptr, r->data.len - 1 }; /* without the LF of its last line */
        r->on_event(r->user, buf_view(&r->event), data);
    }
    reset_buffer(&r->data);
    reset_buffer(&r->event);
}

/* Stores the data or the name of an event, ignoring other fields. */
static void read_field(struct sse_reader *r, str name, str value)
{
    if (str_equal(name, STR("data"))) {
        buf_append(&r->data, value);
        buf_append(&r->data, STR("\n"));
    } else if (str_equal(name, STR("event"))) {
        buf_empty(&r->event);
        buf_append(&r->event, value);
    } /* "id" and "retry" are for reconnecting, which this reader does not do */
}

/* Parses a whole line. An empty line ends the event. */
static agentos_status read_line(struct sse_reader *r, str line, agentos_error *err)
{
    static const str byte_order_mark = STR_INIT("\xEF\xBB\xBF"); /* allowed before the first line */

    if (!r->is_started && str_starts(line, byte_order_mark))
        line = str_from(line, byte_order_mark.len);
    r->is_started = true;
    if (line.len == 0) {
        end_event(r);
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

/* Returns the index of the first CR or LF, or bytes.len. */
static size_t find_line_end(str bytes)
{
    const char *lf = memchr(bytes.ptr, '\n', bytes.len);
    size_t len = lf != NULL ? (size_t)(lf - bytes.ptr) : bytes.len;
    const char *cr = memchr(bytes.ptr, '\r', len);

    return cr != NULL ? (size_t)(cr - bytes.ptr) : len;
}

/* Fails and frees the reader's memory. The reader must not be fed again. */
static agentos_status fail_too_long(struct sse_reader *r, agentos_error *err)
{
    sse_reader_clear(r);
    return fail(err, AGENTOS_TOO_LARGE, "a line of the event stream is longer than %d bytes",
                EVENT_LINE_MAX_BYTES);
}

/* Parses a line whose end was received. Its beginning may be buffered. */
static agentos_status end_line(struct sse_reader *r, str tail, agentos_error *err)
{
    if (r->line.len == 0)
        return tail.len > EVENT_LINE_MAX_BYTES ? fail_too_long(r, err) : read_line(r, tail, err);
    buf_append(&r->line, tail);
    if (!buf_ok(&r->line))
        return fail_too_long(r, err);

    agentos_status status = read_line(r, buf_view(&r->line), err);
    reset_buffer(&r->line);
    return status;
}

/* Parses a piece of the stream. Lines end in LF, CR or CR LF, which two pieces may split. */
agentos_status sse_feed(struct sse_reader *r, str bytes, agentos_error *err)
{
    ensure(r->on_event != NULL);
    r->is_held = false;
    r->unread = 0;
    while (bytes.len > 0 && !r->is_held) {
        if (r->skips_lf && bytes.ptr[0] == '\n')
            bytes = str_from(bytes, 1);
        r->skips_lf = false;
        if (bytes.len == 0)
            break;

        size_t end = find_line_end(bytes);
        str line = { bytes.ptr, end };
        if (end == bytes.len) {
            buf_append(&r->line, line);
            return buf_ok(&r->line) ? AGENTOS_OK : fail_too_long(r, err);
        }
        r->skips_lf = bytes.ptr[end] == '\r';
        bytes = str_from(bytes, end + 1);
        TRY(end_line(r, line, err));
    }
    r->unread = bytes.len;
    return AGENTOS_OK;
}
