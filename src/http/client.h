/* The HTTP(S) client of a loop, on curl's multi interface. No file outside of this room uses
 * libcurl. All functions are for the loop's thread and do not block. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/egress.h"
#include "http/message.h"
#include "loop/loop.h"

struct client; /* one for each loop; keeps connections open for reuse */
struct fetch;  /* one request in flight */

struct fetch_events {
    /* Called when the status line and the headers are complete. The headers are borrowed for the
     * call. */
    void (*on_head)(void *user, int status, const struct headers *headers);
    void (*on_data)(void *user, str bytes);
    /* Called once, unless the fetch is cancelled; the fetch is freed after the call. The status is
     * OK if the whole answer has come, whatever its HTTP status is. It is UPSTREAM or TIMEOUT if
     * the fetch has failed, and reason says why, such as "connection refused". */
    void (*on_end)(void *user, agentos_status status, const char *reason);
};

struct fetch_options {
    enum method method;
    const char *url; /* http or https; redirects are not followed */
    const struct header *headers;
    size_t header_count;
    str body;            /* copied */
    uint64_t connect_ms; /* 0 for 10,000 */
    /* the longest time without a byte, after which the fetch ends with TIMEOUT; 0 for 60,000 */
    uint64_t silence_ms;
    uint64_t total_ms; /* 0 for no limit */
    /* the addresses that the host may have; for any other address the fetch ends with UPSTREAM */
    enum egress egress;
    /* The certificates of the authorities that may vouch for the server, in PEM, as
     * certificates_check accepts it; NULL for the system's. */
    const char *authorities;
    /* the option that gives them, for the reason why a certificate is not trusted; NULL for none */
    const char *authorities_option;
};

struct client *client_new(struct loop *loop);
void client_free(struct client *client); /* cancels all fetches in flight; NULL is allowed */

/* Starts a fetch and returns it, which is never NULL. The options and events are copied. No event
 * is called before this returns. on_head is called at most once, and on_data any number of times,
 * before on_end. */
struct fetch *client_fetch(struct client *client, const struct fetch_options *options,
                           const struct fetch_events *events, void *user);
/* no event is called afterwards; may be called inside an event */
void fetch_cancel(struct fetch *fetch);
/* no on_data is called until the fetch is resumed, so that the server is not read further */
void fetch_pause(struct fetch *fetch);
void fetch_resume(struct fetch *fetch);

#endif
