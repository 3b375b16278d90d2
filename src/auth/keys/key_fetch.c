/* Fetches one key set over HTTP. A fetch requests up to three documents one after the other: the
 * discovery document at two well-known URLs, and then the key set. All callbacks run on the
 * client's loop. */
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
    enum egress egress;  /* the addresses that the configured URL, and a jwks_uri, may have */
    bool is_plain_http;  /* the configured URL is http, and so may a jwks_uri be */
    struct fetch *fetch; /* the request in flight; NULL between two documents */
    buf body;
    int http_status;
    bool is_encoded;      /* the answer says that its body is compressed */
    int64_t max_age_s;    /* -1 if the answer has no max-age */
    const char *told;     /* why discovery has failed so far; NULL if it has not */
    bool told_of_absence; /* `told` says only that a document is not there */
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

/* Calls the `done` callback and frees the fetch. If `why` is NULL, the body is the key set;
 * otherwise `why` is a sentence that says why there is no key set. */
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

/* Returns true if the directive of Cache-Control forbids that the answer is reused without asking
 * again. */
static bool forbids_reuse(str directive)
{
    return str_equal_nocase(directive, STR("no-store")) ||
           str_equal_nocase(directive, STR("no-cache"));
}

/* Parses the directive "max-age=N" of Cache-Control. Returns false if it is another directive. An N
 * that is not a valid number of seconds counts as absent: *seconds becomes -1. */
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

/* Returns the max-age in seconds of a Cache-Control header, or -1 if it has none. Returns 0 for
 * no-store and no-cache. If there are several max-age directives, the last one counts. */
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

/* Implements fetch_events.on_head: remembers the status and the max-age of the answer. */
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

/* Implements fetch_events.on_data: appends the bytes to the body. If the body exceeds its limit,
 * the request is cancelled and counts as failed. */
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

/* Returns a sentence that says why the answer is not a document, or NULL if it is one. Only a
 * complete answer of status 200 is a document. The sentence is allocated in the fetch's arena. */
static const char *find_answer_fault(const struct key_fetch *self, agentos_status status,
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

/* Implements fetch_events.on_end: uses the document, or tries the next URL if the request failed.
 * Either may free the fetch. */
static void on_end(void *user, agentos_status status, const char *reason)
{
    struct key_fetch *self = user;

    ensure(self->fetch != NULL);
    self->fetch = NULL;
    const char *fault = find_answer_fault(self, status, reason);
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

/* Starts the request for the document at this URL. The URL must live as long as the fetch. The
 * fetch options are copied before this returns. */
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

/* Requests the document at the next URL of the list, which must not be exhausted. */
static void request_next(struct key_fetch *self)
{
    ensure(self->next_url < self->url_count);
    const char *url = self->urls[self->next_url];

    self->next_url++;
    request_document(self, url);
}

/* Remembers why a discovery document could not be used. The first reason counts, because most
 * issuers have the first document only; but a document that is not there says less than any other
 * fault. */
static void remember_fault(struct key_fetch *self, const char *why)
{
    enum { NOT_FOUND = 404 };
    bool is_absence = self->http_status == NOT_FOUND;

    ensure(!self->is_at_keys);
    if (self->told != NULL && (!self->told_of_absence || is_absence))
        return;
    self->told = why;
    self->told_of_absence = is_absence;
}

/* Tries the next URL of the discovery document after one has failed. If there is none left, or if
 * the request for the key set itself has failed, the fetch ends and is freed. */
static void try_next(struct key_fetch *self, const char *why)
{
    ensure(why != NULL);
    if (self->is_at_keys) {
        finish(self, why);
        return;
    }
    remember_fault(self, why);
    if (self->next_url < self->url_count)
        request_next(self);
    else
        finish(self, self->told);
}

/* Reads the discovery document in the body and requests the key set that it names. If the document
 * is invalid, the next URL is tried. */
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

/* Uses the complete document in the body. A key set ends the fetch, which is then freed. A
 * discovery document leads to another request. */
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

/* Lists the URLs to try: the configured URL, or the well-known URLs of the issuer if no URL is
 * configured. */
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

/* Sets what follows from the configured URL: the addresses that its host may have, and whether it
 * may lead to plain http. The URL was checked when it was configured; if it were invalid
 * nevertheless, it would get the stricter kind. */
static void judge_url(struct key_fetch *self, const char *url)
{
    struct remote_url parsed = { .is_https = true };

    if (remote_url_check("url", str_of(url), self->place->allow_http, &self->egress, NULL) !=
            AGENTOS_OK ||
        remote_url_read("url", str_of(url), &parsed, NULL) != AGENTOS_OK)
        self->egress = EGRESS_GUARDED;
    self->is_plain_http = self->place->allow_http && !parsed.is_https;
}

/* Starts to fetch a key set. `done` is called once, on the client's loop and never before this
 * returns, unless the fetch is cancelled. The fetch is freed after that call. */
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
    self->is_at_keys = place->issuer == NULL; /* without an issuer the URL is the key set's own */
    judge_url(self, self->urls[0]);
    request_next(self);
    return self;
}
