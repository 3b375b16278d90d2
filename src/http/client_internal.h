/* A client from inside: client.c has its fetches, client_multi.c drives curl for them. */
#ifndef HTTP_CLIENT_INTERNAL_H
#define HTTP_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "http/client.h"
#include "http/response_head.h"
#include "loop/timer.h"

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

/* ---- client.c ---- */

/* on_end, unless it was cancelled; and it is gone. */
void fetch_end(struct fetch *fetch, agentos_status status, const char *reason);

/* ---- client_multi.c ---- */

void client_open_multi(struct client *client);
void client_run_due(struct client *client); /* what curl's timer was set for */

/* ---- client_outcome.c ---- */

struct outcome {
    CURLcode code;
    agentos_status status;
    const char *reason;
};

struct outcome outcome_of_fetch(const struct fetch *fetch, CURLcode code);

#endif
