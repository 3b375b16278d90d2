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
    const char *documents[DISCOVERY_PLACES]; /* to ask in this order */
    size_t document_count, document;         /* document: the next of them to ask for */
    bool is_at_keys;                         /* the document in flight is the key set */
    const char *url;                         /* of the document in flight */
    enum egress egress;  /* what the configured URL allows holds for what it leads to */
    struct fetch *fetch; /* in flight; NULL between two documents */
    buf body;
    int http_status;
    int64_t max_age_s; /* -1: the answer does not say */
};

/* ---- the end ---- */

static void key_fetch_free(struct key_fetch *self)
{
    buf_clear(&self->body);
    arena_free(self->arena);
    free(self);
}

/* Reports the answer, and frees the fetch. why NULL: the body is the key set. */
static void finish(struct key_fetch *self, const char *why)
{
    ensure(self->fetch == NULL);
    const struct key_answer answer = { why, buf_view(&self->body), self->max_age_s };

    self->done(self->user, &answer);
    key_fetch_free(self);
}

void key_fetch_cancel(struct key_fetch *fetch)
{
    if (fetch == NULL)
        return;
    if (fetch->fetch != NULL)
        fetch_cancel(fetch->fetch);
    key_fetch_free(fetch);
}

/* ---- one document ---- */

static void take_document(struct key_fetch *self);
static void try_next(struct key_fetch *self, const char *why);

/* The seconds of "max-age=N"; 0 for no-store and no-cache; -1: the header has none of these. */
static int64_t read_max_age(str value)
{
    int64_t seconds = -1;

    while (value.len > 0) {
        str directive = str_trim(str_split(&value, ','));

        if (str_equal_nocase(directive, STR("no-store")) ||
            str_equal_nocase(directive, STR("no-cache")))
            return 0;
        str name = str_split(&directive, '=');
        if (str_equal_nocase(name, STR("max-age")) &&
            (!str_to_int(directive, &seconds) || seconds < 0))
            seconds = -1;
    }
    return seconds;
}

static void on_head(void *user, int status, const struct headers *headers)
{
    struct key_fetch *self = user;
    str value;

    ensure(self->fetch != NULL);
    self->http_status = status;
    self->max_age_s = -1;
    if (headers_find(headers, STR("cache-control"), &value))
        self->max_age_s = read_max_age(value);
}

static void on_data(void *user, str bytes)
{
    struct key_fetch *self = user;

    ensure(self->fetch != NULL);
    buf_append(&self->body, bytes);
    if (buf_ok(&self->body))
        return;
    fetch_cancel(TAKE(self->fetch)); /* no event comes afterwards */
    try_next(self,
             arena_printf(self->arena, "%s is longer than %d bytes", self->url, JWKS_MAX_BYTES));
}

/* Only a whole answer of status 200 counts as a document. */
static void on_end(void *user, agentos_status status, const char *reason)
{
    struct key_fetch *self = user;

    ensure(self->fetch != NULL);
    self->fetch = NULL;
    if (status != AGENTOS_OK)
        try_next(self, arena_printf(self->arena, "%s: %s", self->url, reason));
    else if (self->http_status >= 300 && self->http_status < 400)
        try_next(self, arena_printf(self->arena, "%s answered %d; redirects are not followed",
                                    self->url, self->http_status));
    else if (self->http_status != 200)
        try_next(self, arena_printf(self->arena, "%s answered %d", self->url, self->http_status));
    else
        take_document(self);
}

/* Requests the document at this URL, which lives as long as the fetch. */
static void request_document(struct key_fetch *self, const char *url)
{
    static const struct fetch_events events = { on_head, on_data, on_end };
    static const struct header accept = { STR_INIT("accept"), STR_INIT("application/json") };

    ensure(self->fetch == NULL && url != NULL);
    buf_empty(&self->body);
    self->body.overflowed = false;
    self->http_status = 0;
    self->url = url;
    self->fetch = client_fetch(self->client,
                               &(struct fetch_options){
                                   .method = GET,
                                   .url = url,
                                   .headers = &accept,
                                   .header_count = 1,
                                   .connect_ms = CONNECT_MS,
                                   .silence_ms = SILENCE_MS,
                                   .total_ms = TOTAL_MS,
                                   .egress = self->egress,
                               },
                               &events, self);
}

/* ---- discovery ---- */

/* Where the keys are by the discovery document in body; NULL: *why says what is wrong with it. */
static const char *read_discovery(struct key_fetch *self, const char **why)
{
    const struct discovery_rules rules = { self->place->issuer, self->egress };
    const char *keys = NULL;
    agentos_error err;

    if (discovery_read(self->arena, buf_view(&self->body), &rules, &keys, &err) != AGENTOS_OK)
        *why = arena_printf(self->arena, "%s %s", self->url, err.message);
    return keys;
}

/* After a document that is of no use: the next place of the discovery document, or the end. */
static void try_next(struct key_fetch *self, const char *why)
{
    ensure(why != NULL);
    if (!self->is_at_keys && self->document < self->document_count)
        request_document(self, self->documents[self->document++]);
    else
        finish(self, why);
}

/* The whole document is in body: the key set, or what says where that is. */
static void take_document(struct key_fetch *self)
{
    const char *keys = NULL, *why = NULL;

    ensure(self->fetch == NULL && buf_ok(&self->body));
    if (self->is_at_keys) {
        finish(self, NULL);
        return;
    }
    keys = read_discovery(self, &why);
    if (keys == NULL) {
        try_next(self, why);
        return;
    }
    self->is_at_keys = true;
    request_document(self, keys);
}

/* ---- the beginning ---- */

/* Lists the documents to ask for: the configured URL, or the well-known places of the issuer. */
static void list_documents(struct key_fetch *self)
{
    ensure(self->document_count == 0 && self->document == 0);
    if (self->place->url != NULL) {
        self->documents[self->document_count++] = self->place->url;
        return;
    }
    discovery_places(self->arena, str_of(self->place->issuer), self->documents);
    self->document_count = DISCOVERY_PLACES;
}

struct key_fetch *key_fetch_new(struct client *client, const struct key_place *place,
                                void (*done)(void *user, const struct key_answer *answer),
                                void *user)
{
    ensure(place->issuer != NULL || place->url != NULL);
    struct key_fetch *self = mem_zeroed(sizeof(*self));
    *self = (struct key_fetch){ .client = client,
                                .place = place,
                                .done = done,
                                .user = user,
                                .arena = arena_new(),
                                .max_age_s = -1,
                                .body = buf_with_limit(JWKS_MAX_BYTES) };
    list_documents(self);
    self->is_at_keys = place->issuer == NULL;

    /* The URL was checked when it was configured; here only to know which addresses it may have. */
    if (remote_url_check("url", str_of(self->documents[0]), &self->egress, NULL) != AGENTOS_OK)
        self->egress = EGRESS_GUARDED;
    request_document(self, self->documents[self->document++]);
    return self;
}
