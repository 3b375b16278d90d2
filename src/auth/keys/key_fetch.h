/* One fetch of an issuer's keys: first the discovery document, if the URL of the keys is not known,
 * and then the key set. A fetch is bounded in time and size and follows no redirect.
 * remote_refresh.c decides when to fetch, and uses the text. */
#ifndef AUTH_KEYS_KEY_FETCH_H
#define AUTH_KEYS_KEY_FETCH_H

#include "http/client.h"

struct key_fetch;

struct key_place {
    const char *issuer; /* the issuer to discover; NULL if `url` is the URL of the key set itself */
    const char *url;    /* NULL for the well-known URLs of the issuer (discovery_urls) */
    bool allow_http;    /* plain http is allowed beyond this machine; see remote_url_check */
    /* as in struct fetch_options */
    const char *authorities, *authorities_option;
};

struct key_answer {
    const char *why; /* NULL if the key set was fetched; else a sentence that says why not */
    str text;        /* the key set; borrowed for the call */
    /* the max-age in seconds of Cache-Control (RFC 9111 §5.2.2.1), or -1 if there is none */
    int64_t max_age_s;
};

/* Starts to fetch a key set, without blocking. `done` is called once, on the client's loop and
 * never before this function returns, unless the fetch is cancelled. The fetch is freed after that
 * call, and `place` must live until then. Must be called on the client's loop. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user);
/* Ends and frees the fetch without calling `done`. NULL is allowed. */
void key_fetch_cancel(struct key_fetch *fetch);

#endif
