/* One HTTP request to a running server. */
#include "cli/exchange.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum {
    CONNECT_MS = 10 * 1000,
    SILENCE_MS = 30 * 1000,
    TOTAL_MS = 60 * 1000,
    RUN_SILENCE_MS = 10 * 60 * 1000 /* a model may answer without streaming */
};

/* ---- request and response ---- */

/* Stores the result of the exchange. `why` is NULL on success. */
static void end_exchange(struct exchange *self, agentos_status status, const char *why)
{
    ensure(status == AGENTOS_OK || why != NULL);
    self->fetch = NULL;
    self->why.status = AGENTOS_OK;
    if (status != AGENTOS_OK)
        (void)fail(&self->why, AGENTOS_UPSTREAM, "%s", why);
    self->on_end(self);
}

static bool is_success(const struct exchange *self)
{
    return self->status >= 200 && self->status < 300;
}

static void on_head(void *user, int status, const struct headers *headers)
{
    struct exchange *self = user;

    (void)headers;
    self->status = status;
}

/* Reports or stores a piece of the response body, up to its limit. */
static void on_data(void *user, str bytes)
{
    struct exchange *self = user;

    if (self->on_data != NULL && is_success(self)) {
        self->on_data(self, bytes);
        return;
    }
    buf_append(&self->body, bytes);
    if (buf_ok(&self->body))
        return;
    fetch_cancel(self->fetch); /* on_end is not called */
    end_exchange(self, AGENTOS_UPSTREAM, "the response is too long");
}

static void on_end(void *user, agentos_status status, const char *reason)
{
    end_exchange(user, status, reason);
}

enum { REQUEST_HEADERS_MAX = 3 };

/* Sets the request headers, which borrow from the exchange. Returns their number. */
static size_t fill_headers(const struct exchange *self, struct header headers[REQUEST_HEADERS_MAX])
{
    const struct remote_request *request = self->request;
    const char *type = request->is_form ? "application/x-www-form-urlencoded" : "application/json";
    size_t count = 0;

    headers[count++] = (struct header){ STR("accept"), STR("application/json") };
    if (self->remote->authorization != NULL)
        headers[count++] =
            (struct header){ STR("authorization"), str_of(self->remote->authorization) };
    if (request->body.len > 0)
        headers[count++] = (struct header){ STR("content-type"), str_of(type) };
    ensure(count <= REQUEST_HEADERS_MAX);
    return count;
}

void exchange_start(struct exchange *self, arena *a)
{
    static const struct fetch_events events = { on_head, on_data, on_end };
    struct header headers[REQUEST_HEADERS_MAX];
    const struct remote_request *request = self->request;
    const struct remote *remote = self->remote;

    ensure(request->path[0] == '/' && remote->url != NULL && self->on_end != NULL);
    ensure(self->fetch == NULL);
    self->body = buf_with_limit(SERVER_ANSWER_MAX_BYTES);
    const struct fetch_options options = {
        .method = request->method,
        .url = arena_printf(a, "%s%s", remote->url, request->path),
        .headers = headers,
        .header_count = fill_headers(self, headers),
        .body = request->body,
        .connect_ms = CONNECT_MS,
        .silence_ms = request->is_run ? RUN_SILENCE_MS : SILENCE_MS,
        .total_ms = request->is_run ? 0 : TOTAL_MS,
        .egress = remote->egress,
    };
    self->fetch = client_fetch(remote->net.client, &options, &events, self);
}

void exchange_cancel(struct exchange *self)
{
    if (self->fetch != NULL)
        fetch_cancel(self->fetch);
    self->fetch = NULL;
}

void exchange_clear(struct exchange *self)
{
    exchange_cancel(self);
    buf_clear(&self->body);
}

/* ---- errors ---- */

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

/* Returns whether the server's URL has a path. */
static bool has_path(const char *url)
{
    const char *host = strstr(url, "://");

    return host != NULL && strchr(host + 3, '/') != NULL;
}

/* Returns advice on an error status, or "". Allocated from the arena. */
static const char *find_advice(const struct exchange *self, arena *a)
{
    const struct remote_request *request = self->request;
    int path_len = (int)strcspn(request->path, "?");

    if (self->status >= 300 && self->status < 400)
        return "; redirects are not followed";
    if (self->status == 401 && self->remote->authorization == NULL)
        return "; no token was sent: set AGENTOS_TOKEN, or give --token or --key";
    if (self->status == 401 || self->status == 403)
        return arena_printf(a,
                            "; `agentos auth explain %s %.*s -` beside its agentos.yaml says why",
                            method_name(request->method), path_len, request->path);
    if ((self->status == 404 || self->status == 405) && has_path(self->remote->url))
        return "; --url takes the URL of the server, without the path of a route";
    return "";
}

/* Fails with UPSTREAM unless a complete 2xx response has been received. */
agentos_status exchange_check(const struct exchange *self, arena *a, agentos_error *err)
{
    const json_t *answer = NULL;
    str body = buf_view(&self->body);

    if (self->why.status != AGENTOS_OK)
        return fail(err, self->why.status, "%s: %s", self->remote->url, self->why.message);
    if (is_success(self))
        return AGENTOS_OK;
    if (body.len > 0 && json_parse(a, body, &answer, NULL) != AGENTOS_OK)
        answer = NULL; /* a page of a proxy, for instance */
    return fail(err, AGENTOS_UPSTREAM, "%s answered %d%s%s", self->remote->url, self->status,
                read_detail(a, answer), find_advice(self, a));
}
