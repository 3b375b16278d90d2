/* Requests at a fixed rate, whether the server keeps up or not: GET PATH with one good token, or
 * each with a forged one whose `kid` nobody knows. A latency counts from when the request was due,
 * so that waiting for a free connection is not forgotten. Prints one line of JSON. One thread,
 * epoll, loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "jose/base64url.h"

enum { CONNECTIONS_MAX = 256, ANSWER_MAX_BYTES = 64 * KiB, SIGNATURE_BYTES = 256 };

static struct {
    uint16_t port;
    uint64_t rate, seconds;
    size_t connections;
    const char *path, *token_file, *stranger_of;
} option = { .rate = 1000, .seconds = 5, .connections = 4, .path = "/agents" };

static struct connection {
    int fd;
    bool is_busy;
    uint64_t due_ns;
    size_t len;
    char answer[ANSWER_MAX_BYTES + 1];
} connections[CONNECTIONS_MAX];

static struct {
    uint64_t sent, accepted, refused, other;
    uint32_t *us;
    size_t count, room;
} tally;

static int poll_fd;
static char good_token[TOKEN_MAX_BYTES];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- requests ---- */

/* A token as the issuer might have made it, but for its kid and its signature. */
static void append_stranger(buf *out)
{
    static const unsigned char signature[SIGNATURE_BYTES];
    AUTO_BUF header = buf_with_limit(1 * KiB);
    AUTO_BUF claims = buf_with_limit(4 * KiB);
    uint64_t kid[2];

    random_bytes(kid, sizeof(kid));
    buf_printf(&header,
               "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"%016" PRIx64 "%016" PRIx64 "\"}",
               kid[0], kid[1]);
    buf_printf(&claims,
               "{\"iss\":\"%s\",\"sub\":\"nobody\",\"aud\":\"bench-os\",\"exp\":%" PRId64 "}",
               option.stranger_of, clock_now_s() + 600);
    base64url_append(out, buf_view(&header));
    buf_append_char(out, '.');
    base64url_append(out, buf_view(&claims));
    buf_append_char(out, '.');
    base64url_append(out, (str){ (const char *)signature, sizeof(signature) });
}

static void append_request(buf *out)
{
    buf_printf(out, "GET %s HTTP/1.1\r\nHost: localhost:%u\r\nAuthorization: Bearer ", option.path,
               (unsigned)option.port);
    if (option.stranger_of != NULL)
        append_stranger(out);
    else
        buf_append(out, str_of(good_token));
    buf_append(out, STR("\r\n\r\n"));
}

static void read_token(void)
{
    FILE *file = option.token_file != NULL ? fopen(option.token_file, "r") : NULL;

    if (file == NULL || fgets(good_token, sizeof(good_token), file) == NULL)
        die(option.token_file != NULL ? option.token_file : "--token-file");
    good_token[strcspn(good_token, "\r\n")] = '\0';
    (void)fclose(file);
}

/* ---- connections ---- */

static void connection_open(struct connection *c)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(option.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &event) != 0)
        die("connect");
    c->is_busy = false;
    c->len = 0;
}

static void connection_lost(struct connection *c)
{
    if (c->is_busy)
        tally.other++;
    (void)close(c->fd);
    connection_open(c);
}

static void connection_send(struct connection *c, uint64_t due_ns)
{
    AUTO_BUF request = buf_with_limit(HEADERS_MAX_BYTES);

    append_request(&request);
    c->is_busy = true;
    c->due_ns = due_ns;
    c->len = 0;
    tally.sent++;
    /* A request is smaller than any socket buffer: a short write is a broken connection. */
    if (send(c->fd, request.ptr, request.len, MSG_NOSIGNAL) != (ssize_t)request.len)
        connection_lost(c);
}

static void note(const struct connection *c)
{
    if (tally.count < tally.room)
        tally.us[tally.count++] = (uint32_t)((clock_monotonic_ns() - c->due_ns) / 1000);
    if (strncmp(c->answer, "HTTP/1.1 200", 12) == 0)
        tally.accepted++;
    else if (strncmp(c->answer, "HTTP/1.1 401", 12) == 0)
        tally.refused++;
    else
        tally.other++;
}

static bool is_whole(const struct connection *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = strcasestr(c->answer, "\r\ncontent-length:");

    return end != NULL && length != NULL &&
           c->len >= (size_t)(end - c->answer) + 4 + strtoul(length + 17, NULL, 10);
}

static void connection_read(struct connection *c)
{
    ssize_t len = recv(c->fd, c->answer + c->len, ANSWER_MAX_BYTES - c->len, MSG_DONTWAIT);

    if (len < 0 && errno == EAGAIN)
        return;
    if (len <= 0) {
        connection_lost(c);
        return;
    }
    c->len += (size_t)len;
    c->answer[c->len] = '\0';
    if (!c->is_busy || !is_whole(c))
        return;
    note(c);
    c->is_busy = false;
}

/* NULL: all are busy. Each is used in its turn. */
static struct connection *free_connection(void)
{
    static size_t next;

    for (size_t i = 0; i < option.connections; i++) {
        struct connection *c = &connections[next++ % option.connections];

        if (!c->is_busy)
            return c;
    }
    return NULL;
}

/* ---- the rate ---- */

static void wait_until(uint64_t at_ns)
{
    struct epoll_event events[CONNECTIONS_MAX];
    uint64_t now_ns = clock_monotonic_ns(), left_ns = at_ns > now_ns ? at_ns - now_ns : 0;
    struct timespec timeout = { .tv_sec = (time_t)(left_ns / 1000000000),
                                .tv_nsec = (long)(left_ns % 1000000000) };
    int count = epoll_pwait2(poll_fd, events, CONNECTIONS_MAX, &timeout, NULL);

    for (int i = 0; i < count; i++)
        connection_read(events[i].data.ptr);
}

static void run(void)
{
    uint64_t began_ns = clock_monotonic_ns(), total = option.rate * option.seconds;
    uint64_t give_up_ns = began_ns + (option.seconds + 5) * 1000000000;

    while (tally.accepted + tally.refused + tally.other < total &&
           clock_monotonic_ns() < give_up_ns) {
        uint64_t due_ns = began_ns + tally.sent * 1000000000 / option.rate;
        struct connection *c = tally.sent < total ? free_connection() : NULL;
        bool is_due = c != NULL && clock_monotonic_ns() >= due_ns;

        if (is_due)
            connection_send(c, due_ns);
        /* Answers are read after each request, so that reading is not put off by sending. */
        wait_until(is_due ? 0 : c != NULL ? due_ns : give_up_ns);
    }
}

/* ---- the report ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static uint32_t percentile(size_t percent)
{
    return tally.count > 0 ? tally.us[(tally.count - 1) * percent / 100] : 0;
}

static void report(double seconds)
{
    qsort(tally.us, tally.count, sizeof(*tally.us), by_size);
    (void)printf("{\"answers\": %zu, \"accepted\": %" PRIu64 ", \"refused\": %" PRIu64
                 ", \"other\": %" PRIu64 ", \"rate\": %.0f, \"p50_us\": %" PRIu32
                 ", \"p99_us\": %" PRIu32 "}\n",
                 tally.count, tally.accepted, tally.refused, tally.other,
                 (double)tally.count / seconds, percentile(50), percentile(99));
}

static void parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        { "port", required_argument, NULL, 'p' },
        { "rate", required_argument, NULL, 'r' },
        { "seconds", required_argument, NULL, 's' },
        { "connections", required_argument, NULL, 'c' },
        { "path", required_argument, NULL, 'u' },
        { "token-file", required_argument, NULL, 't' },
        { "strangers-of", required_argument, NULL, 'i' },
        { NULL, 0, NULL, 0 },
    };

    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'p': option.port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'r': option.rate = strtoul(optarg, NULL, 10); break;
        case 's': option.seconds = strtoul(optarg, NULL, 10); break;
        case 'c': option.connections = strtoul(optarg, NULL, 10); break;
        case 'u': option.path = optarg; break;
        case 't': option.token_file = optarg; break;
        case 'i': option.stranger_of = optarg; break;
        default: exit(2);
        }
    }
    if (option.port == 0 || option.rate == 0 || option.connections == 0 ||
        option.connections > CONNECTIONS_MAX) {
        (void)fprintf(stderr, "usage: paced_load --port P (--token-file F | --strangers-of ISSUER) "
                              "[--rate N] [--seconds S] [--connections N] [--path P]\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    parse_options(argc, argv);
    if (option.stranger_of == NULL)
        read_token();
    (void)prctl(PR_SET_TIMERSLACK, 1UL); /* it only makes sleeping more exact */
    tally.room = option.rate * option.seconds;
    tally.us = calloc(tally.room, sizeof(*tally.us));
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (tally.us == NULL || poll_fd < 0)
        die("start");
    for (size_t i = 0; i < option.connections; i++)
        connection_open(&connections[i]);

    uint64_t began_ns = clock_monotonic_ns();
    run();
    report((double)(clock_monotonic_ns() - began_ns) / 1e9);
    free(tally.us);
    return 0;
}
