/* Reads the body of a provider's answer: server-sent events or JSON values. */
#include "base/limits.h"
#include "base/mem.h"
#include "model/provider_parse.h"

static const char closed_early[] =
    "The model provider closed the stream before the answer was complete";
static const char too_large[] = "The model provider's answer is too large";
static const char not_json[] = "The model provider's answer is not JSON";

static const struct dialect *dialect_of(const struct provider_call *call)
{
    return call->base.model->provider->dialect;
}

/* ---- single texts ---- */

static bool is_error(str name)
{
    return str_equal(name, STR("error"));
}

/* Handles a value, which is NULL if it was no JSON. */
static void read_parsed(struct provider_call *call, str name, const json_t *json)
{
    if (is_error(name)) { /* its data may be JSON or plain text */
        if (!provider_refuse_if_error(call, json))
            provider_refuse(call, json);
    } else if (json_is_object(json)) {
        dialect_of(call)->read(call, name, json);
    } else if (call->body.form == BODY_EVENTS) {
        provider_fail(call, "The model provider sent an event that is not JSON");
    } else {
        provider_fail(call, not_json);
    }
}

/* Hands a copy of a long event to another thread. What follows it is not read until then. */
static void parse_event_away(struct provider_call *call, str name, str data)
{
    ensure(call->body.form == BODY_EVENTS);
    buf copy = buf_with_limit(EVENT_LINE_MAX_BYTES);

    buf_append(&copy, data);
    ensure(buf_ok(&copy)); /* the reader has the same limit */
    call->body.reader.is_held = true;
    provider_parse_begin(call, name, copy, buf_view(&copy));
}

static void read_json(struct provider_call *call, str name, str text)
{
    const struct dialect *dialect = dialect_of(call);

    if (dialect->skim_event != NULL && !is_error(name) && dialect->skim_event(call, text))
        return; /* handled */
    if (text.len >= PARSED_AWAY_MIN_BYTES) {
        parse_event_away(call, name, text);
        return;
    }
    AUTO(json_t) *json = provider_parse_value(name, text);
    read_parsed(call, name, json);
}

/* Handles one text of the body. Ignores blank keep-alives and text after the end of the answer. */
static void read_text(struct provider_call *call, str name, str text)
{
    ensure(call->entered > 0);
    text = str_trim_space(text);
    if (text.len == 0)
        return;
    provider_reset_idle_time(call);
    if (call->base.is_over || call->is_whole)
        return;
    if (str_equal(text, STR("[DONE]")) && !is_error(name))
        provider_finish(call);
    else
        read_json(call, name, text);
}

static void on_event(void *user, str event, str data)
{
    read_text(user, event, data);
}

/* ---- JSON texts, one after the other ---- */

/* Advances over one byte of a string. */
static void step_in_string(struct provider_body *body, char c)
{
    ensure(body->is_in_string);
    body->is_in_string = body->is_escaped || c != '"';
    body->is_escaped = !body->is_escaped && c == '\\';
}

/* Advances over one byte. Returns true if it ends a top-level value. */
static bool step_over(struct provider_body *body, char c)
{
    if (body->is_in_string) {
        step_in_string(body, c);
        return false;
    }
    switch (c) {
    case '{':
    case '[':
        if (body->depth++ == 0)
            body->begin = body->at;
        return false;
    case '}':
    case ']': return body->depth > 0 && --body->depth == 0;
    case '"': body->is_in_string = body->depth > 0; return false;
    default: return false;
    }
}

/* Hands the text up to `at`, where a long value ends, to another thread. */
static void parse_away(struct provider_call *call)
{
    struct provider_body *body = &call->body;
    buf text = body->text; /* handed over */

    provider_reset_idle_time(call);
    body->text = buf_with_limit(text.limit);
    buf_append(&body->text, str_from(buf_view(&text), body->at));
    provider_parse_begin(call, STR(""), text,
                         (str){ text.ptr + body->begin, body->at - body->begin });
}

/* Reads the value that ends at `at`. */
static void read_value(struct provider_call *call)
{
    struct provider_body *body = &call->body;
    str value = { body->text.ptr + body->begin, body->at - body->begin };

    body->has_value = true;
    if (value.len >= PARSED_AWAY_MIN_BYTES && !call->is_whole) {
        parse_away(call);
    } else {
        read_text(call, STR(""), value);
        buf_consume(&body->text, body->at);
    }
    body->at = 0;
}

/* Reads all complete values and skips the text between them, up to a value that another thread
 * parses. */
static void read_values(struct provider_call *call)
{
    struct provider_body *body = &call->body;

    while (body->at < body->text.len && body->parse == NULL && !call->base.is_over) {
        bool is_end = step_over(body, body->text.ptr[body->at]);

        body->at++;
        if (is_end)
            read_value(call);
    }
}

static void read_json_bytes(struct provider_call *call, str bytes)
{
    buf_append(&call->body.text, bytes);
    if (!buf_ok(&call->body.text))
        provider_fail(call, too_large);
    else
        read_values(call);
}

/* ---- events ---- */

/* Reads all complete events, up to one that another thread parses. */
static void read_events(struct provider_call *call, str bytes)
{
    struct provider_body *body = &call->body;

    if (body->parse == NULL) {
        if (sse_feed(&body->reader, bytes, NULL) != AGENTOS_OK) {
            provider_fail(call, "The model provider sent an event that is too large");
            return;
        }
        bytes = str_from(bytes, bytes.len - body->reader.unread);
    }
    buf_append(&body->text, bytes);
    if (!buf_ok(&body->text))
        provider_fail(call, too_large);
}

/* Reads what has come during a parse. */
static void read_waiting(struct provider_call *call)
{
    struct provider_body *body = &call->body;

    if (body->form == BODY_EVENTS) {
        AUTO_BUF waiting = body->text;

        body->text = buf_with_limit(waiting.limit);
        read_events(call, buf_view(&waiting));
    } else {
        read_values(call);
    }
}

void provider_read_parsed(struct provider_call *call, str name, const json_t *json)
{
    ensure(call->entered > 0 && call->body.parse == NULL);
    provider_reset_idle_time(call);
    if (!call->base.is_over && !call->is_whole)
        read_parsed(call, name, json);
    if (!call->base.is_over)
        read_waiting(call);
}

/* ---- the form of the body ---- */

/* Returns the form of a body with these first bytes, or BODY_UNKNOWN if they are too few. */
static enum body_form form_of_text(str begin, bool is_labelled_events)
{
    static const str fields[] = { STR_INIT(":"), STR_INIT("data:"), STR_INIT("event:"),
                                  STR_INIT("id:"), STR_INIT("retry:") };

    ensure(begin.len > 0);
    if (begin.ptr[0] == '{' || begin.ptr[0] == '[')
        return BODY_JSON;
    for (size_t i = 0; i < COUNT(fields); i++) {
        if (str_starts(begin, fields[i]))
            return BODY_EVENTS;
        if (str_starts(fields[i], begin))
            return BODY_UNKNOWN;
    }
    return is_labelled_events ? BODY_EVENTS : BODY_JSON;
}

/* Like form_of_text, but skips a byte order mark and leading whitespace. */
static enum body_form form_of(str begin, bool is_labelled_events)
{
    static const str byte_order_mark = STR_INIT("\xEF\xBB\xBF");

    if (begin.len < byte_order_mark.len && str_starts(byte_order_mark, begin))
        return BODY_UNKNOWN;
    if (str_starts(begin, byte_order_mark))
        begin = str_from(begin, byte_order_mark.len);
    begin = str_trim_space(begin);
    return begin.len > 0 ? form_of_text(begin, is_labelled_events) : BODY_UNKNOWN;
}

static void read_bytes(struct provider_call *call, str bytes)
{
    ensure(call->body.form != BODY_UNKNOWN);
    if (call->body.form == BODY_REFUSAL)
        buf_append(&call->body.text, bytes); /* it may be cut at the limit */
    else if (call->body.form == BODY_JSON)
        read_json_bytes(call, bytes);
    else
        read_events(call, bytes);
}

/* Buffers the first bytes until they determine the form of the body. */
static void detect_form(struct provider_call *call, str bytes)
{
    struct provider_body *body = &call->body;
    AUTO_BUF begin = body->text; /* takes over the buffered bytes */

    body->text = buf_with_limit(begin.limit);
    buf_append(&begin, bytes);
    body->form = form_of(buf_view(&begin), body->is_labelled_events);
    if (body->form != BODY_UNKNOWN)
        read_bytes(call, buf_view(&begin));
    else if (str_trim_space(buf_view(&begin)).len > 0) /* leading whitespace is dropped */
        buf_append(&body->text, buf_view(&begin));
}

void provider_read_body(struct provider_call *call, str bytes)
{
    ensure(call->status != 0);
    ensure(!call->base.is_over);
    if (call->body.form == BODY_UNKNOWN)
        detect_form(call, bytes);
    else
        read_bytes(call, bytes);
}

static bool has_event_label(const struct headers *headers)
{
    str type = STR("");

    (void)headers_find(headers, STR("content-type"), &type); /* absent: no label */
    return str_equal_nocase(str_trim(str_split(&type, ';')), STR("text/event-stream"));
}

/* Returns true if the body is compressed, which the request forbids. */
static bool is_encoded(const struct headers *headers)
{
    str encoding = STR("");

    (void)headers_find(headers, STR("content-encoding"), &encoding); /* absent: not encoded */
    encoding = str_trim(encoding);
    return encoding.len > 0 && !str_equal_nocase(encoding, STR("identity"));
}

/* Prepares for the body. Ends the call if the body is compressed. */
void provider_begin_body(struct provider_call *call, const struct headers *headers)
{
    struct provider_body *body = &call->body;
    bool is_answer = call->status == 200;

    provider_clear_body(call);
    body->form = is_answer ? BODY_UNKNOWN : BODY_REFUSAL;
    body->is_labelled_events = has_event_label(headers);
    body->text = buf_with_limit(is_answer ? PROVIDER_BODY_MAX_BYTES : PROVIDER_ERROR_MAX_BYTES);
    sse_reader_init(&body->reader, on_event, call);
    if (is_answer && is_encoded(headers))
        provider_fail(call, "The model provider sent a compressed answer, which it was not asked "
                            "for");
}

/* Handles a body that ends without an end-of-answer event. */
void provider_end_body(struct provider_call *call)
{
    const struct provider_body *body = &call->body;

    ensure(call->status == 200);
    ensure(!call->is_whole && !call->progress.may_end);
    if (body->form == BODY_EVENTS || (body->form == BODY_UNKNOWN && body->is_labelled_events))
        provider_fail(call, closed_early);
    else if (!body->has_value)
        provider_fail(call, not_json);
    else if (call->progress.has_begun)
        provider_fail(call, closed_early);
    else
        provider_end(call);
}

void provider_clear_body(struct provider_call *call)
{
    provider_parse_drop(call);
    sse_reader_clear(&call->body.reader);
    buf_clear(&call->body.text);
    call->body = (struct provider_body){ 0 };
}
