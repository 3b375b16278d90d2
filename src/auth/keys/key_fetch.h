/* One fetch of an issuer's keys: the discovery document if need be, then the key set. Bounded in
 * time and size, follows no redirect. When to fetch, and what to do with the text, is
 * remote_keys.h's. */
#ifndef AUTH_KEYS_KEY_FETCH_H
#define AUTH_KEYS_KEY_FETCH_H

#include "http/client.h"

struct key_fetch;

struct key_place {
    const char *issuer; /* whose discovery document it is; NULL: url is the key set itself */
    const char *url;    /* NULL: the well-known places of the issuer, OIDC's and then RFC 8414's */
};

struct key_answer {
    const char *why;   /* NULL: it came; else a sentence */
    str text;          /* the key set; borrowed for the call */
    int64_t max_age_s; /* as Cache-Control says (RFC 9111 §5.2.2.1); -1: it does not */
};

/* done is called once, on the loop, unless cancelled; the fetch is gone after the call. place is
 * borrowed until then. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user);
void key_fetch_cancel(struct key_fetch *fetch); /* NULL is fine */

#endif
