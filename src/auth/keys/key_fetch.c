/* Fetches a key set over HTTP, after discovering its URL if necessary. */
#include "auth/keys/key_fetch.h"

#include "auth/keys/discovery.h"
#include "auth/keys/remote_url.h"
#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { CONNECT_MS = 3000, SILENCE_MS = 5000, TOTAL_MS = 10 * 1000 };

struct key_fetch {
    struct client *client;
    const struct key_place *place;
    void (*done)(void *user, const struct key_answer *answer);
    void *user;
    arena *arena;
    const char *urls[DISCOVERY_URLS]; /* the URLs to try, in this order */
    size_t url_count, next_url;       /* next_url is the index of the URL to try next */
    bool is_at_keys;                  /* the document in flight is the key set */
    const char *url;                  /* the URL of the document in flight */
    enum egress egress;  /* the allowed addresses of the configured URL and a jwks_uri */
    bool is_plain_http;  /* the configured URL is http, so a jwks_uri may be */
    struct fetch *fetch; /* the request in flight; NULL between two documents */
    buf body;
    int http_status;
    bool is_encoded;             /* the body is compressed */
    int64_t max_age_s;           /* -1 if the answer has no max-age */
    const char *discovery_error; /* why discovery has failed, or NULL */
    bool is_missing;             /* discovery_error is only a 404 */
};

/* ---- the end ---- */

/* Frees the fetch, which must have no request in flight. */
static void free_key_fetch(struct key_fetch *self)
{
    ensure(self->fetch == NULL);
    buf_clear(&self->body);
    arena_free(self->arena);
    free(self);
}

/* Calls the `done` callback and frees the fetch. `why` is NULL on success. */
static void finish(struct key_fetch *self, const char *why)
{
    ensure(self->fetch == NULL);
    const struct key_answer answer = {
        .why = why,
        .text = buf_view(&self->body),
        .max_age_s = self->max_age_s,
    };

    self->done(self->user, &answer);
    free_key_fetch(self);
}

/* Ends the fetch without calling `done`, and frees it. NULL is allowed. */
void key_fetch_cancel(struct key_fetch *fetch)
{
    if (fetch == NULL)
        return;
    if (fetch->fetch != NULL) {
        fetch_cancel(fetch->fetch);
        fetch->fetch = NULL;
    }
    free_key_fetch(fetch);
}

/* ---- one document ---- */

static void use_document(struct key_fetch *self);
static void try_next(struct key_fetch *self, const char *why);

/* Returns whether the Cache-Control directive forbids reuse without revalidation. */
static bool forbids_reuse(str directive)
{
    return str_equal_nocase(directive, STR("no-store")) ||
           str_equal_nocase(directive, STR("no-cache"));
}

/* Parses "max-age=N". Returns false for another directive. An invalid N yields -1. */
static bool parse_max_age(str directive, int64_t *seconds)
{
    str number = directive;
    str name = str_split(&number, '=');

    if (!str_equal_nocase(name, STR("max-age")))
        return false;
    if (!str_to_int(number, seconds) || *seconds < 0)
        *seconds = -1;
    return true;
}

/* Returns the max-age of a Cache-Control header, 0 for no-store or no-cache, or -1. */
static int64_t read_max_age(str cache_control)
{
    int64_t seconds = -1;
    str rest = cache_control;

    while (rest.len > 0) {
        str directive = str_trim(str_split(&rest, ','));

        if (forbids_reuse(directive))
            return 0;
        (void)parse_max_age(directive, &seconds); /* other directives are ignored */
    }
    return seconds;
}

/* Records the status and the max-age of the response. */
static void on_head(void *user, int status, const struct headers *headers)
{
    struct key_fetch *self = user;
    str cache_control;

    str encoding;

    ensure(self->fetch != NULL);
    self->http_status = status;
    self->max_age_s = -1;
    self->is_encoded = headers_find(headers, STR("content-encoding"), &encoding) &&
                       encoding.len > 0 && !str_equal_nocase(encoding, STR("identity"));
    if (headers_find(headers, STR("cache-control"), &cache_control))
        self->max_age_s = read_max_age(cache_control);
}

/* Appends to the body, or cancels the request if the body is too large. */
static void on_data(void *user, str bytes)
{
    struct key_fetch *self = user;

    ensure(self->fetch != NULL);
    buf_append(&self->body, bytes);
    if (buf_ok(&self->body))
        return;
    fetch_cancel(self->fetch); /* no event comes afterwards */
    self->fetch = NULL;
    try_next(self,
             arena_printf(self->arena, "%s is longer than %d bytes", self->url, JWKS_MAX_BYTES));
}

/* Returns why the response is not a usable document, or NULL. Only a complete 200 is usable. */
static const char *find_response_error(const struct key_fetch *self, agentos_status status,
                                       const char *reason)
{
    if (status != AGENTOS_OK)
        return arena_printf(self->arena, "%s: %s", self->url, reason);
    if (self->http_status == 200 && self->is_encoded)
        return arena_printf(self->arena, "%s is compressed, although the request refuses that",
                            self->url);
    if (self->http_status == 200)
        return NULL;
    if (self->http_status >= 300 && self->http_status < 400)
        return arena_printf(self->arena, "%s answered %d; redirects are not followed", self->url,
                            self->http_status);
    return arena_printf(self->arena, "%s answered %d", self->url, self->http_status);
}

/* Uses the document or tries the next URL. Either may free the fetch. */
static void on_end(void *user, agentos_status status, const char *reason)
{
    struct key_fetch *self = user;

    ensure(self->fetch != NULL);
    self->fetch = NULL;
    const char *fault = find_response_error(self, status, reason);
    if (fault != NULL)
        try_next(self, fault);
    else
        use_document(self);
}

static const struct fetch_events request_events = {
    .on_head = on_head,
    .on_data = on_data,
    .on_end = on_end,
};

static const struct header request_headers[] = {
    { STR_INIT("accept"), STR_INIT("application/json") },
    { STR_INIT("accept-encoding"), STR_INIT("identity") }, /* not compressed */
};

/* Requests the document at this URL, which must live as long as the fetch. */
static void request_document(struct key_fetch *self, const char *url)
{
    ensure(url != NULL);
    ensure(self->fetch == NULL); /* one request at a time */
    const struct fetch_options options = {
        .method = GET,
        .url = url,
        .headers = request_headers,
        .header_count = COUNT(request_headers),
        .connect_ms = CONNECT_MS,
        .silence_ms = SILENCE_MS,
        .total_ms = TOTAL_MS,
        .egress = self->egress,
        .authorities = self->place->authorities,
        .authorities_option = self->place->authorities_option,
    };

    buf_empty(&self->body);
    self->http_status = 0;
    self->is_encoded = false;
    self->url = url;
    self->fetch = client_fetch(self->client, &options, &request_events, self);
}

/* ---- discovery ---- */

/* Requests the document at the next URL. */
static void request_next(struct key_fetch *self)
{
    ensure(self->next_url < self->url_count);
    const char *url = self->urls[self->next_url];

    self->next_url++;
    request_document(self, url);
}

/* Records the first discovery error. A missing document is replaced by a more specific error. */
static void record_discovery_error(struct key_fetch *self, const char *why)
{
    enum { NOT_FOUND = 404 };
    bool is_missing = self->http_status == NOT_FOUND;

    ensure(!self->is_at_keys);
    if (self->discovery_error != NULL && (!self->is_missing || is_missing))
        return;
    self->discovery_error = why;
    self->is_missing = is_missing;
}

/* Tries the next discovery URL. If there is none, ends and frees the fetch. */
static void try_next(struct key_fetch *self, const char *why)
{
    ensure(why != NULL);
    if (self->is_at_keys) {
        finish(self, why);
        return;
    }
    record_discovery_error(self, why);
    if (self->next_url < self->url_count)
        request_next(self);
    else
        finish(self, self->discovery_error);
}

/* Requests the key set that the discovery document names. */
static void follow_discovery(struct key_fetch *self)
{
    const struct discovery_rules rules = {
        .issuer = self->place->issuer,
        .egress = self->egress,
        .allow_http = self->is_plain_http,
    };
    str document = buf_view(&self->body);
    const char *jwks_uri = NULL;
    agentos_error reason;

    ensure(!self->is_at_keys);
    if (discovery_read(self->arena, document, &rules, &jwks_uri, &reason) != AGENTOS_OK) {
        try_next(self, arena_printf(self->arena, "%s %s", self->url, reason.message));
        return;
    }
    self->is_at_keys = true;
    request_document(self, jwks_uri);
}

/* Uses the document in the body: ends the fetch with a key set, or follows a discovery document. */
static void use_document(struct key_fetch *self)
{
    ensure(self->fetch == NULL);
    ensure(buf_ok(&self->body));
    if (self->is_at_keys)
        finish(self, NULL);
    else
        follow_discovery(self);
}

/* ---- the beginning ---- */

/* Lists the configured URL, or the issuer's well-known URLs. */
static void list_urls(struct key_fetch *self)
{
    ensure(self->url_count == 0 && self->next_url == 0);
    if (self->place->url != NULL) {
        self->urls[0] = self->place->url;
        self->url_count = 1;
        return;
    }
    discovery_urls(self->arena, str_of(self->place->issuer), self->urls);
    self->url_count = DISCOVERY_URLS;
}

/* Derives the allowed addresses and schemes from the configured URL. */
static void judge_url(struct key_fetch *self, const char *url)
{
    struct remote_url parsed = { .is_https = true };

    if (remote_url_check("url", str_of(url), self->place->allow_http, &self->egress, NULL) !=
            AGENTOS_OK ||
        remote_url_read("url", str_of(url), &parsed, NULL) != AGENTOS_OK)
        self->egress = EGRESS_GUARDED;
    self->is_plain_http = self->place->allow_http && !parsed.is_https;
}

/* Starts fetching a key set. Later calls `done` once, on the client's event loop. */
struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user)
{
    ensure(client != NULL && done != NULL);
    ensure(place->issuer != NULL || place->url != NULL);
    struct key_fetch *self = mem_zeroed(sizeof(*self));

    self->client = client;
    self->place = place;
    self->done = done;
    self->user = user;
    self->arena = arena_new();
    self->body = buf_with_limit(JWKS_MAX_BYTES);
    self->max_age_s = -1;
    list_urls(self);
    self->is_at_keys = place->issuer == NULL; /* otherwise the key set is discovered */
    judge_url(self, self->urls[0]);
    request_next(self);
    return self;
}
