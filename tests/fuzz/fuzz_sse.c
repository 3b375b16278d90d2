/* The event reader: the first byte is the size of the pieces; the pieces must not change the
 * events. */
#include <assert.h>

#include "base/limits.h"
#include "http/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void record(void *user, str event, str data)
{
    buf *events = user;

    assert(!str_has(event, '\n') && !str_has(event, '\r') && !str_has(data, '\r'));
    buf_append(events, event);
    buf_append(events, STR("|"));
    buf_append(events, data);
    buf_append(events, STR("\n"));
}

static agentos_status read_stream(str stream, size_t piece, buf *events)
{
    struct sse_reader reader;
    agentos_status status = AGENTOS_OK;

    sse_reader_init(&reader, record, events);
    while (stream.len > 0 && status == AGENTOS_OK) {
        size_t len = stream.len < piece ? stream.len : piece;

        status = sse_feed(&reader, (str){ stream.ptr, len }, NULL);
        stream = str_from(stream, len);
    }
    sse_reader_clear(&reader);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BUF whole = buf_with_limit(4 * MiB);
    AUTO_BUF pieces = buf_with_limit(4 * MiB);
    str stream = { (const char *)data, size };

    if (size == 0)
        return 0;
    stream = str_from(stream, 1);
    agentos_status one = read_stream(stream, stream.len + 1, &whole);
    agentos_status other = read_stream(stream, (size_t)data[0] + 1, &pieces);
    assert(one == other && (one != AGENTOS_OK || str_equal(buf_view(&whole), buf_view(&pieces))));
    return 0;
}
