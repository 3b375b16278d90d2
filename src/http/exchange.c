/* Reads a request's body and sends its response, for a handler. */
#include "http/connection.h"

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"

arena *exchange_arena(struct exchange *exchange)
{
    return exchange->memory;
}

const struct request *exchange_request(const struct exchange *exchange)
{
    return &exchange->request;
}

struct loop *exchange_loop(const struct exchange *exchange)
{
    return exchange->connection->server->loop;
}

/* Sets the callbacks for a lost client and for drained output. */
void exchange_watch(struct exchange *exchange, exchange_handler *on_gone,
                    exchange_handler *on_drained, void *user)
{
    exchange->on_gone = on_gone;
    exchange->on_drained = on_drained;
    exchange->watch_user = user;
}

bool exchange_is_refused(const struct exchange *exchange)
{
    return exchange->is_refused;
}

/* Sends "100 Continue" if the client waits for it. */
static void invite_body(struct connection *c, const struct framing *framing)
{
    if (!framing->expects_continue || c->input.len > 0)
        return;
    buf_append(&c->output, STR("HTTP/1.1 100 Continue\r\n\r\n"));
    connection_flush_later(c);
}

/* Reads the whole body, then calls `then`. Answers 413 if it exceeds the limit. */
void exchange_read_body(struct exchange *exchange, size_t limit, exchange_handler *then, void *user)
{
    ensure(then != NULL && !exchange->is_answered);
    struct connection *c = exchange->connection;
    const struct framing *framing = parser_framing(exchange->parser);

    if (exchange->is_body_read) {
        then(exchange, user);
        return;
    }
    if (framing->length > limit) {
        connection_refuse(c, (struct refusal){ 413, "The request body is too large" });
        return;
    }
    exchange->body = buf_with_limit(limit);
    exchange->then = then;
    exchange->then_user = user;
    invite_body(c, framing);
    connection_expect_body(c);
}

/* Returns the declared length of the body, or the limit if none is declared. */
size_t exchange_body_bytes(const struct exchange *exchange, size_t limit)
{
    const struct framing *framing = parser_framing(exchange->parser);

    if (!framing->has_body)
        return 0;
    return framing->is_chunked || framing->length > limit ? limit : (size_t)framing->length;
}

/* Frees the body before the exchange ends. */
void exchange_drop_body(struct exchange *exchange)
{
    ensure(exchange->is_body_read);
    buf_clear(&exchange->body);
    exchange->request.body = (str){ NULL, 0 };
}

/* Returns whether an unread body may be discarded: a short one that will be sent (RFC 9110
 * §10.1.1). */
static bool may_discard(const struct framing *framing)
{
    return !framing->expects_continue && framing->length <= DISCARD_MAX_BYTES;
}

/* Returns whether the connection must be closed after the response. */
static bool must_close(const struct exchange *exchange)
{
    const struct connection *c = exchange->connection;
    const struct framing *framing = parser_framing(exchange->parser);

    if (!framing->keep_alive || framing->is_http10 || c->server->is_draining)
        return true;
    return !exchange->is_body_read && !may_discard(framing);
}

/* Returns the framing of a reply that ends in this way. */
static struct reply_form form_of(const struct exchange *exchange, enum reply_end end)
{
    return (struct reply_form){ .end = end,
                                .closes = end == END_BY_CLOSE || must_close(exchange),
                                .date = server_date(exchange->connection->server) };
}

/* Sends the whole response. The exchange may be freed before this returns. */
void exchange_reply(struct exchange *exchange, const struct reply *reply)
{
    ensure(!exchange->is_streaming && !exchange->is_answered);
    struct connection *c = exchange->connection;
    struct reply_form form = form_of(exchange, END_BY_LENGTH);

    reply_append_head(&c->output, reply, &form);
    if (reply_has_body(reply->status, exchange->request.method))
        connection_send_body(c, reply);
    connection_finish(c, form.closes);
}

/* Sends the head of a streamed response, and the first bytes of its body. */
void exchange_begin(struct exchange *exchange, const struct reply *reply)
{
    ensure(!exchange->is_streaming && !exchange->is_answered);
    struct connection *c = exchange->connection;
    bool is_http10 = parser_framing(exchange->parser)->is_http10;
    bool has_body = reply_has_body(reply->status, exchange->request.method);

    exchange->end = is_http10 ? END_BY_CLOSE : END_BY_CHUNKS;
    struct reply_form form = form_of(exchange, exchange->end);
    reply_append_head(&c->output, reply, &form);
    exchange->is_streaming = true;
    exchange->closes = form.closes;
    exchange->is_bodiless = !has_body;
    connection_flush_later(c);
    exchange_send(exchange, reply->body);
}

/* Appends bytes to a streamed response. Those of one turn are sent as one chunk. */
void exchange_send(struct exchange *exchange, str bytes)
{
    struct connection *c = exchange->connection;

    ensure(exchange->is_streaming && !exchange->is_answered);
    if (bytes.len == 0 || exchange->is_bodiless)
        return;
    if (exchange->end == END_BY_CHUNKS && !c->in_chunk) {
        chunk_open(&c->output, &c->chunk_at);
        c->in_chunk = true;
    }
    buf_append(&c->output, bytes);
    connection_flush_later(c);
}

/* Ends a streamed response. The exchange may be freed before this returns. */
void exchange_end(struct exchange *exchange)
{
    struct connection *c = exchange->connection;

    ensure(exchange->is_streaming);
    if (c->in_chunk)
        chunk_close(&c->output, c->chunk_at);
    c->in_chunk = false;
    if (exchange->end == END_BY_CHUNKS && !exchange->is_bodiless)
        chunk_append_last(&c->output);
    connection_finish(c, exchange->closes);
}

/* Drops the connection, so that the client sees an incomplete response. */
void exchange_abort(struct exchange *exchange)
{
    exchange->on_gone = NULL; /* the handler ends it itself */
    connection_drop(exchange->connection);
}

/* Returns the number of bytes that the kernel has not taken yet. */
size_t exchange_queued(const struct exchange *exchange)
{
    ensure(exchange->connection != NULL);
    return connection_queued(exchange->connection);
}

/* Treats a client that ends its input as gone. */
void exchange_end_at_eof(struct exchange *exchange)
{
    exchange->ends_at_eof = true;
}
