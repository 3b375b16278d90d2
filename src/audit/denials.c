/* Counts denied requests for a minute and writes one audit row for each kind. */
#include "audit/denials.h"

#include <inttypes.h>
#include <stdlib.h>

#include "audit/denial_class.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "loop/timer.h"
#include "json/writer.h"

enum {
    MINUTE_MS = 60 * 1000,
    REASON_MAX_BYTES = 200,
    KEY_MAX_BYTES = 4 * KiB,
    ROW_TEXT_MAX_BYTES = 16 * KiB,
    STATUSES = 3, /* 401, 403 and 429 */
    OVERFLOW_ROWS = DENIAL_CLASSES * STATUSES,
    CALLER_KINDS_MAX = 4, /* per minute; further kinds share one counter per status */
    HOUR_S = 60 * 60,
};

/* The number of kinds that a class added in this minute and this hour. */
struct used {
    size_t minute, hour;
    int64_t hour_number; /* since 1970 */
};

struct denials {
    struct denials_options options;
    struct timer timer;
    struct map counters;    /* key -> struct counter */
    arena *arena;           /* of this minute; NULL if nothing was denied */
    struct counter **order; /* the counters in order of arrival */
    struct map callers;     /* authenticated callers */
    struct used used[DENIAL_CLASSES];
};

struct caller {
    size_t kinds;
};

struct counter {
    struct denial denial;
    int64_t first_s;
    uint64_t count;
};

/* The rows of a minute on their way to the database. */
struct batch {
    struct db_job job;
    const struct denials_options *options;
    arena *arena; /* owns this object */
    struct audit_row *rows;
    size_t count;
};

static void on_timer(struct timer *timer)
{
    denials_flush(LIST_OWNER(timer, struct denials, timer));
}

/* Creates the counters of one event loop. The caller must free them with denials_free. */
struct denials *denials_new(const struct denials_options *options)
{
    ensure(options->loop != NULL && options->busy != NULL);
    struct denials *self = mem_zeroed(sizeof(*self));
    self->options = *options;
    self->timer.fire = on_timer;
    return self;
}

/* Clears the counters of the minute. The caller owns its arena from then on. */
static void forget_minute(struct denials *self)
{
    map_clear(&self->counters);
    map_clear(&self->callers);
    self->arena = NULL;
    for (size_t i = 0; i < DENIAL_CLASSES; i++)
        self->used[i].minute = 0;
}

/* Frees the counters and drops unwritten denials. */
void denials_free(struct denials *denials)
{
    if (denials == NULL)
        return;
    timer_stop(&denials->timer);
    arena_free(denials->arena);
    forget_minute(denials);
    free(denials);
}

/* ---- counting ---- */

/* Adds a kind with a count of 0 and copies its texts. */
static struct counter *add_counter(struct denials *self, str key, const struct denial *denial,
                                   int64_t now_s)
{
    arena *a = self->arena;
    struct counter *counter = arena_alloc(a, sizeof(*counter));

    *counter = (struct counter){
        .denial = { .status = denial->status,
                    .reason = arena_copy(a, str_cut(str_of(denial->reason), REASON_MAX_BYTES)),
                    .actor = arena_copy_text(a, denial->actor),
                    .issuer = arena_copy_text(a, denial->issuer),
                    .peer = arena_copy_text(a, denial->peer),
                    .route = arena_copy_text(a, denial->route) },
        .first_s = now_s,
    };
    ensure(self->counters.count < DENIALS_MAX + OVERFLOW_ROWS); /* the capacity of order */
    self->order[self->counters.count] = counter;
    (void)map_put(&self->counters, key, counter); /* a new key */
    return counter;
}

/* Writes the identity of the caller to `text`. */
static void write_caller(buf *text, const struct denial *denial)
{
    const char *issuer = denial->issuer != NULL ? denial->issuer : "";

    if (denial->actor != NULL)
        buf_printf(text, "%s\n%s", issuer, denial->actor);
    else
        buf_printf(text, "%s", issuer);
}

/* Writes the key of a kind of denial. The reason may quote the request and is not part of it. */
static str write_denial_key(buf *text, enum denial_class class, const struct denial *denial)
{
    ensure(denial->peer != NULL && denial->reason != NULL);
    buf_printf(text, "%d %d %d\n%s\n", (int)class, (int)denial->status, (int)denial->code,
               denial->peer);
    write_caller(text, denial);
    return buf_view(text);
}

/* Starts a new minute, unless one is in progress. */
static void begin_minute(struct denials *self)
{
    if (self->arena != NULL)
        return;
    ensure(self->counters.count == 0);
    self->arena = arena_new();
    self->order =
        arena_alloc(self->arena, (DENIALS_MAX + OVERFLOW_ROWS) * sizeof(struct counter *));
    timer_start(self->options.loop, &self->timer, MINUTE_MS);
}

static bool is_denial_status(agentos_status status)
{
    return status == AGENTOS_UNAUTHENTICATED || status == AGENTOS_FORBIDDEN ||
           status == AGENTOS_TOO_MANY;
}

/* Returns true if the class may add another kind. */
static bool class_has_room(struct used *used, enum denial_class class, int64_t now_s)
{
    const struct denial_limits *limits = denial_limits_of(class);

    if (used->hour_number != now_s / HOUR_S)
        *used = (struct used){ .minute = used->minute, .hour_number = now_s / HOUR_S };
    return used->minute < limits->minute && (limits->hour == 0 || used->hour < limits->hour);
}

/* Returns the entry of an authenticated caller, added if needed. */
static struct caller *find_caller(struct denials *self, const struct denial *denial)
{
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);

    write_caller(&text, denial);
    struct caller *caller = map_get(&self->callers, buf_view(&text));
    if (caller == NULL) {
        caller = arena_alloc(self->arena, sizeof(*caller));
        *caller = (struct caller){ 0 };
        (void)map_put(&self->callers, buf_view(&text), caller); /* a new key */
    }
    return caller;
}

/* Returns the counter of the denial's kind, added if the class has room. Otherwise returns NULL. */
static struct counter *find_or_add(struct denials *self, enum denial_class class,
                                   const struct denial *denial, int64_t now_s)
{
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);
    str key = write_denial_key(&text, class, denial); /* copied by the map */
    struct counter *counter = map_get(&self->counters, key);

    if (counter != NULL || !class_has_room(&self->used[class], class, now_s))
        return counter;
    self->used[class].minute++;
    self->used[class].hour++;
    return add_counter(self, key, denial, now_s);
}

/* Like find_or_add, but a caller with CALLER_KINDS_MAX kinds gets one counter for the rest. */
static struct counter *find_or_add_known(struct denials *self, const struct denial *denial,
                                         int64_t now_s)
{
    const struct denial rest = {
        .status = denial->status,
        .reason = "many reasons",
        .actor = denial->actor,
        .issuer = denial->issuer,
        .peer = "many peers",
    };
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);
    struct counter *counter =
        map_get(&self->counters, write_denial_key(&text, DENIAL_KNOWN, denial));

    ensure(denial->is_known);
    if (counter != NULL)
        return counter;
    if (!class_has_room(&self->used[DENIAL_KNOWN], DENIAL_KNOWN, now_s))
        return NULL;
    struct caller *caller = find_caller(self, denial);
    if (caller->kinds >= CALLER_KINDS_MAX)
        return find_or_add(self, DENIAL_KNOWN, &rest, now_s);
    caller->kinds++;
    return find_or_add(self, DENIAL_KNOWN, denial, now_s);
}

/* Returns the counter for denials that the class has no room for, one per status. */
static struct counter *find_overflow(struct denials *self, enum denial_class class,
                                     agentos_status status, int64_t now_s)
{
    const struct denial many = {
        .status = status,
        .reason = "many reasons",
        .peer = "many peers",
    };
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);

    buf_printf(&text, "rest %d %d", (int)class, (int)status); /* distinct from all kind keys */
    struct counter *counter = map_get(&self->counters, buf_view(&text));
    return counter != NULL ? counter : add_counter(self, buf_view(&text), &many, now_s);
}

/* Counts a denial by its kind, or by class and status if there are too many kinds. */
void denials_record(struct denials *denials, const struct denial *denial, int64_t now_s)
{
    ensure(is_denial_status(denial->status));
    enum denial_class class = denial_class_of(denial->code, denial->is_known);

    begin_minute(denials);
    struct counter *counter = class == DENIAL_KNOWN ? find_or_add_known(denials, denial, now_s)
                                                    : find_or_add(denials, class, denial, now_s);
    if (counter == NULL)
        counter = find_overflow(denials, class, denial->status, now_s);
    counter->count++;
}

/* ---- writing ---- */

/* Appends all rows or none. Called on the writer thread. */
static agentos_status write_rows(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    const struct batch *batch = LIST_OWNER(job, struct batch, job);

    for (size_t i = 0; i < batch->count; i++)
        TRY(audit_append(batch->options->audit, conn, &batch->rows[i], err));
    return AGENTOS_OK;
}

/* Reports lost rows and frees them. Called on the event loop. */
static void on_written(struct db_job *job)
{
    struct batch *batch = LIST_OWNER(job, struct batch, job);
    const struct denials_options *options = batch->options;

    if (job->status != AGENTOS_OK && options->on_lost != NULL)
        options->on_lost(batch->count, &job->err);
    arena_free(batch->arena);
    busy_end(options->busy);
}

/* Returns the details of a kind as JSON, in the arena. */
static const char *render_details(arena *a, const struct counter *counter)
{
    AUTO_BUF text = buf_with_limit(ROW_TEXT_MAX_BYTES);
    writer w = { .out = &text };
    bool has_issuer = counter->denial.issuer != NULL && counter->denial.issuer[0] != '\0';

    ensure(counter->count > 0);
    write_object(&w);
    write_member_int(&w, "status", agentos_status_http(counter->denial.status));
    write_member(&w, "reason", counter->denial.reason);
    if (has_issuer)
        write_member(&w, "issuer", counter->denial.issuer);
    write_member_if(&w, "route", counter->denial.route);
    write_member_int(&w, "count", (int64_t)counter->count);
    write_end(&w);
    return arena_copy(a, buf_view(&text));
}

/* Returns the audit row of a kind. Its texts are in the arena. */
static struct audit_row make_row(arena *a, const struct counter *counter)
{
    return (struct audit_row){
        .created_at = counter->first_s,
        .actor = counter->denial.actor,
        .action = "denied",
        .target = counter->denial.peer,
        .after = render_details(a, counter),
    };
}

/* Builds the rows and their write job in the arena of the minute. on_written frees it. */
static struct batch *make_batch(const struct denials *denials)
{
    arena *a = denials->arena;
    struct batch *batch = arena_alloc(a, sizeof(*batch));

    ensure(denials->counters.count > 0);
    batch->options = &denials->options;
    batch->arena = a;
    batch->count = denials->counters.count;
    batch->rows = arena_alloc(a, batch->count * sizeof(*batch->rows));
    for (size_t i = 0; i < batch->count; i++)
        batch->rows[i] = make_row(a, denials->order[i]);
    batch->job =
        (struct db_job){ .home = denials->options.loop, .run = write_rows, .done = on_written };
    return batch;
}

/* Queues the counted denials for writing. Holds the event loop open until they are written. */
void denials_flush(struct denials *denials)
{
    if (denials->arena == NULL)
        return;
    timer_stop(&denials->timer);
    struct batch *batch = make_batch(denials);
    forget_minute(denials);
    busy_begin(denials->options.busy);
    db_write(denials->options.db, &batch->job);
}
