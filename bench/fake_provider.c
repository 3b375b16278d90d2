/* A model provider that costs nothing: the Responses API and Chat Completions on our own loop and
 * HTTP server, with events shaped as OpenAI's are. How it answers is set by options, or by the name
 * of the model that is asked for (see `moods`). For benchmarks and tests; it knows no keys and no
 * limits. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/limits.h"
#include "base/mem.h"
#include "fake_dialect.h"
#include "http/server.h"
#include "loop/timer.h"
#include "json/parse.h"

enum { PROVIDER_LOOPS_MAX = 16, SLOW_MS = 1000, BREAK_OFF_MS = 10 };

static struct {
    uint16_t port;
    int64_t loops, deltas, interval_ms, first_ms, size_bytes;
} option = { .loops = 1, .deltas = 20, .size_bytes = 5 };

/* ---- a stream: paced by a timer, or as fast as the reader takes it ---- */

struct stream {
    struct exchange *exchange;
    const struct dialect *dialect;
    struct timer timer;
    int64_t left; /* deltas */
    uint64_t interval_ms;
    bool breaks_off; /* instead of closing */
    bool is_endless; /* one line without end */
};

static void end_stream(struct stream *s)
{
    timer_stop(&s->timer);
    if (s->breaks_off) {
        exchange_abort(s->exchange);
        return;
    }
    exchange_send(s->exchange, buf_view(&s->dialect->closing_frames));
    exchange_end(s->exchange);
}

static void send_one(struct stream *s)
{
    static const char line[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

    if (s->is_endless) {
        exchange_send(s->exchange, STR("data: "));
        for (size_t sent = 0; sent < 16 * KiB; sent += sizeof(line))
            exchange_send(s->exchange, str_of(line));
        return;
    }
    exchange_send(s->exchange, buf_view(&s->dialect->delta_frame));
    s->left--;
}

static void go_on(struct stream *s)
{
    while (s->left > 0 && exchange_queued(s->exchange) < OUTPUT_HIGH_BYTES) {
        send_one(s);
        if (s->interval_ms > 0)
            break;
    }
    if (s->left == 0 && s->breaks_off && exchange_queued(s->exchange) > 0)
        timer_start(exchange_loop(s->exchange), &s->timer,
                    BREAK_OFF_MS); /* let the client see the rest */
    else if (s->left == 0)
        end_stream(s);
    else if (s->interval_ms > 0)
        timer_start(exchange_loop(s->exchange), &s->timer, s->interval_ms);
}

static void on_time(struct timer *timer)
{
    go_on(LIST_OWNER(timer, struct stream, timer));
}

static void on_drained(struct exchange *exchange, void *user)
{
    struct stream *s = user;

    (void)exchange;
    if (s->interval_ms == 0 && !list_is_linked(&s->timer.node))
        go_on(s);
}

static void on_gone(struct exchange *exchange, void *user)
{
    struct stream *s = user;

    (void)exchange;
    timer_stop(&s->timer);
}

static struct stream *begin_stream(struct exchange *exchange, const struct dialect *dialect)
{
    struct stream *s = arena_alloc(exchange_arena(exchange), sizeof(*s));
    const struct reply head = { .status = 200,
                                .content_type = "text/event-stream; charset=utf-8",
                                .body = buf_view(&dialect->opening_frames) };

    *s = (struct stream){ .exchange = exchange,
                          .dialect = dialect,
                          .left = option.deltas,
                          .interval_ms = (uint64_t)option.interval_ms,
                          .timer.fire = on_time };
    exchange_begin(exchange, &head);
    exchange_watch(exchange, on_gone, on_drained, s);
    return s;
}

static void run_stream(struct stream *s)
{
    if (option.first_ms > 0)
        timer_start(exchange_loop(s->exchange), &s->timer, (uint64_t)option.first_ms);
    else
        go_on(s);
}

/* ---- moods: what else a provider may do ---- */

struct question {
    struct exchange *exchange;
    const struct dialect *dialect;
    bool wants_stream;
};

static void reply(const struct question *q, int status, const char *type, str body)
{
    exchange_reply(q->exchange,
                   &(struct reply){ .status = status, .content_type = type, .body = body });
}

static void answer(const struct question *q)
{
    if (q->wants_stream)
        run_stream(begin_stream(q->exchange, q->dialect));
    else
        reply(q, 200, "application/json", buf_view(&q->dialect->whole_body));
}

static void answer_429(const struct question *q)
{
    static const struct header retry_after = { STR_INIT("retry-after"), STR_INIT("0") };

    exchange_reply(q->exchange,
                   &(struct reply){ .status = 429,
                                    .content_type = "application/json",
                                    .headers = &retry_after,
                                    .header_count = 1,
                                    .body = STR("{\"error\":{\"message\":\"Rate limit reached\","
                                                "\"code\":\"rate_limit_exceeded\"}}") });
}

/* Every other time. */
static void answer_500_then_ok(const struct question *q)
{
    static atomic_uint asked;

    if (atomic_fetch_add(&asked, 1) % 2 == 0)
        reply(q, 500, "application/json",
              STR("{\"error\":{\"message\":\"The server had an error\"}}"));
    else
        answer(q);
}

static void answer_html(const struct question *q)
{
    reply(q, 200, "text/html", STR("<!DOCTYPE html><html><body>Welcome</body></html>"));
}

static void answer_garbage(const struct question *q)
{
    struct stream *s = begin_stream(q->exchange, q->dialect);

    exchange_send(s->exchange, STR("data: }{ \xFF\xFE garbage\n\n"));
    run_stream(s);
}

static void answer_endlessly(const struct question *q)
{
    struct stream *s = begin_stream(q->exchange, q->dialect);

    s->is_endless = true;
    s->interval_ms = 0;
    run_stream(s);
}

static void answer_half(const struct question *q)
{
    struct stream *s = begin_stream(q->exchange, q->dialect);

    s->breaks_off = true;
    s->left = (s->left + 1) / 2;
    run_stream(s);
}

static void answer_slowly(const struct question *q)
{
    struct stream *s = begin_stream(q->exchange, q->dialect);

    s->interval_ms = SLOW_MS;
    run_stream(s);
}

static const struct {
    const char *model;
    void (*answer)(const struct question *q);
} moods[] = {
    { "fail-429", answer_429 },
    { "fail-500-then-ok", answer_500_then_ok },
    { "html", answer_html },
    { "garbage", answer_garbage },
    { "endless-line", answer_endlessly },
    { "close-mid-stream", answer_half },
    { "slow", answer_slowly },
};

static void answer_in_mood(const struct question *q, const char *model)
{
    for (size_t i = 0; model != NULL && i < COUNT(moods); i++)
        if (strcmp(moods[i].model, model) == 0) {
            moods[i].answer(q);
            return;
        }
    answer(q);
}

/* ---- requests ---- */

static void on_body(struct exchange *exchange, void *user)
{
    const struct request *request = exchange_request(exchange);
    struct question q = { .exchange = exchange, .dialect = user };
    const json_t *said = NULL;
    agentos_error err;

    if (json_parse(exchange_arena(exchange), request->body, &said, &err) != AGENTOS_OK) {
        reply(&q, 400, "application/json", STR("{\"error\":{\"message\":\"not JSON\"}}"));
        return;
    }
    q.wants_stream = json_is_true(json_object_get(said, "stream"));
    answer_in_mood(&q, json_text(said, "model"));
}

static void on_request(struct exchange *exchange, void *user)
{
    const struct request *request = exchange_request(exchange);
    struct question q = { .exchange = exchange };

    (void)user;
    for (size_t i = 0; i < FAKE_DIALECTS; i++)
        if (request->method == POST && str_equal(request->path, str_of(fake_dialects[i].path))) {
            exchange_read_body(exchange, PROVIDER_BODY_MAX_BYTES, on_body, &fake_dialects[i]);
            return;
        }
    reply(&q, 404, "application/json", STR("{\"error\":{\"message\":\"Not Found\"}}"));
}

/* ---- loops ---- */

struct station {
    struct loop *loop;
    struct server *server;
    pthread_t thread;
};

static struct station stations[PROVIDER_LOOPS_MAX];

static void stop_all(int signum, void *user)
{
    (void)signum;
    (void)user;
    for (int64_t i = 0; i < option.loops; i++)
        loop_stop(stations[i].loop);
}

static void *run_station(void *station)
{
    loop_run(((struct station *)station)->loop);
    return NULL;
}

/* The first loop picks the port where none was given; the others share it. */
MUST_USE static agentos_status open_station(struct station *station, agentos_error *err)
{
    const struct server_options options = { .host = "127.0.0.1",
                                            .port = option.port,
                                            .reuse_port = option.loops > 1,
                                            .on_request = on_request };

    TRY(loop_new(&station->loop, err));
    TRY(server_open(station->loop, &options, &station->server, err));
    option.port = server_port(station->server);
    return AGENTOS_OK;
}

MUST_USE static agentos_status open_all(agentos_error *err)
{
    for (int64_t i = 0; i < option.loops; i++)
        TRY(open_station(&stations[i], err));
    TRY(loop_on_signal(stations[0].loop, SIGTERM, stop_all, NULL, err));
    return loop_on_signal(stations[0].loop, SIGINT, stop_all, NULL, err);
}

static void run_all(void)
{
    for (int64_t i = 1; i < option.loops; i++)
        if (pthread_create(&stations[i].thread, NULL, run_station, &stations[i]) != 0)
            abort();
    (void)run_station(&stations[0]);
    for (int64_t i = 1; i < option.loops; i++)
        (void)pthread_join(stations[i].thread, NULL); /* it was created, and is joined once */
}

static void close_all(void)
{
    for (int64_t i = 0; i < option.loops; i++) {
        server_free(stations[i].server);
        loop_free(stations[i].loop);
    }
    fake_forget();
}

/* ---- options ---- */

static const struct option long_options[] = {
    { "port", required_argument, NULL, 'p' },
    { "loops", required_argument, NULL, 'l' },
    { "deltas", required_argument, NULL, 'd' },
    { "interval-ms", required_argument, NULL, 'i' },
    { "first-ms", required_argument, NULL, 'f' },
    { "size", required_argument, NULL, 's' },
    { NULL, 0, NULL, 0 },
};

/* Where a number goes, and its bounds. */
static bool set_option(int letter, int64_t value)
{
    static const struct {
        int letter;
        int64_t *target, least, most;
    } numbers[] = {
        { 'l', &option.loops, 1, PROVIDER_LOOPS_MAX }, { 'd', &option.deltas, 1, 100000 },
        { 'i', &option.interval_ms, 0, 3600000 },      { 'f', &option.first_ms, 0, 3600000 },
        { 's', &option.size_bytes, 1, 64 * KiB },
    };

    if (letter == 'p' && value >= 0 && value <= UINT16_MAX) {
        option.port = (uint16_t)value;
        return true;
    }
    for (size_t i = 0; i < COUNT(numbers); i++)
        if (numbers[i].letter == letter && value >= numbers[i].least && value <= numbers[i].most) {
            *numbers[i].target = value;
            return true;
        }
    return false;
}

static bool read_options(int argc, char **argv)
{
    int letter;

    while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        int64_t value;

        if (optarg == NULL || !str_to_int(str_of(optarg), &value) || !set_option(letter, value))
            return false;
    }
    return optind == argc;
}

/* Thousands of streams need thousands of descriptors. */
static void raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* then it stays as it is */
    }
}

int main(int argc, char **argv)
{
    agentos_error err = { 0 };

    if (!read_options(argc, argv)) {
        (void)fprintf(stderr,
                      "usage: fake_provider [--port P] [--loops N] [--deltas N] [--interval-ms N] "
                      "[--first-ms N] [--size BYTES]\n");
        return 2;
    }
    raise_limit();
    fake_render(option.deltas, option.size_bytes);
    if (open_all(&err) != AGENTOS_OK) {
        (void)fprintf(stderr, "fake_provider: %s\n", err.message);
        return 1;
    }
    (void)printf("listening on %d\n", option.port);
    (void)fflush(stdout);
    run_all();
    close_all();
    return 0;
}
