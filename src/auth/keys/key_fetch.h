/* One fetch of an issuer's keys: the discovery document if need be, then the key set. It is bounded
 * in time and size and follows no redirect. When to fetch, and what to do with the text, is
 * decided by remote_refresh.c. */
#ifndef AUTH_KEYS_KEY_FETCH_H
#define AUTH_KEYS_KEY_FETCH_H

#include "http/client.h"

struct key_fetch;

struct key_place {
    const char *issuer; /* the issuer to discover; NULL if url is the key set itself */
    const char *url;    /* NULL for the well-known URLs of the issuer (discovery_urls) */
};

struct key_answer {
    const char *why;   /* NULL if the key set was fetched; else a sentence that says why not */
    str text;          /* the key set; borrowed for the call */
    int64_t max_age_s; /* from Cache-Control (RFC 9111 §5.2.2.1); -1 if there is none */
};

/* Starts to fetch a key set. done is called once, on the client's loop and never before this
 * returns, unless the fetch is cancelled. The fetch is freed after that call, and place must live
 * until then. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user);
void key_fetch_cancel(struct key_fetch *fetch); /* NULL is allowed */

#endif
