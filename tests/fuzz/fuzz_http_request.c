/* Bytes as a client may send them, through the scan, the parser and the body, without a socket. The
 * input is read twice, whole and in two pieces: what is understood must not depend on the cut. */
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "http/parser.h"

enum { BODY_LIMIT = 4 * KiB };

/* What was understood, put together so that two readings can be compared. */
struct reading {
    str input;
    size_t at;   /* up to here it was used */
    size_t seen; /* up to here it has arrived */
    buf log;
    bool is_over;
};

static void note_refusal(struct reading *r, struct refusal why)
{
    if (why.detail == NULL || strpbrk(why.detail, "\"\\\r\n") != NULL)
        abort(); /* it stands in a JSON string */
    buf_printf(&r->log, "[%d]", why.status);
    r->is_over = true;
}

static str arrived(const struct reading *r)
{
    return (str){ r->input.ptr + r->at, r->seen - r->at };
}

/* More bytes arrive: at the cut first, then all. false: there are none. */
static bool receive(struct reading *r)
{
    if (r->seen == r->input.len)
        return false;
    r->seen = r->input.len;
    return true;
}

static bool scan_block(struct reading *r, struct head_scan *scan, str *block)
{
    struct refusal why = { 0 };
    size_t len;

    do
        len = head_scan(scan, arrived(r), &why);
    while (len == 0 && why.status == 0 && receive(r));
    if (why.status != 0)
        note_refusal(r, why);
    if (len == 0)
        return false;
    *block = (str){ r->input.ptr + r->at, len };
    r->at += len;
    return true;
}

static void read_body(struct reading *r, struct parser *parser)
{
    AUTO_BUF body = buf_with_limit(BODY_LIMIT);
    enum body_state state = BODY_MORE;
    struct refusal why = { 0 };
    size_t used;
    str trailers;

    while (state == BODY_MORE && (r->at < r->seen || receive(r))) {
        state = parser_read_body(parser, arrived(r), &body, &used, &why);
        r->at += used;
    }
    if (state == BODY_REFUSED) {
        note_refusal(r, why);
        return;
    }
    buf_append(&r->log, buf_view(&body));
    if (state == BODY_MORE)
        r->is_over = true;
    if (state != BODY_TRAILERS)
        return;
    struct head_scan scan = { .is_past_first = true };
    if (!scan_block(r, &scan, &trailers))
        r->is_over = true;
}

static void log_request(struct reading *r, const struct request *request)
{
    buf_printf(&r->log, "{%d %d ", (int)request->method, request->is_plain_path);
    buf_append(&r->log, request->path);
    for (size_t i = 0; i < request->headers.count; i++) {
        buf_append(&r->log, request->headers.all[i].name);
        buf_append(&r->log, request->headers.all[i].value);
    }
    buf_append_char(&r->log, '}');
}

static void read_message(struct reading *r)
{
    struct head_scan scan = { 0 };
    struct refusal why = { 0 };
    struct request request;
    str block;

    if (!scan_block(r, &scan, &block)) {
        r->is_over = true;
        return;
    }
    AUTO(arena) *memory = arena_new();
    struct parser *parser = parser_new(memory);
    str copy = { arena_copy(memory, block), block.len };
    if (!parser_read_head(parser, copy, scan.fields, &request, &why)) {
        note_refusal(r, why);
        return;
    }
    log_request(r, &request);
    if (parser_framing(parser)->has_body)
        read_body(r, parser);
}

static buf read_all(str input, size_t cut)
{
    struct reading r = { .input = input, .seen = cut, .log = buf_with_limit(4 * MiB) };

    while (!r.is_over)
        read_message(&r);
    return r.log;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The first byte says where to cut. */
    if (size < 1)
        return 0;
    str input = { (const char *)data + 1, size - 1 };
    AUTO_BUF whole = read_all(input, input.len);
    AUTO_BUF cut = read_all(input, input.len * data[0] / 256);
    if (!str_equal(buf_view(&whole), buf_view(&cut)))
        abort();
    return 0;
}
