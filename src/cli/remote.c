/* Sends requests to a running server, whose answers are untrusted. */
#include "cli/remote.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/input.h"

enum { CONNECT_MS = 10 * 1000, SILENCE_MS = 30 * 1000, TOTAL_MS = 60 * 1000 };

/* Stores the value of one option. Returns false if it is not one of REMOTE_OPTIONS. */
bool remote_take_flag(int option, const char *value, struct remote_flags *flags)
{
    switch (option) {
    case 'u': flags->url = value; return true;
    case 't': flags->token = value; return true;
    case 'p': flags->allow_http = true; return true;
    default: return false;
    }
}

/* ---- the server and the token ---- */

/* Reads the URL of the server. Rejects plain HTTP to another machine unless --allow-http is given.
 * */
static agentos_status read_url(arena *a, const struct remote_flags *flags, struct remote *out,
                               agentos_error *err)
{
    str url = str_of(flags->url);
    struct remote_url read = { .is_https = false };

    if (flags->url == NULL)
        return fail(err, AGENTOS_INVALID, "give --url, such as https://os.example.com");
    TRY(remote_url_read("--url", url, &read, err));
    if (str_has(url, '?'))
        return fail(err, AGENTOS_INVALID, "--url: " QUOTED " has a query", QUOTE(url));
    if (!read.is_https && !read.is_loopback && !flags->allow_http)
        return fail(err, AGENTOS_INVALID,
                    "--url: " QUOTED " would send the token unencrypted to another machine; use "
                    "https, or give --allow-http",
                    QUOTE(url));
    while (str_ends(url, STR("/")))
        url.len--;
    out->url = arena_copy(a, url);
    out->egress = read.is_loopback ? EGRESS_LOOPBACK : EGRESS_ANYWHERE;
    return AGENTOS_OK;
}

static void wipe_text(void *text)
{
    OPENSSL_cleanse(text, strlen(text));
}

/* Sets the Authorization header from --token or AGENTOS_TOKEN. It is wiped with the arena. */
static agentos_status read_token(arena *a, const struct remote_flags *flags, struct remote *out,
                                 agentos_error *err)
{
    const char *given = flags->token != NULL ? flags->token : getenv("AGENTOS_TOKEN");
    str token = { "", 0 };

    if (given == NULL)
        return fail(err, AGENTOS_INVALID,
                    "no token: set AGENTOS_TOKEN, or give --token - and the token on standard "
                    "input");
    TRY(input_token(a, given, &token, err));
    if (token.len == 0 || !str_is_visible(token))
        return fail(err, AGENTOS_INVALID, "the token is empty or contains invalid characters");
    char *header = arena_printf(a, "Bearer %.*s", (int)token.len, token.ptr);
    arena_defer(a, wipe_text, header);
    out->authorization = header;
    return AGENTOS_OK;
}

/* Prepares for requests to a server. The caller must call remote_close, on failure too. */
agentos_status remote_open(arena *a, const struct remote_flags *flags, struct remote *out,
                           agentos_error *err)
{
    *out = (struct remote){ .body = buf_with_limit(SERVER_ANSWER_MAX_BYTES) };
    TRY(read_url(a, flags, out, err));
    if (!flags->is_public)
        TRY(read_token(a, flags, out, err));
    return net_open(&out->net, err);
}

/* Closes the connections and frees the last answer. */
void remote_close(struct remote *remote)
{
    net_close(&remote->net);
    buf_clear(&remote->body);
}

/* ---- one exchange ---- */

struct exchange {
    struct remote *remote;
    struct fetch *fetch;
    int status;
    agentos_error why; /* .status is the result */
};

/* Stores the result of the exchange and stops the event loop. `why` is NULL on success. */
static void end_exchange(struct exchange *self, agentos_status status, const char *why)
{
    ensure(status == AGENTOS_OK || why != NULL);
    self->why.status = AGENTOS_OK;
    if (status != AGENTOS_OK)
        (void)fail(&self->why, AGENTOS_UPSTREAM, "%s", why);
    loop_stop(self->remote->net.loop);
}

static void on_head(void *user, int status, const struct headers *headers)
{
    struct exchange *self = user;

    (void)headers;
    self->status = status;
}

/* Appends a part of the response body. Cancels the request if the body is too long. */
static void on_data(void *user, str bytes)
{
    struct exchange *self = user;

    buf_append(&self->remote->body, bytes);
    if (buf_ok(&self->remote->body))
        return;
    fetch_cancel(self->fetch); /* on_end is not called */
    end_exchange(self, AGENTOS_UPSTREAM, "the response is too long");
}

static void on_end(void *user, agentos_status status, const char *reason)
{
    end_exchange(user, status, reason);
}

enum { REQUEST_HEADERS_MAX = 3 };

/* Sets the request headers, which borrow from *remote. Returns their number. */
static size_t fill_headers(const struct remote *remote, bool has_body,
                           struct header headers[REQUEST_HEADERS_MAX])
{
    size_t count = 0;

    headers[count++] = (struct header){ STR("accept"), STR("application/json") };
    if (remote->authorization != NULL)
        headers[count++] = (struct header){ STR("authorization"), str_of(remote->authorization) };
    if (has_body)
        headers[count++] = (struct header){ STR("content-type"), STR("application/json") };
    ensure(count <= REQUEST_HEADERS_MAX);
    return count;
}

/* Starts a request. The event loop stops when it has ended. */
static void send_request(struct exchange *self, const char *url,
                         const struct remote_request *request)
{
    static const struct fetch_events events = { on_head, on_data, on_end };
    struct header headers[REQUEST_HEADERS_MAX];
    struct remote *remote = self->remote;

    ensure(request->path[0] == '/' && remote->url != NULL);
    buf_empty(&remote->body);
    const struct fetch_options options = {
        .method = request->method,
        .url = url,
        .headers = headers,
        .header_count = fill_headers(remote, request->body.len > 0, headers),
        .body = request->body,
        .connect_ms = CONNECT_MS,
        .silence_ms = SILENCE_MS,
        .total_ms = TOTAL_MS,
        .egress = remote->egress,
    };
    self->fetch = client_fetch(remote->net.client, &options, &events, self);
}

/* ---- the answer ---- */

/* Appends one validation error of a 422 response, such as "body.name: Field required". */
static void write_problem(const json_t *problem, buf *out)
{
    const char *message = json_text(problem, "msg");
    const json_t *part;
    size_t i;

    if (out->len > 0)
        buf_append(out, STR("; "));
    json_array_foreach(json_object_get(problem, "loc"), i, part)
    {
        const char *dot = i > 0 ? "." : "";

        if (json_is_integer(part))
            buf_printf(out, "%s%lld", dot, (long long)json_integer_value(part));
        else if (json_is_string(part))
            buf_printf(out, "%s%s", dot, json_string_value(part));
    }
    buf_printf(out, ": %s", message != NULL ? message : "invalid");
}

/* Returns ": " and the error message of the response, or "" if it has none. Allocated from the
 * arena. */
static const char *read_detail(arena *a, const json_t *answer)
{
    AUTO_BUF text = buf_with_limit(MiB);
    const json_t *problem, *list = json_object_get(answer, "detail");
    const char *detail = json_text(answer, "detail");
    size_t i;

    if (detail != NULL)
        return arena_printf(a, ": %s", detail);
    json_array_foreach(list, i, problem) write_problem(problem, &text);
    return text.len > 0 ? arena_printf(a, ": %s", text.ptr) : "";
}

/* Parses the response into *answer, which is NULL if the body is empty. */
static agentos_status read_answer(const struct exchange *self, arena *a, const json_t **answer,
                                  agentos_error *err)
{
    str body = buf_view(&self->remote->body);
    bool is_success = self->status >= 200 && self->status < 300;
    bool is_redirect = self->status >= 300 && self->status < 400;
    agentos_error why = { .message = "" };

    *answer = NULL;
    agentos_status status = body.len > 0 ? json_parse(a, body, answer, &why) : AGENTOS_OK;
    if (!is_success)
        return fail(err, AGENTOS_UPSTREAM, "%s answered %d%s", self->remote->url, self->status,
                    is_redirect ? "; redirects are not followed" : read_detail(a, *answer));
    if (status != AGENTOS_OK)
        return fail(err, AGENTOS_UPSTREAM, "%s answered %d, but not with JSON; is it an AgentOS?",
                    self->remote->url, self->status);
    return AGENTOS_OK;
}

/* Sends a request and waits up to a minute for its answer. */
agentos_status remote_call(struct remote *remote, arena *a, const struct remote_request *request,
                           const json_t **answer, agentos_error *err)
{
    ensure(remote->net.loop != NULL && remote->url != NULL); /* remote_open has succeeded */
    struct exchange exchange = { .remote = remote };

    send_request(&exchange, arena_printf(a, "%s%s", remote->url, request->path), request);
    loop_run(remote->net.loop); /* end_exchange stops it */
    if (exchange.why.status != AGENTOS_OK)
        return fail(err, exchange.why.status, "%s: %s", remote->url, exchange.why.message);
    return read_answer(&exchange, a, answer, err);
}
