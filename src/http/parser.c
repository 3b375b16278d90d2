/* Parses requests with llhttp: a whole header block, then the body in pieces. */
#include "http/parser.h"

#include <llhttp.h>

#include "base/ensure.h"
#include "base/error.h"
#include "base/limits.h"
#include "http/target.h"

struct parser {
    llhttp_t llhttp;
    arena *memory;
    struct request request;
    struct header *headers;
    size_t fields; /* how many header lines there are, and room for */
    size_t count;  /* how many llhttp has reported */
    struct framing framing;
    struct refusal refusal;
    buf *body; /* where the body goes; NULL: nowhere */
    size_t extension_bytes;
    bool has_head, is_complete, is_last_chunk;
};

/* Stores the refusal, and returns the code that stops llhttp. */
static int refuse(struct parser *parser, int status, const char *detail)
{
    parser->refusal = (struct refusal){ status, detail };
    return HPE_USER;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;

    parser->request.target = (str){ at, len };
    return HPE_OK;
}

/* Returns the header being parsed, or NULL if there are more than head_scan has counted. */
static struct header *current_header(struct parser *parser)
{
    return parser->count < parser->fields ? &parser->headers[parser->count] : NULL;
}

/* Stores the name of a header. */
static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    struct header *header = current_header(parser);

    if (header == NULL)
        return refuse(parser, 400, "The header block is malformed");
    header->name = (str){ at, len };
    return HPE_OK;
}

/* Stores the trimmed value of a header. */
static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;
    struct header *header = current_header(parser);

    if (header == NULL)
        return refuse(parser, 400, "The header block is malformed");
    header->value = str_trim((str){ at, len });
    return HPE_OK;
}

static int on_header_value_complete(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;

    parser->count++;
    return HPE_OK;
}

/* Checks the framing and the target of a parsed head. */
static int on_headers_complete(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;
    struct request *request = &parser->request;

    llhttp->upgrade = 0; /* ignore Upgrade (RFC 9110 §7.8), on which llhttp stops parsing */
    parser->has_head = true;
    request->headers = (struct headers){ parser->headers, parser->count };
    parser->framing.is_http10 = llhttp->http_minor == 0;
    parser->framing.keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    if (!framing_read(&request->headers, &parser->framing, &parser->refusal) ||
        !target_read(parser->memory, request, &parser->refusal))
        return HPE_USER;
    return HPE_OK;
}

/* Appends a piece of the body. The caller checks buf_ok. */
static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;

    if (parser->body != NULL)
        buf_append(parser->body, (str){ at, len });
    return HPE_OK;
}

/* Refuses too many bytes of chunk extensions. Their content is ignored. */
static int on_chunk_extension(llhttp_t *llhttp, const char *at, size_t len)
{
    struct parser *parser = llhttp->data;

    (void)at;
    parser->extension_bytes += len + 1; /* its ';' or '=' */
    if (parser->extension_bytes > CHUNK_EXTENSION_MAX_BYTES)
        return refuse(parser, 400, "The chunk extensions are too long");
    return HPE_OK;
}

/* Pauses llhttp at the last chunk: head_scan reads the trailers more strictly. */
static int on_chunk_header(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;

    parser->is_last_chunk = llhttp->content_length == 0;
    return parser->is_last_chunk ? HPE_PAUSED : HPE_OK;
}

/* Pauses llhttp at the end of the message. */
static int on_message_complete(llhttp_t *llhttp)
{
    struct parser *parser = llhttp->data;

    parser->is_complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_chunk_header = on_chunk_header,
    .on_message_complete = on_message_complete,
};

/* Creates a parser for one message in the arena. */
struct parser *parser_new(arena *a)
{
    struct parser *parser = arena_alloc(a, sizeof(*parser));

    /* llhttp only reads the settings, though its prototype does not say so. */
    llhttp_init(&parser->llhttp, HTTP_REQUEST, (llhttp_settings_t *)(uintptr_t)&settings);
    parser->llhttp.data = parser;
    parser->memory = a;
    return parser;
}

/* Passes bytes to llhttp. Returns the number used, or 0 with a refusal stored. */
static size_t execute(struct parser *parser, str bytes)
{
    ensure(parser->refusal.status == 0); /* nothing is read after a refusal */
    llhttp_errno_t code = llhttp_execute(&parser->llhttp, bytes.ptr, bytes.len);

    if (code == HPE_OK)
        return bytes.len;
    if (code == HPE_PAUSED)
        return (size_t)(llhttp_get_error_pos(&parser->llhttp) - bytes.ptr);
    if (parser->refusal.status == 0 && code == HPE_INVALID_METHOD) /* RFC 9110 §15.6.2 */
        (void)refuse(parser, 501, "The method is not supported");
    if (parser->refusal.status == 0)
        (void)refuse(parser, 400, llhttp_get_error_reason(&parser->llhttp));
    return 0;
}

/* Returns whether llhttp and head_scan agree on the length of the head and its fields. */
static bool agrees_with_scan(const struct parser *parser, str block, size_t used)
{
    if (used != block.len || !parser->has_head || parser->count != parser->fields)
        return false;
    return parser->is_complete != parser->framing.has_body; /* only without a body is it the end */
}

/* Parses a header block that head_scan has accepted. Returns false and fills in *why if it is
 * refused. */
bool parser_read_head(struct parser *parser, str block, size_t fields, struct request *out,
                      struct refusal *why)
{
    str rest = block;

    ensure(parser->headers == NULL && block.len > 0 && fields <= HEADERS_MAX);
    parser->fields = fields;
    parser->headers = arena_alloc(parser->memory, fields * sizeof(*parser->headers));
    parser->request.method_text = str_split(&rest, ' ');
    parser->request.method = method_find(parser->request.method_text);
    size_t used = execute(parser, block);
    if (parser->refusal.status == 0 && !agrees_with_scan(parser, block, used))
        (void)refuse(parser, 400, "The header block is malformed");
    if (parser->refusal.status != 0) {
        *why = parser->refusal;
        return false;
    }
    *out = parser->request;
    return true;
}

const struct framing *parser_framing(const struct parser *parser)
{
    return &parser->framing;
}

/* Parses the next bytes of the body into `into`, which may be NULL to discard them. */
enum body_state parser_read_body(struct parser *parser, str bytes, buf *into, size_t *used,
                                 struct refusal *why)
{
    ensure(parser->has_head && !parser->is_complete);
    ensure(bytes.len > 0);
    parser->body = into;
    *used = execute(parser, bytes);
    if (parser->refusal.status != 0) {
        *why = parser->refusal;
        return BODY_REFUSED;
    }
    if (parser->is_complete)
        return BODY_DONE;
    return parser->is_last_chunk ? BODY_TRAILERS : BODY_MORE;
}
