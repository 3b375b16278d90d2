/* Fetches: the options that curl gets for each, and its callbacks. curl forbids most of its calls
 * inside its own callbacks, so that starting, cancelling and resuming are only queued there, and
 * done at the end of the turn. There are no redirects, no cookies and no HTTP/2: a connection
 * carries one fetch at a time. client_multi.c gives curl its sockets and timers. */
#include "http/client.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "http/client_internal.h"

enum { CONNECT_DEFAULT_MS = 10 * 1000, SILENCE_DEFAULT_MS = 60 * 1000 };

/* ---- the end of a fetch ---- */

static void fetch_free(struct fetch *fetch)
{
    ensure(list_is_linked(&fetch->node));
    list_remove(&fetch->node);
    list_remove(&fetch->todo);
    timer_stop(&fetch->silence);
    if (fetch->is_started)
        (void)curl_multi_remove_handle(fetch->client->multi,
                                       fetch->easy); /* it was added: cannot fail */
    curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->headers);
    response_head_clear(&fetch->head);
    free(fetch);
}

void fetch_end(struct fetch *fetch, agentos_status status, const char *reason)
{
    ensure(!fetch->is_ended);
    fetch->is_ended = true; /* so that cancelling inside on_end is harmless */
    if (!fetch->is_cancelled)
        fetch->events.on_end(fetch->user, status, reason);
    fetch_free(fetch);
}

/* ---- callbacks of curl ---- */

/* Opens a socket if the address may be called. curl connects to this address without resolving the
 * name again. */
static curl_socket_t on_curl_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = user;

    (void)purpose; /* there is only one */
    if (egress_allows(fetch->egress, &address->addr))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    fetch->is_forbidden = true;
    return CURL_SOCKET_BAD;
}

/* A line of the answer's head. Another result than its length ends the transfer. */
static size_t on_curl_header(char *bytes, size_t size, size_t count, void *user)
{
    struct fetch *fetch = user;
    str line = { bytes, size * count };

    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    if (fetch->is_cancelled || !response_head_line(&fetch->head, line))
        return 0; /* ends the transfer */
    if (response_head_is_new(&fetch->head)) {
        struct headers headers = { fetch->head.all, fetch->head.count };

        fetch->events.on_head(fetch->user, fetch->head.status, &headers);
        response_head_clear(&fetch->head);
    }
    return line.len;
}

/* A piece of the body; curl keeps it while the fetch is paused. */
static size_t on_curl_data(char *bytes, size_t size, size_t count, void *user)
{
    struct fetch *fetch = user;
    str piece = { bytes, size * count };

    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    if (fetch->is_cancelled)
        return 0;
    fetch->is_held = fetch->is_paused;
    if (fetch->is_paused)
        return CURL_WRITEFUNC_PAUSE; /* curl keeps the piece and brings it again */
    fetch->events.on_data(fetch->user, piece);
    return piece.len;
}

static void check_silence(struct timer *timer)
{
    struct fetch *fetch = LIST_OWNER(timer, struct fetch, silence);
    uint64_t silent_ms = loop_now_ms(fetch->client->loop) - fetch->heard_ms;

    /* A paused fetch is silent because we asked for it; the time counts again from fetch_resume on.
     */
    if (fetch->is_paused)
        timer_start(fetch->client->loop, timer, fetch->silence_ms);
    else if (silent_ms < fetch->silence_ms)
        timer_start(fetch->client->loop, timer, fetch->silence_ms - silent_ms);
    else
        fetch_end(fetch, AGENTOS_TIMEOUT, "no byte came for too long");
}

/* ---- work at the end of a turn ---- */

static void start(struct fetch *fetch)
{
    ensure(!fetch->is_started && !fetch->is_cancelled);
    fetch->is_started = true;
    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    timer_start(fetch->client->loop, &fetch->silence, fetch->silence_ms);
    /* Fails only for a handle that was added before. */
    CURLMcode code = curl_multi_add_handle(fetch->client->multi, fetch->easy);
    ensure(code == CURLM_OK);
}

/* Does what was asked of the fetch during the turn: to cancel, start or resume it. */
static void act_on_request(struct fetch *fetch)
{
    if (fetch->is_cancelled) {
        fetch_free(fetch);
    } else if (!fetch->is_started) {
        start(fetch);
    } else if (fetch->is_held && !fetch->is_paused) {
        fetch->is_held = false;
        /* Delivers what was kept, so that the fetch may be paused or cancelled again. A failure
         * ends the fetch. */
        (void)curl_easy_pause(fetch->easy, CURLPAUSE_CONT);
    }
}

static void run_errands(struct deferral *errand)
{
    struct client *client = LIST_OWNER(errand, struct client, errand);

    for (struct list *node; (node = list_pop(&client->todo)) != NULL;)
        act_on_request(LIST_OWNER(node, struct fetch, todo));
    if (client->is_alarm_due) {
        client->is_alarm_due = false;
        client_run_due(client);
    }
}

/* Queues the fetch for the end of the turn. */
static void queue_fetch(struct fetch *fetch)
{
    if (!list_is_linked(&fetch->todo))
        list_append(&fetch->client->todo, &fetch->todo);
    loop_defer(fetch->client->loop, &fetch->client->errand);
}

/* ---- the functions of client.h ---- */

struct client *client_new(struct loop *loop)
{
    ensure(loop != NULL);
    struct client *client = mem_zeroed(sizeof(*client));
    client->loop = loop;
    client->errand.run = run_errands;
    list_init(&client->fetches);
    list_init(&client->todo);
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    while (!list_is_empty(&client->fetches))
        fetch_free(LIST_OWNER(client->fetches.next, struct fetch, node));
    if (client->multi != NULL)
        (void)curl_multi_cleanup(client->multi); /* closes the kept connections */
    timer_stop(&client->alarm);
    loop_undefer(client->loop, &client->errand);
    free(client);
}

static void add_header(struct fetch *fetch, const char *line)
{
    struct curl_slist *longer = curl_slist_append(fetch->headers, line);

    if (longer == NULL)
        abort();
    fetch->headers = longer;
}

/* To curl, "name:" means that the header is not sent, and "name;" that it is empty. */
static void set_headers(struct fetch *fetch, const struct fetch_options *options)
{
    bool has_type = false;

    for (size_t i = 0; i < options->header_count; i++) {
        AUTO_BUF line = buf_with_limit(HEADERS_MAX_BYTES);
        const struct header *h = &options->headers[i];

        buf_append(&line, h->name);
        buf_append(&line, h->value.len > 0 ? STR(": ") : STR(";"));
        buf_append(&line, h->value);
        ensure(buf_ok(&line) && !str_has(buf_view(&line), '\n') && !str_has(buf_view(&line), '\r'));
        add_header(fetch, line.ptr);
        has_type = has_type || str_equal_nocase(h->name, STR("content-type"));
    }
    add_header(fetch, "Expect:"); /* RFC 9110 §10.1.1: it would cost a round trip */
    if (!has_type)
        add_header(fetch, "Content-Type:");
    (void)curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
}

static void set_method(CURL *easy, const struct fetch_options *options)
{
    if (options->body.len > 0 || options->method == POST) {
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)options->body.len);
        (void)curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
                               options->body.len > 0 ? options->body.ptr : "");
    }
    if (options->method == HEAD)
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (options->method != GET && options->method != POST)
        (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method_name(options->method));
}

/* Failures are ignored: curl checks the types when this is compiled, and without memory the fetch
 * fails. */
static void set_options(struct fetch *fetch, const struct fetch_options *options)
{
    CURL *easy = fetch->easy;
    uint64_t connect_ms = options->connect_ms > 0 ? options->connect_ms : CONNECT_DEFAULT_MS;

    (void)curl_easy_setopt(easy, CURLOPT_URL, options->url);
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "agentos/" AGENTOS_VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)FETCH_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's own answer */
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->total_ms);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_curl_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_data);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    set_method(easy, options);
    set_headers(fetch, options);
}

struct fetch *client_fetch(struct client *client, const struct fetch_options *options,
                           const struct fetch_events *events, void *user)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    ensure(options->url != NULL && events->on_head != NULL);
    ensure(events->on_data != NULL && events->on_end != NULL);
    if (client->multi == NULL)
        client_open_multi(client);
    if (fetch == NULL || (fetch->easy = curl_easy_init()) == NULL)
        abort();
    fetch->client = client;
    fetch->events = *events;
    fetch->egress = options->egress;
    fetch->user = user;
    fetch->silence.fire = check_silence;
    fetch->silence_ms = options->silence_ms > 0 ? options->silence_ms : SILENCE_DEFAULT_MS;
    set_options(fetch, options);
    list_append(&client->fetches, &fetch->node);
    queue_fetch(fetch);
    return fetch;
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch->is_ended)
        return;
    fetch->is_cancelled = true;
    timer_stop(&fetch->silence);
    queue_fetch(fetch);
}

void fetch_pause(struct fetch *fetch)
{
    fetch->is_paused = true;
}

void fetch_resume(struct fetch *fetch)
{
    if (!fetch->is_paused || fetch->is_ended)
        return;
    fetch->is_paused = false;
    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    if (fetch->is_held)
        queue_fetch(fetch);
}
