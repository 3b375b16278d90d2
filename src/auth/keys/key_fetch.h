/* Fetches an issuer's key set, after the discovery document if its URL is unknown. Limited in time
 * and size; follows no redirect. */
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
    const char *why; /* why there is no key set, or NULL on success */
    str text;        /* the key set; borrowed for the call */
    /* the max-age of Cache-Control in seconds (RFC 9111 §5.2.2.1), or -1 */
    int64_t max_age_s;
};

/* Starts fetching a key set without blocking. Calls `done` once, after this function has returned,
 * then frees the fetch, unless it is canceled. `place` must live until then. Must be called on the
 * client's event loop. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user);
/* Ends and frees the fetch without calling `done`. NULL is allowed. */
void key_fetch_cancel(struct key_fetch *fetch);

#endif
