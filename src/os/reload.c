/* SIGHUP reads the configuration again; a changed key file reads only what the configuration, as it
 * was last read, names. Either makes a new edition beside the old one, and the stations take it up
 * between two requests. What cannot be meant changes nothing, and is said in the log. */
#include <signal.h>

#include "base/list.h"
#include "base/mem.h"
#include "config/faults.h"
#include "os/edition.h"
#include "os/house.h"
#include "os/journal.h"

/* ---- on the reload's thread: read, and build ---- */

static agentos_status make_edition(struct house *house, arena *own, agentos_error *err)
{
    struct reload *reload = &house->reload;
    struct option_flags flags = reload->flags;
    struct options options;
    struct config_faults faults;

    flags.text = reload->takes_file ? NULL : reload->text;
    agentos_status status = options_check(&flags, own, &options, &faults, err);
    faults_log(&faults);
    if (status != AGENTOS_OK)
        return faults_first(&faults, err);
    TRY(edition_new(&(struct edition_options){ .options = &options,
                                               .os_id = house->os_id,
                                               .exposed_host = house->exposed_host,
                                               .started_at_us = house->started_at_us,
                                               .keys = house->keys,
                                               .accounts = house->accounts,
                                               .own = own },
                    &reload->made, err));
    memcpy(reload->made_files, options.watched, sizeof(reload->made_files));
    reload->made_file_count = options.watched_count;
    reload->made_text = strdup(options.text);
    if (reload->made_text == NULL)
        abort();
    return AGENTOS_OK;
}

static void build(struct work *work, void *state)
{
    struct house *house = LIST_OWNER(work, struct house, reload.work);
    agentos_error *refusal = &house->reload.refusal;
    arena *own = arena_new();

    (void)state; /* this worker keeps none */
    if (make_edition(house, own, refusal) == AGENTOS_OK)
        return;
    LOG(LOG_ERROR, "reload refused; everything stays as it was", log_text("why", refusal->message));
    arena_free(own);
}

/* ---- on the stations: take it up ---- */

struct change {
    struct letter letter;
    struct station *station;
    struct surface *next;
};

static void take_up(struct letter *letter)
{
    struct change *change = LIST_OWNER(letter, struct change, letter);

    surface_unref(change->station->surface);
    change->station->surface = change->next;
    free(change);
}

static void send_change(struct loop_thread *station, struct surface *next)
{
    struct change *change = mem_zeroed(sizeof(*change));
    surface_ref(next);
    *change = (struct change){ { .deliver = take_up }, &station->context.station, next };
    loop_post(station->context.station.loop, &change->letter);
}

/* ---- on the first station: ask, and spread ---- */

static void ask(struct house *house, bool takes_file);

static void spread(struct house *house)
{
    struct reload *reload = &house->reload;

    for (size_t i = 0; i < house->count; i++)
        send_change(&house->stations[i], reload->made);
    watched_set(&reload->watched, reload->made_files, reload->made_file_count);
    surface_unref(reload->made);
    free(reload->text);
    reload->text = reload->made_text;
    reload->made = NULL;
    reload->made_text = NULL;
    LOG(LOG_INFO, "reloaded");
}

/* Before the files are set anew, and while the station has the edition that was. */
static void note(struct house *house)
{
    const struct reload *reload = &house->reload;

    journal_reload(house, &(struct journal_reload){
                              .why = reload->refusal.message,
                              .before = house->stations[0].context.station.surface->authority,
                              .after = reload->made != NULL ? reload->made->authority : NULL,
                              .files = reload->news,
                              .file_count = reload->news_count,
                              .is_hangup = reload->takes_file,
                          });
}

static void built(struct work *work)
{
    struct house *house = LIST_OWNER(work, struct house, reload.work);
    struct reload *reload = &house->reload;

    reload->is_under_way = false;
    if (house->is_draining)
        return; /* other stations may have gone; reload_close drops what was made */
    note(house);
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
    reload->takes_file = takes_file;
    reload->news_count = watched_take_changed(&reload->watched, reload->news);
    reload->work = (struct work){ .home = house->stations[0].context.station.loop,
                                  .run = build,
                                  .done = built };
    if (!workers_submit(reload->workers, &reload->work))
        return; /* cannot be: one job at a time, and the queue takes one */
    reload->is_under_way = true;
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

agentos_status reload_open(struct house *house, const struct options *options,
                           const struct option_flags *flags, agentos_error *err)
{
    struct reload *reload = &house->reload;

    if (flags == NULL)
        return AGENTOS_OK;
    reload->flags = *flags;
    reload->flags.config = options->file;
    reload->flags.host = options->host; /* as it is bound, whatever is read later */
    reload->text = strdup(options->text);
    if (reload->text == NULL)
        abort();
    reload->workers = workers_new(&(struct worker_options){ .threads = 1, .queue_max = 1 });
    reload->watched = (struct watched){ .loop = house->stations[0].context.station.loop,
                                        .changed = on_changed,
                                        .user = house };
    watched_set(&reload->watched, options->watched, options->watched_count);
    return loop_on_signal(house->stations[0].context.station.loop, SIGHUP, on_hangup, house, err);
}

void reload_close(struct house *house)
{
    struct reload *reload = &house->reload;

    workers_free(reload->workers);
    watched_clear(&reload->watched);
    surface_unref(reload->made);
    free(reload->made_text);
    free(reload->text);
}
