/* curl's multi interface on a loop. curl forbids most of its calls inside its own callbacks, so
 * whatever an event asks for (start, cancel, resume) is only noted there, and done at the end of
 * the turn. No redirects, no cookies, no HTTP/2: one connection carries one fetch at a time. */
#include "http/client.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/limits.h"
#include "http/response_head.h"
#include "loop/poll.h"
#include "loop/timer.h"

enum { CONNECT_DEFAULT_MS = 10 * 1000, SILENCE_DEFAULT_MS = 60 * 1000 };

struct client {
    struct loop *loop;
    CURLM *multi;           /* made by the first fetch: an idle process does not pay for it */
    struct list fetches;    /* all */
    struct list todo;       /* those to be started, resumed or dropped */
    struct timer alarm;     /* curl's */
    struct deferral errand; /* end of turn */
    bool is_alarm_due;
};

struct fetch {
    struct list node, todo;
    struct client *client;
    struct fetch_events events;
    void *user;
    CURL *easy;
    struct curl_slist *headers;
    struct response_head head;
    struct timer silence;
    uint64_t silence_ms, heard_ms;
    bool is_started, is_cancelled, is_ended;
    bool is_paused; /* as the user wants it */
    bool is_held;   /* as curl knows it: data wait inside */
    enum egress egress;
    bool is_forbidden; /* an address of its host was refused */
};

/* One of curl's sockets. */
struct watch {
    struct client *client;
    int fd;
    struct poll *poll;
};

/* ---- the end of a fetch ---- */

static void fetch_free(struct fetch *fetch)
{
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

static void fetch_end(struct fetch *fetch, agentos_status status, const char *reason)
{
    fetch->is_ended = true; /* so that cancelling inside on_end is harmless */
    if (!fetch->is_cancelled)
        fetch->events.on_end(fetch->user, status, reason);
    fetch_free(fetch);
}

struct outcome {
    CURLcode code;
    agentos_status status;
    const char *reason;
};

/* Our words, not curl's, which may quote the URL. */
static struct outcome outcome_of(CURLcode code)
{
    // clang-format off
    static const struct outcome known[] = {
        { CURLE_OK,                       AGENTOS_OK,       "" },
        { CURLE_COULDNT_RESOLVE_HOST,     AGENTOS_UPSTREAM, "the host name could not be resolved" },
        { CURLE_COULDNT_RESOLVE_PROXY,    AGENTOS_UPSTREAM, "the proxy's name could not be resolved" },
        { CURLE_COULDNT_CONNECT,          AGENTOS_UPSTREAM, "no connection could be made" },
        { CURLE_OPERATION_TIMEDOUT,       AGENTOS_TIMEOUT,  "the time for the whole answer has passed" },
        { CURLE_GOT_NOTHING,              AGENTOS_UPSTREAM, "the connection was closed without an answer" },
        { CURLE_PARTIAL_FILE,             AGENTOS_UPSTREAM, "the connection was closed before the end of the answer" },
        { CURLE_RECV_ERROR,               AGENTOS_UPSTREAM, "the answer is malformed" },
        { CURLE_SEND_ERROR,               AGENTOS_UPSTREAM, "the request could not be sent" },
        { CURLE_PEER_FAILED_VERIFICATION, AGENTOS_UPSTREAM, "the server's certificate is not trusted" },
        { CURLE_SSL_CONNECT_ERROR,        AGENTOS_UPSTREAM, "the TLS handshake failed" },
        { CURLE_SSL_CACERT_BADFILE,       AGENTOS_UPSTREAM, "the system's CA certificates cannot be read" },
        { CURLE_URL_MALFORMAT,            AGENTOS_UPSTREAM, "the URL is malformed" },
        { CURLE_UNSUPPORTED_PROTOCOL,     AGENTOS_UPSTREAM, "the URL is neither http nor https, or the answer not HTTP/1" },
        { CURLE_WEIRD_SERVER_REPLY,       AGENTOS_UPSTREAM, "the answer is not HTTP" },
        { CURLE_WRITE_ERROR,              AGENTOS_UPSTREAM, "the answer's headers are malformed or too large" },
        { CURLE_OUT_OF_MEMORY,            AGENTOS_UPSTREAM, "the answer's headers are malformed or too large" }, /* curl's word for a line over 100 KiB */
    };
    // clang-format on

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code)
            return known[i];
    return (struct outcome){ code, AGENTOS_UPSTREAM, curl_easy_strerror(code) };
}

/* Some need a second look: at the system's reason, and at which deadline has passed. */
static struct outcome outcome_of_fetch(const struct fetch *fetch, CURLcode code)
{
    struct outcome outcome = outcome_of(code);
    curl_off_t connected_us = 0, begun_us = 0;
    long cause = 0;

    (void)curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO,
                            &cause); /* leaves 0 where it has none */
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_PRETRANSFER_TIME_T, &begun_us);
    if (code == CURLE_COULDNT_CONNECT && cause == ECONNREFUSED)
        outcome.reason = "connection refused";
    if (code == CURLE_COULDNT_CONNECT && fetch->is_forbidden)
        outcome.reason = "the host's address is not one that may be called";
    if (cause == ECONNRESET || cause == EPIPE)
        outcome.reason = "the connection was reset";
    if (code == CURLE_OPERATION_TIMEDOUT && connected_us == 0 && begun_us == 0) /* 0, >0: kept */
        outcome = (struct outcome){ code, AGENTOS_UPSTREAM, "the connection took too long" };
    return outcome;
}

static void end_finished(struct client *client)
{
    int left;

    for (const CURLMsg *m; (m = curl_multi_info_read(client->multi, &left)) != NULL;) {
        struct fetch *fetch = NULL;

        if (m->msg != CURLMSG_DONE ||
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &fetch) != CURLE_OK)
            continue;
        struct outcome outcome = outcome_of_fetch(fetch, m->data.result);
        fetch_end(fetch, outcome.status, outcome.reason);
    }
}

/* ---- curl asks for timers and sockets ---- */

static void act(struct client *client, curl_socket_t fd, int bits)
{
    int running;

    /* Fails only when called from one of curl's callbacks, which never happens. */
    CURLMcode code = curl_multi_socket_action(client->multi, fd, bits, &running);
    assert(code == CURLM_OK);
    (void)code;
    end_finished(client);
}

static void ring(struct timer *alarm)
{
    act(LIST_OWNER(alarm, struct client, alarm), CURL_SOCKET_TIMEOUT, 0);
}

/* 0 means now, and is asked for at every start: the end of the turn is sooner than the wheel. */
static int on_curl_timer(CURLM *multi, long delay_ms, void *user)
{
    struct client *client = user;

    (void)multi;
    timer_stop(&client->alarm);
    client->is_alarm_due = delay_ms == 0;
    if (delay_ms == 0)
        loop_defer(client->loop, &client->errand);
    else if (delay_ms > 0)
        timer_start(client->loop, &client->alarm, (uint64_t)delay_ms);
    return 0;
}

/* curl is not told of POLL_FAILED as such: by reading and writing it learns the cause. */
static void on_ready(void *user, int bits)
{
    const struct watch *watch = user;

    act(watch->client, watch->fd,
        (bits & (POLL_READ | POLL_FAILED) ? CURL_CSELECT_IN : 0) |
            (bits & (POLL_WRITE | POLL_FAILED) ? CURL_CSELECT_OUT : 0));
}

static struct watch *watch_socket(struct client *client, curl_socket_t fd)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        abort();
    *watch = (struct watch){ .client = client, .fd = fd };
    watch->poll = poll_new(client->loop, fd, on_ready, watch);
    (void)curl_multi_assign(client->multi, fd,
                            watch); /* fails only for a socket curl does not know */
    return watch;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct watch *watch = socket_user;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL)
            poll_free(watch->poll);
        free(watch);
        return 0;
    }
    if (watch == NULL)
        watch = watch_socket(user, fd);
    poll_want(watch->poll,
              (what & CURL_POLL_IN ? POLL_READ : 0) | (what & CURL_POLL_OUT ? POLL_WRITE : 0));
    return 0;
}

/* The address is final here: curl connects to it and asks no resolver again. */
static curl_socket_t on_curl_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetch *fetch = user;

    (void)purpose; /* there is only one */
    if (egress_allows(fetch->egress, &address->addr))
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    fetch->is_forbidden = true;
    return CURL_SOCKET_BAD;
}

/* ---- curl brings bytes ---- */

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

    /* A paused fetch is silent by our own wish; resuming counts as a sign of life. */
    if (fetch->is_paused)
        timer_start(fetch->client->loop, timer, fetch->silence_ms);
    else if (silent_ms < fetch->silence_ms)
        timer_start(fetch->client->loop, timer, fetch->silence_ms - silent_ms);
    else
        fetch_end(fetch, AGENTOS_TIMEOUT, "no byte came for too long");
}

/* ---- errands at the end of a turn ---- */

static void start(struct fetch *fetch)
{
    fetch->is_started = true;
    fetch->heard_ms = loop_now_ms(fetch->client->loop);
    timer_start(fetch->client->loop, &fetch->silence, fetch->silence_ms);
    /* Fails only for a handle that was added before. */
    CURLMcode code = curl_multi_add_handle(fetch->client->multi, fetch->easy);
    assert(code == CURLM_OK);
    (void)code;
}

static void attend(struct fetch *fetch)
{
    if (fetch->is_cancelled) {
        fetch_free(fetch);
    } else if (!fetch->is_started) {
        start(fetch);
    } else if (fetch->is_held && !fetch->is_paused) {
        fetch->is_held = false;
        /* Brings what was kept, and may so pause or cancel the fetch again. A failure shows as its
         * end. */
        (void)curl_easy_pause(fetch->easy, CURLPAUSE_CONT);
    }
}

static void run_errands(struct deferral *errand)
{
    struct client *client = LIST_OWNER(errand, struct client, errand);

    for (struct list *node; (node = list_pop(&client->todo)) != NULL;)
        attend(LIST_OWNER(node, struct fetch, todo));
    if (client->is_alarm_due) {
        client->is_alarm_due = false;
        act(client, CURL_SOCKET_TIMEOUT, 0);
    }
}

static void call_attention(struct fetch *fetch)
{
    if (!list_is_linked(&fetch->todo))
        list_append(&fetch->client->todo, &fetch->todo);
    loop_defer(fetch->client->loop, &fetch->client->errand);
}

/* ---- what the header promises ---- */

static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* no memory, or a broken OpenSSL */
}

static void open_multi(struct client *client)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, init_curl); /* cannot fail with a valid control */
    client->multi = curl_multi_init();
    if (client->multi == NULL)
        abort();
    /* Options curl knows since long before the version the build asks for. */
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
}

struct client *client_new(struct loop *loop)
{
    struct client *client = calloc(1, sizeof(*client));

    if (client == NULL)
        abort();
    client->loop = loop;
    client->alarm.fire = ring;
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

/* curl takes "name:" for "do not send it", and "name;" for an empty one. */
static void set_headers(struct fetch *fetch, const struct fetch_options *options)
{
    bool has_type = false;

    for (size_t i = 0; i < options->header_count; i++) {
        AUTO_BUF line = buf_with_limit(HEADERS_MAX_BYTES);
        const struct header *h = &options->headers[i];

        buf_append(&line, h->name);
        buf_append(&line, h->value.len > 0 ? STR(": ") : STR(";"));
        buf_append(&line, h->value);
        assert(buf_ok(&line) && !str_has(buf_view(&line), '\n') && !str_has(buf_view(&line), '\r'));
        add_header(fetch, line.ptr);
        has_type = has_type || str_equal_nocase(h->name, STR("content-type"));
    }
    add_header(fetch,
               "Expect:"); /* RFC 9110 §10.1.1: it costs a round trip, and few servers gain by it */
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

/* curl checks the type of each argument at compile time; a failure can only be a lack of memory,
 * which shows as a failing fetch. */
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
    if (options->egress == EGRESS_LOOPBACK) /* a proxy of the environment's is elsewhere */
        (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
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

    if (client->multi == NULL)
        open_multi(client);
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
    call_attention(fetch);
    return fetch;
}

void fetch_cancel(struct fetch *fetch)
{
    if (fetch->is_ended)
        return;
    fetch->is_cancelled = true;
    timer_stop(&fetch->silence);
    call_attention(fetch);
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
        call_attention(fetch);
}
