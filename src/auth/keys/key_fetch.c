/* A walk over at most three documents: openid-configuration, oauth-authorization-server, key set.
 */
#include "auth/keys/key_fetch.h"

#include "auth/keys/discovery.h"
#include "auth/keys/remote_url.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

enum { CONNECT_MS = 3000, SILENCE_MS = 5000, TOTAL_MS = 10 * 1000 };

struct key_fetch {
    struct client *client;
    const struct key_place *place;
    void (*done)(void *user, const struct key_answer *answer);
    void *user;
    arena *arena;
    const char *documents[DISCOVERY_PLACES]; /* where discovery is tried */
    size_t document_count, document;
    bool is_at_keys;    /* the fetch in flight is of the key set */
    const char *url;    /* of the fetch in flight */
    enum egress egress; /* what the configured URL allows holds for what it leads to */
    struct fetch *fetch;
    buf body;
    int status;
    int64_t max_age_s;
};

/* ---- the end ---- */

static void key_fetch_free(struct key_fetch *self)
{
    buf_clear(&self->body);
    arena_free(self->arena);
    free(self);
}

static void finish(struct key_fetch *self, const char *why)
{
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

static void start(struct key_fetch *self, const char *url);
static void proceed(struct key_fetch *self, const char *why);

/* Seconds of "max-age=N"; 0 for no-store and no-cache, which callers raise to their least. */
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

    self->status = status;
    self->max_age_s = -1;
    if (headers_find(headers, STR("cache-control"), &value))
        self->max_age_s = read_max_age(value);
}

static void on_data(void *user, str bytes)
{
    struct key_fetch *self = user;

    buf_append(&self->body, bytes);
    if (buf_ok(&self->body))
        return;
    struct fetch *fetch = TAKE(self->fetch); /* no event afterwards */
    fetch_cancel(fetch);
    proceed(self,
            arena_printf(self->arena, "%s is longer than %d bytes", self->url, JWKS_MAX_BYTES));
}

static void on_end(void *user, agentos_status status, const char *reason)
{
    struct key_fetch *self = user;

    self->fetch = NULL;
    if (status != AGENTOS_OK)
        proceed(self, arena_printf(self->arena, "%s: %s", self->url, reason));
    else if (self->status >= 300 && self->status < 400)
        proceed(self, arena_printf(self->arena, "%s answered %d; redirects are not followed",
                                   self->url, self->status));
    else if (self->status != 200)
        proceed(self, arena_printf(self->arena, "%s answered %d", self->url, self->status));
    else
        proceed(self, NULL);
}

static void start(struct key_fetch *self, const char *url)
{
    static const struct fetch_events events = { on_head, on_data, on_end };
    static const struct header accept = { STR_INIT("accept"), STR_INIT("application/json") };

    buf_empty(&self->body);
    self->body.overflowed = false;
    self->status = 0;
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

/* Where its keys are; NULL: *why says what is wrong with the document. */
static const char *read_document(struct key_fetch *self, const char **why)
{
    const struct discovery_rules rules = { self->place->issuer, self->egress };
    const char *keys = NULL;
    agentos_error err;

    if (discovery_read(self->arena, buf_view(&self->body), &rules, &keys, &err) != AGENTOS_OK)
        *why = arena_printf(self->arena, "%s %s", self->url, err.message);
    return keys;
}

/* What came is in body, unless why says that nothing did. */
static void proceed(struct key_fetch *self, const char *why)
{
    const char *keys = NULL;

    if (self->is_at_keys) {
        finish(self, why);
        return;
    }
    if (why == NULL)
        keys = read_document(self, &why);
    if (keys != NULL) {
        self->is_at_keys = true;
        start(self, keys);
    } else if (self->document < self->document_count) {
        start(self, self->documents[self->document++]);
    } else {
        finish(self, why);
    }
}

static void list_documents(struct key_fetch *self)
{
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

    /* Checked when it was configured; here only to know which addresses it may have. */
    if (remote_url_check("url", str_of(self->documents[0]), &self->egress, NULL) != AGENTOS_OK)
        self->egress = EGRESS_GUARDED;
    start(self, self->documents[self->document++]);
    return self;
}
