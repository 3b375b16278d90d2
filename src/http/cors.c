/* Builds the CORS headers of a response, and the response to a preflight. */
#include "http/cors.h"

#include "base/ensure.h"

#define VARY_PREFLIGHT                                                        \
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, " \
    "Access-Control-Request-Private-Network"

static const str allow_origin = STR_INIT("access-control-allow-origin");
static const str allow_credentials = STR_INIT("access-control-allow-credentials");
static const str allow_methods = STR_INIT("access-control-allow-methods");
static const str allow_headers = STR_INIT("access-control-allow-headers");
static const str allow_private_network = STR_INIT("access-control-allow-private-network");
static const str expose_headers = STR_INIT("access-control-expose-headers");
static const str max_age = STR_INIT("access-control-max-age");
static const str vary = STR_INIT("vary");

/* Returns whether the origin is in the list, byte for byte. */
bool cors_allows(const struct cors *cors, str origin)
{
    ensure(cors->origins != NULL || cors->count == 0);
    for (size_t i = 0; i < cors->count; i++)
        if (str_equal(str_of(cors->origins[i]), origin))
            return true;
    return false;
}

/* Returns whether the request is a CORS preflight. */
bool cors_is_preflight(const struct request *request)
{
    return request->method == OPTIONS && headers_find(&request->headers, STR("origin"), NULL) &&
           headers_find(&request->headers, STR("access-control-request-method"), NULL);
}

/* Appends a header. */
static void add_header(struct cors_headers *h, str name, str value)
{
    ensure(h->count < CORS_HEADERS_MAX);
    h->all[h->count++] = (struct header){ name, value };
}

/* Returns whether the page asks for access to a private network. */
static bool asks_private_network(const struct headers *headers)
{
    str asked;

    if (!headers_find(headers, STR("access-control-request-private-network"), &asked))
        return false;
    return str_equal(asked, STR("true"));
}

/* Appends the headers of a preflight response, in the order of the contract. */
static void add_preflight_headers(struct cors_headers *h, const struct headers *asked_by,
                                  str origin, bool is_allowed)
{
    str asked;

    add_header(h, vary, STR(VARY_PREFLIGHT));
    add_header(h, allow_methods, STR("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
    add_header(h, max_age, STR("600"));
    add_header(h, allow_credentials, STR("true"));
    if (is_allowed)
        add_header(h, allow_origin, origin);
    if (headers_find(asked_by, STR("access-control-request-headers"), &asked))
        add_header(h, allow_headers, asked);
    if (is_allowed && asks_private_network(asked_by))
        add_header(h, allow_private_network, STR("true"));
}

/* Writes the preflight response to *out: 200 for an allowed origin, otherwise 400. */
void cors_preflight(const struct cors *cors, const struct request *request, arena *a,
                    struct reply *out)
{
    struct cors_headers *h = arena_alloc(a, sizeof(*h));
    str origin = STR("");

    ensure(cors_is_preflight(request));
    (void)headers_find(&request->headers, STR("origin"), &origin); /* a preflight has one */
    bool is_allowed = cors_allows(cors, origin);
    add_preflight_headers(h, &request->headers, origin, is_allowed);
    *out = (struct reply){
        .status = is_allowed ? 200 : 400,
        .content_type = "text/plain; charset=utf-8",
        .headers = h->all,
        .header_count = h->count,
        .body = is_allowed ? STR("OK") : STR("Disallowed CORS origin"),
    };
}

/* Adds the headers that let an allowed page read an authentication error. */
static void add_auth_error_headers(struct cors_headers *h, str origin)
{
    add_header(h, allow_origin, origin);
    add_header(h, allow_credentials, STR("true"));
    add_header(h, allow_methods, STR("*"));
    add_header(h, allow_headers, STR("*"));
    add_header(h, expose_headers, STR("*"));
}

/* Writes the CORS headers of an ordinary response. Only an allowed origin is echoed. */
void cors_answer(const struct cors *cors, const struct request *request, bool is_auth_error,
                 struct cors_headers *out)
{
    str origin;

    out->count = 0;
    if (headers_find(&request->headers, STR("origin"), &origin)) {
        bool is_allowed = cors_allows(cors, origin);

        if (is_auth_error && is_allowed) {
            add_auth_error_headers(out, origin);
        } else {
            add_header(out, allow_credentials, STR("true"));
            add_header(out, expose_headers, STR("*"));
            if (is_allowed)
                add_header(out, allow_origin, origin);
        }
    }
    add_header(out, vary, STR("Origin"));
}
