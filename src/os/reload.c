/* Reloads the configuration while the server runs. SIGHUP rereads everything; a changed key file
 * rereads only the files that the current configuration names. The result is a new edition (a
 * configuration as loaded), which each station (event loop) adopts between two requests. An invalid
 * configuration is logged, and the old edition stays. */
#include <signal.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "config/faults.h"
#include "os/edition.h"
#include "os/journal.h"
#include "os/process.h"

/* ---- on the thread that reads: read, and build ---- */

static char *copy_text(const char *text)
{
    ensure(text != NULL);
    size_t size = strlen(text) + 1;

    return memcpy(mem_zeroed(size), text, size);
}

/* A new edition into reload->made, which takes the arena; INVALID: the configuration is refused,
 * and the arena is still the caller's. */
static agentos_status make_edition(struct process *process, arena *own, agentos_error *err)
{
    struct reload *reload = &process->reload;
    struct option_flags flags = reload->flags;
    struct options options;
    struct config_faults faults;

    ensure(reload->made == NULL && reload->made_text == NULL);
    flags.text = reload->reads_file ? NULL : reload->text;
    agentos_status status = options_check(&flags, own, &options, &faults, err);
    faults_log(&faults);
    if (status != AGENTOS_OK)
        return faults_first(&faults, err);
    TRY(edition_new(&(struct edition_options){ .options = &options,
                                               .os_id = process->os_id,
                                               .exposed_host = process->exposed_host,
                                               .started_at_us = process->started_at_us,
                                               .keys = process->keys,
                                               .accounts = process->accounts,
                                               .own = own },
                    &reload->made, err));
    memcpy(reload->made_files, options.watched, sizeof(reload->made_files));
    reload->made_file_count = options.watched_count;
    reload->made_text = copy_text(options.text);
    return AGENTOS_OK;
}

static void build_edition(struct work *work)
{
    struct process *process = LIST_OWNER(work, struct process, reload.work);
    agentos_error *refusal = &process->reload.refusal;
    arena *own = arena_new();

    if (make_edition(process, own, refusal) == AGENTOS_OK)
        return;
    LOG(LOG_ERROR, "reload refused; everything stays as it was", log_text("why", refusal->message));
    arena_free(own);
}

/* ---- on each station's thread: take it up ---- */

struct surface_change {
    struct letter letter;
    struct station *station;
    struct surface *next;
};

static void take_up_surface(struct letter *letter)
{
    struct surface_change *change = LIST_OWNER(letter, struct surface_change, letter);

    ensure(change->station->surface != NULL && change->station->surface != change->next);
    surface_unref(change->station->surface);
    change->station->surface = change->next;
    free(change);
}

static void send_surface(struct station *station, struct surface *next)
{
    ensure(station->loop != NULL && next != NULL);
    struct surface_change *change = mem_zeroed(sizeof(*change));
    surface_ref(next);
    *change = (struct surface_change){ { .deliver = take_up_surface }, station, next };
    loop_post(station->loop, &change->letter);
}

/* ---- on the first station's thread: request, and distribute ---- */

static void request_reload(struct process *process, bool reads_file);

/* Gives all stations the new edition, which is the configuration in force from now on. */
static void distribute_edition(struct process *process)
{
    ensure(process->reload.made != NULL && process->reload.made_text != NULL);
    struct reload *reload = &process->reload;

    for (size_t i = 0; i < process->stations.count; i++)
        send_surface(process->stations.all[i], reload->made);
    watched_set(&reload->watched, reload->made_files, reload->made_file_count);
    surface_unref(reload->made); /* the stations hold it */
    free(reload->text);
    reload->text = reload->made_text;
    reload->made = NULL;
    reload->made_text = NULL;
    LOG(LOG_INFO, "reloaded");
}

/* Before distribute_edition: this names the changed files as they are still watched, and the first
 * station still has the old edition. */
static void write_journal(struct process *process)
{
    ensure(first_station(process)->surface != NULL);
    const struct reload *reload = &process->reload;

    journal_reload(process, &(struct journal_reload){
                                .why = reload->refusal.message,
                                .before = first_station(process)->surface->authority,
                                .after = reload->made != NULL ? reload->made->authority : NULL,
                                .files = reload->changed_files,
                                .file_count = reload->changed_file_count,
                                .reads_file = reload->reads_file,
                            });
}

/* Takes up what was built, and begins the reading that was requested meanwhile. */
static void on_edition_built(struct work *work)
{
    struct process *process = LIST_OWNER(work, struct process, reload.work);
    struct reload *reload = &process->reload;

    ensure(reload->is_under_way);
    reload->is_under_way = false;
    if (process->stations.is_draining)
        return; /* other stations may have ended; reload_close drops what was made */
    write_journal(process);
    if (reload->made != NULL)
        distribute_edition(process);
    if (reload->is_requested_again) {
        reload->is_requested_again = false;
        request_reload(process, reload->file_is_requested);
    }
}

/* Begins a reading, or lets another one follow the one that is under way. */
static void request_reload(struct process *process, bool reads_file)
{
    ensure(process->reload.workers != NULL);
    struct reload *reload = &process->reload;

    if (process->stations.is_draining)
        return;
    if (reload->is_under_way) {
        reload->file_is_requested =
            reads_file || (reload->is_requested_again && reload->file_is_requested);
        reload->is_requested_again = true;
        return;
    }
    reload->reads_file = reads_file;
    reload->changed_file_count = watched_take_changed(&reload->watched, reload->changed_files);
    reload->work = (struct work){ .home = first_station(process)->loop,
                                  .run = build_edition,
                                  .done = on_edition_built };
    reload->is_under_way = workers_submit(reload->workers, &reload->work);
    ensure(reload->is_under_way); /* the queue has room for the one that there may be */
}

static void on_hangup(int signum, void *user)
{
    ensure(signum == SIGHUP);
    request_reload(user, true);
}

static void on_files_changed(void *user)
{
    request_reload(user, false);
}

/* ---- opening and closing ---- */

agentos_status reload_open(struct process *process, const struct options *options,
                           const struct option_flags *flags, agentos_error *err)
{
    struct reload *reload = &process->reload;
    struct loop *loop = first_station(process)->loop;

    ensure(loop != NULL && reload->workers == NULL);
    if (flags == NULL)
        return AGENTOS_OK;
    reload->flags = *flags;
    reload->flags.config = options->file;
    reload->flags.host = options->host; /* as it is bound, whatever is read later */
    reload->text = copy_text(options->text);
    reload->workers = workers_new(&(struct worker_options){ .threads = 1, .queue_max = 1 });
    reload->watched =
        (struct watched){ .loop = loop, .changed = on_files_changed, .user = process };
    watched_set(&reload->watched, options->watched, options->watched_count);
    return loop_on_signal(loop, SIGHUP, on_hangup, process, err);
}

void reload_close(struct process *process)
{
    ensure(process->arena != NULL);
    struct reload *reload = &process->reload;

    workers_free(reload->workers);
    watched_clear(&reload->watched);
    surface_unref(reload->made);
    free(reload->made_text);
    free(reload->text);
}
