/* The HTTP client: each fetch is an outgoing request with its own curl handle. */
#include "http/client.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "http/client_internal.h"

enum { CONNECT_DEFAULT_MS = 10 * 1000, SILENCE_DEFAULT_MS = 60 * 1000 };

/* ---- the end of a fetch ---- */

/* Stops the transfer and frees the fetch. Must not be called from a callback of curl. */
static void fetch_free(struct fetch *fetch)
{
    ensure(list_is_linked(&fetch->node)); /* in the client's list */
    list_remove(&fetch->node);
    list_remove(&fetch->todo);
    timer_stop(&fetch->silence);
    if (fetch->is_started)
        (void)curl_multi_remove_handle(fetch->client->multi,
                                       fetch->easy); /* cannot fail: it was added */
    curl_easy_cleanup(fetch->easy);
    curl_slist_free_all(fetch->headers);
    response_head_clear(&fetch->head);
    free(fetch);
}

/* Reports the end of the fetch, unless it was cancelled, and frees the fetch. */
void fetch_end(struct fetch *fetch, agentos_status status, const char *reason)
{
    ensure(!fetch->is_ended);
    ensure(reason != NULL);
    fetch->is_ended = true; /* so that cancelling inside on_end is harmless */
    if (!fetch->is_cancelled)
        fetch->events.on_end(fetch->user, status, reason);
    fetch_free(fetch);
}

/* ---- callbacks of curl ---- */

/* Opens a socket if egress allows the address, to which curl then connects without resolving
 * again. */
static curl_socket_t on_curl_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = user;

    (void)purpose; /* curl connects only: it never listens here */
    if (egress_allows(fetch->egress, &address->addr))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    fetch->is_forbidden = true;
    return CURL_SOCKET_BAD;
}

/* Reads a header line, and reports the head once it is complete. */
static size_t on_curl_header(char *bytes, size_t size, size_t count, void *user)
{
    struct fetch *fetch = user;
    str line = { bytes, size * count };

    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    if (fetch->is_cancelled || !response_head_line(&fetch->head, line))
        return 0; /* makes curl end the transfer */
    if (response_head_is_new(&fetch->head)) {
        struct headers headers = { fetch->head.all, fetch->head.count };

        fetch->events.on_head(fetch->user, fetch->head.status, &headers);
        response_head_clear(&fetch->head);
    }
    return line.len;
}

/* Reports a piece of the body, which curl keeps while the fetch is paused. */
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

/* Ends the fetch if nothing was received for silence_ms; otherwise restarts the timer. */
static void check_silence(struct timer *timer)
{
    struct fetch *fetch = LIST_OWNER(timer, struct fetch, silence);
    ensure(fetch->is_started && !fetch->is_cancelled);
    uint64_t silent_ms = loop_now_ms(fetch->client->loop) - fetch->heard_ms;

    /* A paused fetch is silent on purpose. */
    if (fetch->is_paused)
        timer_start(fetch->client->loop, timer, fetch->silence_ms);
    else if (silent_ms < fetch->silence_ms)
        timer_start(fetch->client->loop, timer, fetch->silence_ms - silent_ms);
    else
        fetch_end(fetch, AGENTOS_TIMEOUT, "no byte came for too long");
}

/* ---- work at the end of a turn ---- */

/* Hands the fetch to curl and starts the silence timer. */
static void start_fetch(struct fetch *fetch)
{
    ensure(!fetch->is_started && !fetch->is_cancelled);
    fetch->is_started = true;
    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    timer_start(fetch->client->loop, &fetch->silence, fetch->silence_ms);
    /* Fails only for a handle that was added before. */
    CURLMcode code = curl_multi_add_handle(fetch->client->multi, fetch->easy);
    ensure(code == CURLM_OK);
}

/* Cancels, starts or resumes the fetch, as requested during the turn. */
static void act_on_request(struct fetch *fetch)
{
    ensure(!fetch->is_ended);
    if (fetch->is_cancelled) {
        fetch_free(fetch);
    } else if (!fetch->is_started) {
        start_fetch(fetch);
    } else if (fetch->is_held && !fetch->is_paused) {
        fetch->is_held = false;
        /* Calls on_curl_data with the piece that curl has kept, so the fetch may be paused or
         * cancelled again. If this fails, curl ends the fetch. */
        (void)curl_easy_pause(fetch->easy, CURLPAUSE_CONT);
    }
}

/* Runs at the end of the turn, outside of curl's callbacks: handles queued fetches and curl's
 * timer. */
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

/* Creates a client. The first fetch initializes curl. */
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

/* Cancels all fetches without an event, closes the connections, and frees the client. */
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

/* Appends a copy of the line to the headers. */
static void add_header(struct fetch *fetch, const char *line)
{
    struct curl_slist *longer = curl_slist_append(fetch->headers, line);

    if (longer == NULL)
        abort();
    fetch->headers = longer;
}

/* Sets the headers. To curl, "name:" removes a header and "name;" sends it empty. */
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
        add_header(fetch, "Content-Type:"); /* else curl would add one to a POST */
    (void)curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->headers);
}

/* Sets the method and copies the body. */
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

/* Sets the callbacks for sockets, headers and the body. */
static void set_callbacks(CURL *easy, struct fetch *fetch)
{
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_curl_open);
    (void)curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_curl_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_curl_data);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
}

/* Sets the trusted certificate authorities: those in the options, otherwise the system's. */
static void set_authorities(struct fetch *fetch, const struct fetch_options *options)
{
    fetch->has_authorities = options->authorities != NULL;
    fetch->authorities_option = options->authorities_option;
    if (options->authorities != NULL) {
        struct curl_blob pem = {
            .data = (void *)(uintptr_t)options->authorities, /* curl copies it */
            .len = strlen(options->authorities),
            .flags = CURL_BLOB_COPY,
        };
        CURLcode code = curl_easy_setopt(fetch->easy, CURLOPT_CAINFO_BLOB, &pem);

        ensure(code ==
               CURLE_OK); /* else the system's would count; only a libcurl without OpenSSL */
        (void)curl_easy_setopt(fetch->easy, CURLOPT_CAPATH, NULL); /* the system's folder */
    } else if (fetch->client->ca_file != NULL) {
        (void)curl_easy_setopt(fetch->easy, CURLOPT_CAINFO, fetch->client->ca_file);
    }
}

/* Sets the options of the curl handle. Types are checked at compile time; out of memory fails the
 * fetch. */
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
    set_authorities(fetch, options);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)FETCH_BUFFER_BYTES);
    (void)curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's own answer */
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->total_ms);
    set_callbacks(easy, fetch);
    set_method(easy, options);
    set_headers(fetch, options);
}

/* Creates a fetch that is not queued yet. */
static struct fetch *fetch_new(struct client *client, const struct fetch_options *options,
                               const struct fetch_events *events, void *user)
{
    ensure(options->url != NULL);
    ensure(options->headers != NULL || options->header_count == 0);
    ensure(events->on_head != NULL && events->on_data != NULL && events->on_end != NULL);
    struct fetch *fetch = mem_zeroed(sizeof(*fetch));

    fetch->easy = curl_easy_init();
    if (fetch->easy == NULL)
        abort(); /* no memory */
    fetch->client = client;
    fetch->events = *events;
    fetch->egress = options->egress;
    fetch->user = user;
    fetch->silence.fire = check_silence;
    fetch->silence_ms = options->silence_ms > 0 ? options->silence_ms : SILENCE_DEFAULT_MS;
    set_options(fetch, options);
    return fetch;
}

/* Starts a fetch at the end of the turn. It frees itself after on_end. */
struct fetch *client_fetch(struct client *client, const struct fetch_options *options,
                           const struct fetch_events *events, void *user)
{
    if (client->multi == NULL)
        client_open_multi(client);
    struct fetch *fetch = fetch_new(client, options, events, user);

    list_append(&client->fetches, &fetch->node);
    queue_fetch(fetch);
    return fetch;
}

/* Cancels the fetch without an event. It is freed at the end of the turn. */
void fetch_cancel(struct fetch *fetch)
{
    if (fetch->is_ended)
        return;
    fetch->is_cancelled = true;
    timer_stop(&fetch->silence);
    queue_fetch(fetch);
}

/* Stops on_data until fetch_resume. */
void fetch_pause(struct fetch *fetch)
{
    fetch->is_paused = true;
}

/* Resumes a paused fetch. Data that curl has kept is reported at the end of the turn. */
void fetch_resume(struct fetch *fetch)
{
    if (!fetch->is_paused || fetch->is_ended)
        return;
    fetch->is_paused = false;
    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    if (fetch->is_held)
        queue_fetch(fetch);
}
