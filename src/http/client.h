/* The HTTP(S) client of an event loop, on libcurl. For the loop's thread; nothing blocks. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/egress.h"
#include "http/message.h"
#include "loop/loop.h"

struct client; /* one per loop; keeps connections open for reuse */
struct fetch;  /* one request in flight */

struct fetch_events {
    /* Called when the head is complete. The headers are borrowed for the call. */
    void (*on_head)(void *user, int status, const struct headers *headers);
    void (*on_data)(void *user, str bytes);
    /* Called once, unless the fetch is cancelled; the fetch is freed afterwards. The status is OK
     * for a complete response with any HTTP status, otherwise UPSTREAM or TIMEOUT with a reason,
     * such as "connection refused". */
    void (*on_end)(void *user, agentos_status status, const char *reason);
};

struct fetch_options {
    enum method method;
    const char *url; /* http or https; redirects are not followed */
    const struct header *headers;
    size_t header_count;
    str body;            /* copied */
    uint64_t connect_ms; /* 0 for 10,000 */
    /* the maximum time without a byte, then TIMEOUT; 0 for 60,000 */
    uint64_t silence_ms;
    uint64_t total_ms; /* 0 for no limit */
    /* the allowed addresses; any other ends the fetch with UPSTREAM */
    enum egress egress;
    /* The certificates of the authorities that may vouch for the server, in PEM, as
     * certificates_check accepts it; NULL for the system's. */
    const char *authorities;
    /* the option that gives them, for the reason why a certificate is not trusted; NULL for none */
    const char *authorities_option;
};

struct client *client_new(struct loop *loop);
void client_free(struct client *client); /* cancels all fetches in flight; NULL is allowed */

/* Starts a fetch and returns it; never NULL. Copies the options and events. Calls no event before
 * it returns, then on_head at most once, on_data any number of times, and on_end. */
struct fetch *client_fetch(struct client *client, const struct fetch_options *options,
                           const struct fetch_events *events, void *user);
/* calls no event; may be called inside an event */
void fetch_cancel(struct fetch *fetch);
/* stops reading, and on_data, until the fetch is resumed */
void fetch_pause(struct fetch *fetch);
void fetch_resume(struct fetch *fetch);

#endif
