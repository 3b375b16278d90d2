/* Writes the bytes of a reply: the status line, the headers and the chunks. */
#include "http/reply.h"

#include "base/ensure.h"
#include "base/error.h"

enum {
    SIZE_DIGITS = 8,             /* of a chunk's size, in hexadecimal */
    SIZE_LINE = SIZE_DIGITS + 2, /* and CR LF */
    DECIMAL_DIGITS = 20,         /* of the largest size_t */
};

/* Appends the number in decimal. */
static void append_number(buf *out, size_t number)
{
    char digits[DECIMAL_DIGITS];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    buf_append(out, (str){ digits + at, sizeof(digits) - at });
}

/* Appends a header line, unless its value could inject another header. */
static void append_header(buf *out, str name, str value)
{
    if (str_has(value, '\n') || str_has(value, '\r') || str_has(value, '\0'))
        return;
    buf_append(out, name);
    buf_append(out, STR(": "));
    buf_append(out, value);
    buf_append(out, STR("\r\n"));
}

/* Appends the headers that say how the body and the connection end. */
static void append_framing(buf *out, const struct reply *reply, const struct reply_form *form)
{
    if (form->end == END_BY_CHUNKS)
        buf_append(out, STR("transfer-encoding: chunked\r\n"));
    if (form->end == END_BY_LENGTH && reply_has_body(reply->status, METHOD_OTHER)) {
        buf_append(out, STR("content-length: "));
        append_number(out, reply->body.len);
        buf_append(out, STR("\r\n"));
    }
    if (form->closes)
        buf_append(out, STR("connection: close\r\n"));
}

/* Appends the status line and all headers. */
void reply_append_head(buf *out, const struct reply *reply, const struct reply_form *form)
{
    ensure(reply->status >= 100 && reply->status <= 599);
    ensure(form->date != NULL && (form->closes || form->end != END_BY_CLOSE));
    buf_append(out, STR("HTTP/1.1 "));
    append_number(out, (size_t)reply->status);
    buf_append_char(out, ' ');
    buf_append(out, str_of(status_reason(reply->status)));
    buf_append(out, STR("\r\n"));
    append_header(out, STR("date"), str_of(form->date));
    if (reply->content_type != NULL)
        append_header(out, STR("content-type"), str_of(reply->content_type));
    for (size_t i = 0; i < reply->header_count; i++)
        append_header(out, reply->headers[i].name, reply->headers[i].value);
    append_framing(out, reply, form);
    buf_append(out, STR("\r\n"));
}

bool reply_has_body(int status, enum method method)
{
    return method != HEAD && status != 204 && status != 304;
}

/* Begins a chunk with a placeholder for its size, and stores its position in *at. */
void chunk_open(buf *out, size_t *at)
{
    *at = out->len;
    buf_append(out, STR("00000000\r\n")); /* leading zeros are part of the grammar: RFC 9112 §7.1 */
}

/* Ends the chunk and fills in its size. No effect if the buffer has overflowed. */
void chunk_close(buf *out, size_t at)
{
    ensure(!buf_ok(out) || at + SIZE_LINE <= out->len);
    if (!buf_ok(out))
        return;
    size_t size = out->len - at - SIZE_LINE;
    ensure(size <= UINT32_MAX);                       /* SIZE_DIGITS hold it */
    for (size_t i = SIZE_DIGITS; i-- > 0; size >>= 4) /* from the last digit to the first */
        out->ptr[at + i] = "0123456789abcdef"[size & 0xF];
    buf_append(out, STR("\r\n"));
}

void chunk_append_last(buf *out)
{
    buf_append(out, STR("0\r\n\r\n"));
}
