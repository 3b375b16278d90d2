/* The client as client.c, which has its fetches, and client_multi.c, which drives curl, share it.
 */
#ifndef HTTP_CLIENT_INTERNAL_H
#define HTTP_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "http/client.h"
#include "http/response_head.h"
#include "loop/timer.h"

struct client {
    struct loop *loop;
    CURLM *multi;           /* made by the first fetch: an idle process does not pay for it */
    const char *ca_file;    /* static; NULL: libcurl's own */
    struct list fetches;    /* all */
    struct list todo;       /* those to be started, resumed or freed at the end of the turn */
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
    bool is_paused; /* by fetch_pause */
    bool is_held;   /* in curl: it keeps data that on_curl_data did not take */
    enum egress egress;
    bool is_forbidden; /* an address of its host was refused */
};

/* ---- client.c ---- */

/* Calls on_end, unless the fetch was cancelled, and frees it. */
void fetch_end(struct fetch *fetch, agentos_status status, const char *reason);

/* ---- client_multi.c ---- */

void client_open_multi(struct client *client);
void client_run_due(struct client *client); /* curl's timer has expired */

/* ---- client_outcome.c ---- */

struct outcome {
    CURLcode code;
    agentos_status status;
    const char *reason;
};

struct outcome outcome_of_fetch(const struct fetch *fetch, CURLcode code);

#endif
