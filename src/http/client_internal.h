/* Shared by client.c, client_multi.c and client_outcome.c. */
#ifndef HTTP_CLIENT_INTERNAL_H
#define HTTP_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "http/client.h"
#include "http/response_head.h"
#include "loop/timer.h"

struct client {
    struct loop *loop;
    CURLM *multi;        /* created by the first fetch */
    const char *ca_file; /* a static text; NULL for libcurl's own file */
    struct list fetches; /* all fetches */
    /* to be started, resumed or freed at the end of the turn */
    struct list todo;
    struct timer alarm;     /* the timer that curl has asked for */
    struct deferral errand; /* runs at the end of the turn */
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
    bool is_paused; /* paused by fetch_pause */
    bool is_held;   /* paused inside curl, which keeps the data */
    enum egress egress;
    bool is_forbidden;              /* an address of its host was refused */
    bool has_authorities;           /* authorities of its own vouch for the server */
    const char *authorities_option; /* see struct fetch_options; may be NULL */
    char reason[160];               /* the room for a sentence that names the option */
};

/* ---- client.c ---- */

/* Calls on_end, unless the fetch was cancelled, and frees the fetch. */
void fetch_end(struct fetch *fetch, agentos_status status, const char *reason);

/* ---- client_multi.c ---- */

void client_open_multi(struct client *client);
void client_run_due(struct client *client); /* called when curl's timer has expired */

/* ---- client_outcome.c ---- */

struct outcome {
    CURLcode code;
    agentos_status status;
    const char *reason;
};

/* Returns the outcome of a fetch. Its reason may be written to the fetch. */
struct outcome outcome_of_fetch(struct fetch *fetch, CURLcode code);

#endif
