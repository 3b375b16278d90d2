/* Load from clients that stream: N connections, each posting the same form and reading the events
 * of its run to the end, once or again and again. Prints one line of JSON. One thread, epoll, no
 * TLS; it trusts that a frame of the server is not split inside a line by chunk framing. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 40, READ_MAX_BYTES = 256 * 1024, CONNECTING_MAX = 256 };

enum phase { PHASE_IDLE, PHASE_CONNECTING, PHASE_WAITING, PHASE_STREAMING };

struct stream {
    int fd;
    enum phase phase;
    bool ended;  /* the last event was seen; the end of the body may still come */
    bool failed; /* ... and it was not the one that means success */
    int64_t sent_us;
    char line[LINE_MAX_BYTES]; /* the beginning of the line being read */
    size_t line_len;
    char tail[5]; /* the last bytes read: the end of a chunked body is "0\r\n\r\n" */
};

static struct {
    uint16_t port;
    size_t streams;
    int64_t seconds; /* 0: each stream runs once */
    int64_t ramp_ms; /* the streams begin evenly over this time; 0: all at once */
    const char *path, *body, *type, *token_file, *first, *last;
} option = { .streams = 1,
             .path = "/agents/echo/runs",
             .body = "message=hello",
             .type = "application/x-www-form-urlencoded",
             .first = "RunContent",
             .last = "RunCompleted" };

static struct {
    uint64_t runs, failed, events, bytes;
    size_t open, open_peak, connecting, begun;
    uint32_t *first_us; /* the delay to the first word, of each run */
    size_t first_count, first_room;
} tally;

static int poll_fd;
static char *request;
static size_t request_len;
static int64_t deadline_us;

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void read_token(char *token, size_t room)
{
    FILE *file = option.token_file != NULL ? fopen(option.token_file, "r") : NULL;

    token[0] = '\0';
    if (option.token_file != NULL && file == NULL)
        die(option.token_file);
    if (file == NULL)
        return;
    if (fgets(token, (int)room, file) == NULL)
        die(option.token_file);
    token[strcspn(token, "\r\n")] = '\0';
    (void)fclose(file);
}

static void make_request(void)
{
    char token[16 * 1024];
    size_t room = sizeof(token) + strlen(option.path) + strlen(option.body) + 512;

    read_token(token, sizeof(token));
    request = malloc(room);
    if (request == NULL)
        die("malloc");
    int len = snprintf(request, room,
                       "POST %s HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer %s\r\n"
                       "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                       option.path, (unsigned)option.port, token, option.type, strlen(option.body),
                       option.body);
    request_len = (size_t)len;
}

static void watch(struct stream *s, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = s };
    if (epoll_ctl(poll_fd, operation, s->fd, &event) != 0)
        die("epoll_ctl");
}

static void stream_open(struct stream *s)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(option.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    *s = (struct stream){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) };
    if (s->fd < 0)
        die("socket");
    s->phase = PHASE_CONNECTING;
    tally.connecting++;
    /* The outcome is asked for when the socket becomes writable. */
    (void)connect(s->fd, (const struct sockaddr *)&address, sizeof(address));
    watch(s, EPOLL_CTL_ADD, EPOLLOUT);
}

static void stream_close(struct stream *s)
{
    if (s->phase == PHASE_CONNECTING)
        tally.connecting--;
    if (s->phase == PHASE_STREAMING)
        tally.open--;
    if (s->phase != PHASE_IDLE)
        (void)close(s->fd);
    s->phase = PHASE_IDLE;
}

static void stream_send(struct stream *s)
{
    s->sent_us = now_us();
    s->ended = s->failed = false;
    s->line_len = 0;
    /* A request is smaller than any socket buffer: a short write is a broken connection. */
    if (write(s->fd, request, request_len) != (ssize_t)request_len) {
        tally.failed++;
        stream_close(s);
        return;
    }
    s->phase = PHASE_WAITING;
}

static void note_first(struct stream *s)
{
    if (s->phase != PHASE_WAITING)
        return;
    s->phase = PHASE_STREAMING;
    tally.begun++;
    tally.open++;
    if (tally.open > tally.open_peak)
        tally.open_peak = tally.open;
    if (tally.first_count == tally.first_room) {
        tally.first_room = tally.first_room > 0 ? 2 * tally.first_room : 1024;
        tally.first_us = realloc(tally.first_us, tally.first_room * sizeof(uint32_t));
        if (tally.first_us == NULL)
            die("realloc");
    }
    tally.first_us[tally.first_count++] = (uint32_t)(now_us() - s->sent_us);
    if (tally.begun == option.streams)
        (void)fprintf(stderr, "all streams have begun\n");
}

static bool is_event(const struct stream *s, const char *name)
{
    size_t len = strlen(name);
    return s->line_len >= 7 + len && memcmp(s->line + 7, name, len) == 0 &&
           (s->line_len == 7 + len || s->line[7 + len] == '\r');
}

static void end_line(struct stream *s)
{
    if (s->line_len > 7 && memcmp(s->line, "event: ", 7) == 0) {
        tally.events++;
        if (is_event(s, option.first))
            note_first(s);
        if (is_event(s, option.last))
            s->ended = true;
        if (is_event(s, "RunError") || is_event(s, "RunCancelled"))
            s->ended = s->failed = true;
    }
    s->line_len = 0;
}

static void take_bytes(struct stream *s, const char *bytes, size_t len)
{
    size_t kept = len < sizeof(s->tail) ? len : sizeof(s->tail);

    memmove(s->tail, s->tail + kept, sizeof(s->tail) - kept);
    memcpy(s->tail + sizeof(s->tail) - kept, bytes + len - kept, kept);
    while (len > 0) {
        const char *newline = memchr(bytes, '\n', len);
        size_t part = newline != NULL ? (size_t)(newline - bytes) : len;
        size_t room = LINE_MAX_BYTES - s->line_len;

        memcpy(s->line + s->line_len, bytes, part < room ? part : room);
        s->line_len += part < room ? part : room;
        if (newline == NULL)
            return;
        end_line(s);
        bytes += part + 1;
        len -= part + 1;
    }
}

static void end_run(struct stream *s)
{
    if (s->failed || !s->ended)
        tally.failed++;
    else
        tally.runs++;
    if (s->phase == PHASE_STREAMING)
        tally.open--;
    s->phase = PHASE_WAITING;
    if (option.seconds > 0 && now_us() < deadline_us)
        stream_send(s);
    else
        stream_close(s);
}

static void stream_read(struct stream *s)
{
    static char bytes[READ_MAX_BYTES];
    ssize_t len = read(s->fd, bytes, sizeof(bytes));

    if (len < 0 && errno == EAGAIN)
        return;
    if (len <= 0) { /* closed: fine only after the last event */
        if (s->ended && !s->failed)
            tally.runs++;
        else
            tally.failed++;
        stream_close(s);
        return;
    }
    tally.bytes += (uint64_t)len;
    take_bytes(s, bytes, (size_t)len);
    if (memcmp(s->tail, "0\r\n\r\n", sizeof(s->tail)) == 0)
        end_run(s);
}

static void stream_turn(struct stream *s)
{
    int fault = 0;
    socklen_t size = sizeof(fault);

    if (s->phase != PHASE_CONNECTING) {
        stream_read(s);
        return;
    }
    (void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    if (fault != 0) {
        tally.failed++;
        stream_close(s);
        return;
    }
    tally.connecting--;
    watch(s, EPOLL_CTL_MOD, EPOLLIN);
    stream_send(s);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t percentile(size_t percent)
{
    return tally.first_count > 0 ? tally.first_us[(tally.first_count - 1) * percent / 100] : 0;
}

static void report(int64_t took_us)
{
    struct rusage use;

    (void)getrusage(RUSAGE_SELF, &use);
    qsort(tally.first_us, tally.first_count, sizeof(uint32_t), by_size);
    printf("{\"runs\": %" PRIu64 ", \"failed\": %" PRIu64 ", \"events\": %" PRIu64
           ", \"bytes\": %" PRIu64
           ", \"seconds\": %.3f, \"open_peak\": %zu, \"first_p50_us\": %" PRIu32
           ", \"first_p99_us\": %" PRIu32 ", \"first_max_us\": %" PRIu32
           ", \"client_cpu_s\": %.3f}\n",
           tally.runs, tally.failed, tally.events, tally.bytes, (double)took_us / 1e6,
           tally.open_peak, percentile(50), percentile(99), percentile(100),
           (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
               (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
}

/* How many streams should have begun by now. */
static size_t due(int64_t began_us)
{
    int64_t passed_us = now_us() - began_us, ramp_us = option.ramp_ms * 1000;

    if (passed_us >= ramp_us)
        return option.streams;
    return (size_t)(passed_us * (int64_t)option.streams / ramp_us) + 1;
}

static void run_streams(struct stream *streams, int64_t began_us)
{
    struct epoll_event events[512];
    size_t opened = 0;
    int64_t give_up_us = deadline_us + (int64_t)120 * 1000000;

    for (size_t live = 1; live > 0 && now_us() < give_up_us;) {
        size_t wanted = due(began_us);
        while (opened < wanted && tally.connecting < CONNECTING_MAX)
            stream_open(&streams[opened++]);
        int count = epoll_wait(poll_fd, events, 512, wanted < option.streams ? 1 : 100);
        for (int i = 0; i < count; i++)
            stream_turn(events[i].data.ptr);
        live = option.streams - opened;
        for (size_t i = 0; live == 0 && i < opened; i++)
            live = streams[i].phase != PHASE_IDLE;
    }
}

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        { "port", required_argument, NULL, 'p' },
        { "streams", required_argument, NULL, 'n' },
        { "seconds", required_argument, NULL, 's' },
        { "ramp-ms", required_argument, NULL, 'r' },
        { "path", required_argument, NULL, 'u' },
        { "body", required_argument, NULL, 'b' },
        { "type", required_argument, NULL, 't' },
        { "token-file", required_argument, NULL, 'k' },
        { "first", required_argument, NULL, 'f' },
        { "last", required_argument, NULL, 'l' },
        { NULL, 0, NULL, 0 },
    };

    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'p': option.port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'n': option.streams = strtoul(optarg, NULL, 10); break;
        case 's': option.seconds = strtol(optarg, NULL, 10); break;
        case 'r': option.ramp_ms = strtol(optarg, NULL, 10); break;
        case 'u': option.path = optarg; break;
        case 'b': option.body = optarg; break;
        case 't': option.type = optarg; break;
        case 'k': option.token_file = optarg; break;
        case 'f': option.first = optarg; break;
        case 'l': option.last = optarg; break;
        default: exit(2);
        }
    }
    if (option.port == 0 || option.streams == 0) {
        (void)fprintf(stderr, "usage: sse_load --port P [--streams N] [--seconds S] [--ramp-ms N] "
                              "[--path P] [--body B]"
                              " [--type T] [--token-file F] [--first EVENT] [--last EVENT]\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct rlimit files = { 0 };

    parse_options(argc, argv);
    (void)getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    make_request();
    struct stream *streams = calloc(option.streams, sizeof(*streams));
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (streams == NULL || poll_fd < 0)
        die("start");

    int64_t began_us = now_us();
    deadline_us = began_us + option.seconds * 1000000;
    run_streams(streams, began_us);
    report(now_us() - began_us);
    free(streams);
    free(request);
    free(tally.first_us);
    return tally.failed > 0;
}
