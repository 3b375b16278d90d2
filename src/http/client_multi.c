/* Connects curl's multi interface to the event loop. */
#include <pthread.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "http/certificates.h"
#include "http/client_internal.h"
#include "loop/poll.h"

/* One of curl's sockets. */
struct watch {
    struct client *client;
    int fd;
    struct poll *poll;
};

/* Ends the fetches that curl has finished. Their on_end may start and cancel others. */
static void end_finished(struct client *client)
{
    int left; /* how many messages remain: not needed */

    for (const CURLMsg *m; (m = curl_multi_info_read(client->multi, &left)) != NULL;) {
        struct fetch *fetch = NULL;

        if (m->msg != CURLMSG_DONE ||
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &fetch) != CURLE_OK)
            continue;
        ensure(fetch != NULL && fetch->client == client);
        struct outcome outcome = outcome_of_fetch(fetch, m->data.result);
        fetch_end(fetch, outcome.status, outcome.reason);
    }
}

/* Lets curl handle a ready socket, or its timer. */
static void drive_curl(struct client *client, curl_socket_t fd, int bits)
{
    int running; /* how many transfers go on: not needed */

    ensure(client->multi != NULL);
    /* Fails only when called from one of curl's callbacks, which never happens. */
    CURLMcode code = curl_multi_socket_action(client->multi, fd, bits, &running);
    ensure(code == CURLM_OK);
    end_finished(client);
}

/* Lets curl handle its expired timer. */
void client_run_due(struct client *client)
{
    drive_curl(client, CURL_SOCKET_TIMEOUT, 0);
}

static void on_alarm(struct timer *alarm)
{
    client_run_due(LIST_OWNER(alarm, struct client, alarm));
}

/* Sets or stops curl's timer. A delay of 0 is handled at the end of the turn. */
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

/* Called when a socket is ready. After POLL_FAILED, curl finds the cause by reading and writing. */
static void on_ready(void *user, int bits)
{
    const struct watch *watch = user;
    int ready = 0;

    if (bits & (POLL_READ | POLL_FAILED))
        ready |= CURL_CSELECT_IN;
    if (bits & (POLL_WRITE | POLL_FAILED))
        ready |= CURL_CSELECT_OUT;
    drive_curl(watch->client, watch->fd, ready); /* may free the watch */
}

/* Watches a socket that curl has opened. on_curl_socket frees the watch. */
static struct watch *watch_socket(struct client *client, curl_socket_t fd)
{
    ensure(fd >= 0);
    struct watch *watch = mem_zeroed(sizeof(*watch));
    *watch = (struct watch){ .client = client, .fd = fd };
    watch->poll = poll_new(client->loop, fd, on_ready, watch);
    /* Fails only for a socket that curl does not know. */
    (void)curl_multi_assign(client->multi, fd, watch);
    return watch;
}

/* Watches the socket for the events that curl wants, or stops watching it. */
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *socket_user)
{
    struct watch *watch = socket_user;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL)
            poll_free(watch->poll);
        free(watch);
        return 0;
    }
    if (watch == NULL)
        watch = watch_socket(user, fd);
    if (what & CURL_POLL_IN)
        events |= POLL_READ;
    if (what & CURL_POLL_OUT)
        events |= POLL_WRITE;
    poll_want(watch->poll, events);
    return 0;
}

/* Initializes curl once per process. */
static void init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort(); /* no memory, or a broken OpenSSL */
}

/* Initializes curl for the first fetch of a client. */
void client_open_multi(struct client *client)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    ensure(client->multi == NULL);
    (void)pthread_once(&once, init_curl); /* cannot fail with a valid control */
    client->multi = curl_multi_init();
    if (client->multi == NULL)
        abort(); /* no memory */
    client->ca_file = certificates_find(curl_version_info(CURLVERSION_NOW)->cainfo);
    client->alarm.fire = on_alarm;
    /* These cannot fail: the build requires a curl that knows all of them. */
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    (void)curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    (void)curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    (void)curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
}
