/* The HTTP(S) client of a loop, on curl's multi interface. Nothing outside these files knows
 * libcurl. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/egress.h"
#include "http/message.h"
#include "loop/loop.h"

struct client; /* one for each loop; it keeps connections for reuse */
struct fetch;  /* one request in flight */

struct fetch_events {
    /* The status line and headers are complete; borrowed for the call. */
    void (*on_head)(void *user, int status, const struct headers *headers);
    void (*on_data)(void *user, str bytes);
    /* Called once, unless the fetch is cancelled; the fetch is freed after the call. OK: the whole
     * answer came, whatever its status; UPSTREAM or TIMEOUT: reason says why ("connection
     * refused"). */
    void (*on_end)(void *user, agentos_status status, const char *reason);
};

struct fetch_options {
    enum method method;
    const char *url; /* http or https; no redirects are followed */
    const struct header *headers;
    size_t header_count;
    str body;            /* copied */
    uint64_t connect_ms; /* 0: 10,000 */
    uint64_t silence_ms; /* without a byte; then TIMEOUT. 0: 60,000 */
    uint64_t total_ms;   /* 0: none */
    enum egress egress;  /* which addresses the host may have; others: UPSTREAM */
};

struct client *client_new(struct loop *loop);
void client_free(struct client *client); /* cancels what is in flight; NULL is fine */

/* Starts a fetch, never NULL; options are copied. No event is called before it returns. on_head and
 * on_data may be called any number of times before on_end. */
struct fetch *client_fetch(struct client *client, const struct fetch_options *options,
                           const struct fetch_events *events, void *user);
void fetch_cancel(struct fetch *fetch); /* no event afterwards; may be called from an event */
void fetch_pause(struct fetch *fetch);  /* back-pressure: no on_data until resumed */
void fetch_resume(struct fetch *fetch);

#endif
