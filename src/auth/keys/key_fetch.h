/* One fetch of an issuer's keys: the discovery document if need be, then the key set. It is bounded
 * in time and size and follows no redirect. When to fetch, and what to do with the text, is
 * decided by remote_refresh.c. */
#ifndef AUTH_KEYS_KEY_FETCH_H
#define AUTH_KEYS_KEY_FETCH_H

#include "http/client.h"

struct key_fetch;

struct key_place {
    const char *issuer; /* whose discovery document it is; NULL: url is the key set itself */
    const char *url;    /* NULL: the well-known places of the issuer, OIDC's and then RFC 8414's */
};

struct key_answer {
    const char *why;   /* NULL: the key set has been fetched; else why not, a sentence */
    str text;          /* the key set; borrowed for the call */
    int64_t max_age_s; /* of Cache-Control (RFC 9111 §5.2.2.1); -1: it has none */
};

/* On the client's loop, where done is called once unless the fetch is cancelled; the fetch is gone
 * after the call. place is borrowed until then. done is never called before this returns. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user);
void key_fetch_cancel(struct key_fetch *fetch); /* NULL is fine */

#endif
