/* Counts refused requests for a minute, by caller and kind of refusal, and then writes one row for
 * each kind to the audit log. Where a class or a caller has no place left, denials are counted
 * without saying whose or why. Runs on the loop's thread, except write_rows. */
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
    STATUSES = 3, /* that are refused with: 401, 403, 429 */
    OVERFLOW_ROWS = DENIAL_CLASSES * STATUSES,
    CALLER_PLACES =
        4, /* kinds of one authenticated caller in a minute, and one for the rest by status */
    HOUR_S = 60 * 60,
};

/* How many kinds of a class were added in this minute and in this hour. */
struct used {
    size_t minute, hour;
    int64_t hour_number; /* since 1970 */
};

struct denials {
    struct denials_options options;
    struct timer timer;
    struct map seen;     /* key -> struct seen */
    arena *arena;        /* of this minute; NULL: nothing was seen */
    struct seen **order; /* the values of `seen`, as they came */
    struct map callers;  /* an authenticated caller -> struct caller */
    struct used used[DENIAL_CLASSES];
};

struct caller {
    size_t kinds;
};

struct seen {
    struct denial denial;
    int64_t first_s;
    uint64_t count;
};

/* A minute's rows on their way to the writer. */
struct writing {
    struct db_job job;
    const struct denials_options *options;
    arena *arena; /* this object lives in it */
    struct audit_row *rows;
    size_t count;
};

/* Writes what was counted when the minute is over. */
static void on_timer(struct timer *timer)
{
    denials_flush(LIST_OWNER(timer, struct denials, timer));
}

/* Creates the counters of one loop. The caller must free them. */
struct denials *denials_new(const struct denials_options *options)
{
    ensure(options->loop != NULL && options->busy != NULL);
    struct denials *self = mem_zeroed(sizeof(*self));
    self->options = *options;
    self->timer.fire = on_timer;
    return self;
}

/* Forgets the minute that was counted. Its arena is not freed: the caller must do that. */
static void forget_minute(struct denials *self)
{
    map_clear(&self->seen);
    map_clear(&self->callers);
    self->arena = NULL;
    for (size_t i = 0; i < DENIAL_CLASSES; i++)
        self->used[i].minute = 0;
}

/* Frees the counters. Denials that have not been written are lost. Does nothing if denials is
 * NULL. */
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

/* Adds the first denial of a kind with a count of 0. Its texts are copied to the arena of the
 * minute. */
static struct seen *add_seen(struct denials *self, str key, const struct denial *denial,
                             int64_t now_s)
{
    arena *a = self->arena;
    struct seen *seen = arena_alloc(a, sizeof(*seen));

    *seen = (struct seen){
        .denial = { .status = denial->status,
                    .reason = arena_copy(a, str_cut(str_of(denial->reason), REASON_MAX_BYTES)),
                    .actor = arena_copy_text(a, denial->actor),
                    .issuer = arena_copy_text(a, denial->issuer),
                    .peer = arena_copy_text(a, denial->peer),
                    .route = arena_copy_text(a, denial->route) },
        .first_s = now_s,
    };
    ensure(self->seen.count < DENIALS_MAX + OVERFLOW_ROWS); /* order has room for as many */
    self->order[self->seen.count] = seen;
    (void)map_put(&self->seen, key, seen); /* the map had no value for this key */
    return seen;
}

/* Writes what names the caller to text. */
static void write_caller(buf *text, const struct denial *denial)
{
    const char *issuer = denial->issuer != NULL ? denial->issuer : "";

    if (denial->actor != NULL)
        buf_printf(text, "%s\n%s", issuer, denial->actor);
    else
        buf_printf(text, "%s", issuer);
}

/* Writes the key of the denial to text: denials of one kind have equal keys. The reason is not in
 * it, because it may quote the request. Returns a view of the text. */
static str write_denial_key(buf *text, enum denial_class of, const struct denial *denial)
{
    ensure(denial->peer != NULL && denial->reason != NULL);
    buf_printf(text, "%d %d %d\n%s\n", (int)of, (int)denial->status, (int)denial->code,
               denial->peer);
    write_caller(text, denial);
    return buf_view(text);
}

/* Starts a minute and its timer, unless one is in progress. */
static void begin_minute(struct denials *self)
{
    if (self->arena != NULL)
        return;
    ensure(self->seen.count == 0);
    self->arena = arena_new();
    self->order = arena_alloc(self->arena, (DENIALS_MAX + OVERFLOW_ROWS) * sizeof(struct seen *));
    timer_start(self->options.loop, &self->timer, MINUTE_MS);
}

/* Returns whether the status is one of the STATUSES of a denial. */
static bool is_refusal(agentos_status status)
{
    return status == AGENTOS_UNAUTHENTICATED || status == AGENTOS_FORBIDDEN ||
           status == AGENTOS_TOO_MANY;
}

/* Returns whether the class has a place for another kind. */
static bool class_has_place(struct used *used, enum denial_class of, int64_t now_s)
{
    const struct denial_places *places = denial_places_of(of);

    if (used->hour_number != now_s / HOUR_S)
        *used = (struct used){ .minute = used->minute, .hour_number = now_s / HOUR_S };
    return used->minute < places->minute && (places->hour == 0 || used->hour < places->hour);
}

/* Returns the entry of an authenticated caller, which is added if it is not there. */
static struct caller *find_caller(struct denials *self, const struct denial *denial)
{
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);

    write_caller(&text, denial);
    struct caller *caller = map_get(&self->callers, buf_view(&text));
    if (caller == NULL) {
        caller = arena_alloc(self->arena, sizeof(*caller));
        *caller = (struct caller){ 0 };
        (void)map_put(&self->callers, buf_view(&text), caller); /* there was no value */
    }
    return caller;
}

/* Finds the counter of the denial's kind, or adds it if it is the first of its kind and the class
 * has a place. Returns NULL if it has none. */
static struct seen *find_or_add(struct denials *self, enum denial_class of,
                                const struct denial *denial, int64_t now_s)
{
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);
    str key = write_denial_key(&text, of, denial); /* copied by the map */
    struct seen *seen = map_get(&self->seen, key);

    if (seen != NULL || !class_has_place(&self->used[of], of, now_s))
        return seen;
    self->used[of].minute++;
    self->used[of].hour++;
    return add_seen(self, key, denial, now_s);
}

/* As find_or_add, but an authenticated caller who has used their own places gets the counter of all
 * their further kinds. */
static struct seen *find_or_add_known(struct denials *self, const struct denial *denial,
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
    struct seen *seen = map_get(&self->seen, write_denial_key(&text, DENIAL_KNOWN, denial));

    ensure(denial->is_known);
    if (seen != NULL)
        return seen;
    if (!class_has_place(&self->used[DENIAL_KNOWN], DENIAL_KNOWN, now_s))
        return NULL;
    struct caller *caller = find_caller(self, denial);
    if (caller->kinds >= CALLER_PLACES)
        return find_or_add(self, DENIAL_KNOWN, &rest, now_s);
    caller->kinds++;
    return find_or_add(self, DENIAL_KNOWN, denial, now_s);
}

/* Returns the counter of what a class has no place for, one for each status. */
static struct seen *find_overflow(struct denials *self, enum denial_class of, agentos_status status,
                                  int64_t now_s)
{
    const struct denial many = {
        .status = status,
        .reason = "many reasons",
        .peer = "many peers",
    };
    AUTO_BUF text = buf_with_limit(KEY_MAX_BYTES);

    buf_printf(&text, "rest %d %d", (int)of, (int)status); /* no key of a kind begins so */
    struct seen *seen = map_get(&self->seen, buf_view(&text));
    return seen != NULL ? seen : add_seen(self, buf_view(&text), &many, now_s);
}

/* Counts a denial: by its kind, or if there are too many kinds already, by its class and status. */
void denials_record(struct denials *denials, const struct denial *denial, int64_t now_s)
{
    ensure(is_refusal(denial->status));
    enum denial_class of = denial_class_of(denial->code, denial->is_known);

    begin_minute(denials);
    struct seen *seen = of == DENIAL_KNOWN ? find_or_add_known(denials, denial, now_s)
                                           : find_or_add(denials, of, denial, now_s);
    if (seen == NULL)
        seen = find_overflow(denials, of, denial->status, now_s);
    seen->count++;
}

/* ---- writing ---- */

/* Appends all rows to the audit log, or none. Runs on the writer's thread, inside the transaction
 * of the job; the loop does not touch the rows meanwhile. */
static agentos_status write_rows(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    const struct writing *writing = LIST_OWNER(job, struct writing, job);

    for (size_t i = 0; i < writing->count; i++)
        TRY(audit_append(writing->options->audit, conn, &writing->rows[i], err));
    return AGENTOS_OK;
}

/* Called on the loop when the job has ended. Reports the rows if they were lost, and frees them. */
static void on_written(struct db_job *job)
{
    struct writing *writing = LIST_OWNER(job, struct writing, job);
    const struct denials_options *options = writing->options;

    if (job->status != AGENTOS_OK && options->on_lost != NULL)
        options->on_lost(writing->count, &job->err);
    arena_free(writing->arena);
    busy_end(options->busy);
}

/* Returns the JSON text of the row for all denials of one kind, in the arena. */
static const char *render_details(arena *a, const struct seen *seen)
{
    AUTO_BUF text = buf_with_limit(ROW_TEXT_MAX_BYTES);
    writer w = { .out = &text };
    bool has_issuer = seen->denial.issuer != NULL && seen->denial.issuer[0] != '\0';

    ensure(seen->count > 0);
    write_object(&w);
    write_member_int(&w, "status", agentos_status_http(seen->denial.status));
    write_member(&w, "reason", seen->denial.reason);
    if (has_issuer)
        write_member(&w, "issuer", seen->denial.issuer);
    write_member_if(&w, "route", seen->denial.route);
    write_member_int(&w, "count", (int64_t)seen->count);
    write_end(&w);
    return arena_copy(a, buf_view(&text));
}

/* Returns the audit row for all denials of one kind. Its texts live as long as the arena of the
 * minute, in which those of `seen` are, too. */
static struct audit_row make_row(arena *a, const struct seen *seen)
{
    return (struct audit_row){
        .created_at = seen->first_s,
        .actor = seen->denial.actor,
        .action = "denied",
        .target = seen->denial.peer,
        .after = render_details(a, seen),
    };
}

/* Makes the rows for what was counted, and the job that writes them. All of it is in the arena of
 * the minute, which on_written frees. */
static struct writing *make_writing(const struct denials *denials)
{
    arena *a = denials->arena;
    struct writing *writing = arena_alloc(a, sizeof(*writing));

    ensure(denials->seen.count > 0);
    writing->options = &denials->options;
    writing->arena = a;
    writing->count = denials->seen.count;
    writing->rows = arena_alloc(a, writing->count * sizeof(*writing->rows));
    for (size_t i = 0; i < writing->count; i++)
        writing->rows[i] = make_row(a, denials->order[i]);
    writing->job =
        (struct db_job){ .home = denials->options.loop, .run = write_rows, .done = on_written };
    return writing;
}

/* Writes what was counted so far. The rows are handed to the writer thread, and the loop counts as
 * busy until they are written. Does nothing if nothing was counted. */
void denials_flush(struct denials *denials)
{
    if (denials->arena == NULL)
        return;
    timer_stop(&denials->timer);
    struct writing *writing = make_writing(denials);
    forget_minute(denials);
    busy_begin(denials->options.busy);
    db_write(denials->options.db, &writing->job);
}
