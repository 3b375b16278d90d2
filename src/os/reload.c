/* SIGHUP reads the configuration again; a changed key file reads only what the configuration, as it
 * was last read, names. Either makes a new edition beside the old one, and the stations take it up
 * between two requests. What cannot be meant changes nothing, and is said in the log. */
#include <signal.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "os/edition.h"
#include "os/house.h"

enum { SETTLE_MS = 200 };

/* ---- on the reload's thread: read, and build ---- */

static void log_faults(const struct config_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *fault = &faults->all[i];

        LOG(fault->is_warning ? LOG_WARNING : LOG_ERROR, "configuration",
            log_text("file", fault->file), log_int("line", fault->line),
            log_text("key", fault->key != NULL ? fault->key : "-"),
            log_text("why", fault->sentence));
    }
}

static agentos_status make_edition(struct house *house, arena *own, agentos_error *err)
{
    struct reload *reload = &house->reload;
    struct option_flags flags = reload->flags;
    struct options options;
    struct config_faults faults;

    flags.text = reload->takes_file ? NULL : reload->text;
    agentos_status status = options_load(&flags, own, &options, &faults, err);
    log_faults(&faults);
    TRY(status);
    TRY(edition_new(&(struct edition_options){ .options = &options,
                                               .os_id = house->os_id,
                                               .exposed_host = house->exposed_host,
                                               .started_at_us = house->started_at_us,
                                               .keys = house->keys,
                                               .accounts = house->accounts,
                                               .own = own },
                    &reload->made, err));
    reload->made_text = strdup(options.text);
    if (reload->made_text == NULL)
        abort();
    return AGENTOS_OK;
}

static void build(struct work *work, void *state)
{
    struct house *house = LIST_OWNER(work, struct house, reload.work);
    arena *own = arena_new();
    agentos_error err;

    (void)state; /* this worker keeps none */
    if (make_edition(house, own, &err) == AGENTOS_OK)
        return;
    LOG(LOG_ERROR, "reload refused; everything stays as it was", log_text("why", err.message));
    arena_free(own);
}

/* ---- on the stations: take it up ---- */

struct change {
    struct letter letter;
    struct context *context;
    struct catalogue *next;
};

static void take_up(struct letter *letter)
{
    struct change *change = LIST_OWNER(letter, struct change, letter);

    catalogue_unref(change->context->catalogue);
    change->context->catalogue = change->next;
    free(change);
}

static void send_change(struct station *station, struct catalogue *next)
{
    struct change *change = calloc(1, sizeof(*change));

    if (change == NULL)
        abort();
    catalogue_ref(next);
    *change = (struct change){ { .deliver = take_up }, &station->context, next };
    loop_post(station->context.loop, &change->letter);
}

/* ---- on the first station: ask, and spread ---- */

static void ask(struct house *house, bool takes_file);

static void spread(struct house *house)
{
    struct reload *reload = &house->reload;

    for (size_t i = 0; i < house->count; i++)
        send_change(&house->stations[i], reload->made);
    catalogue_unref(reload->made);
    free(reload->text);
    reload->text = reload->made_text;
    reload->made = NULL;
    reload->made_text = NULL;
    LOG(LOG_INFO, "reloaded");
}

static void built(struct work *work)
{
    struct house *house = LIST_OWNER(work, struct house, reload.work);
    struct reload *reload = &house->reload;

    reload->is_under_way = false;
    if (reload->made != NULL)
        spread(house);
    if (reload->is_asked_again) {
        reload->is_asked_again = false;
        ask(house, reload->file_is_asked);
    }
}

static void ask(struct house *house, bool takes_file)
{
    struct reload *reload = &house->reload;

    if (house->is_draining)
        return;
    if (reload->is_under_way) {
        reload->file_is_asked = takes_file || (reload->is_asked_again && reload->file_is_asked);
        reload->is_asked_again = true;
        return;
    }
    reload->is_under_way = true;
    reload->takes_file = takes_file;
    reload->work =
        (struct work){ .home = house->stations[0].context.loop, .run = build, .done = built };
    if (!workers_submit(reload->workers, &reload->work))
        reload->is_under_way = false; /* cannot be: one job at a time, and the queue takes one */
}

static void on_hangup(int signum, void *user)
{
    (void)signum; /* SIGHUP */
    ask(user, true);
}

static void on_changed(void *user)
{
    ask(user, false);
}

/* ---- opening and closing ---- */

static void watch_files(struct house *house, const struct options *options)
{
    struct reload *reload = &house->reload;

    for (size_t i = 0; i < options->watched_count; i++) {
        const struct watch_options file = { .path = options->watched[i],
                                            .settle_ms = SETTLE_MS,
                                            .changed = on_changed,
                                            .user = house };
        agentos_error err;

        if (watch_new(house->stations[0].context.loop, &file, &reload->watches[reload->watch_count],
                      &err) == AGENTOS_OK)
            reload->watch_count++;
        else
            LOG(LOG_WARNING, "a file is not watched; send SIGHUP when it changes",
                log_text("file", options->watched[i]), log_text("why", err.message));
    }
}

agentos_status reload_open(struct house *house, const struct options *options,
                           const struct option_flags *flags, agentos_error *err)
{
    struct reload *reload = &house->reload;

    if (flags == NULL)
        return AGENTOS_OK;
    reload->flags = *flags;
    reload->flags.config = options->file;
    reload->text = strdup(options->text);
    if (reload->text == NULL)
        abort();
    reload->workers = workers_new(&(struct worker_options){ .threads = 1, .queue_max = 1 });
    watch_files(house, options);
    return loop_on_signal(house->stations[0].context.loop, SIGHUP, on_hangup, house, err);
}

void reload_close(struct house *house)
{
    struct reload *reload = &house->reload;

    workers_free(reload->workers);
    for (size_t i = 0; i < reload->watch_count; i++)
        watch_free(reload->watches[i]);
    catalogue_unref(reload->made);
    free(reload->made_text);
    free(reload->text);
}
