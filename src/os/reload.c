/* Reloads the configuration on SIGHUP or when a key file changes. */
#include <signal.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "config/changed.h"
#include "config/faults.h"
#include "os/edition.h"
#include "os/journal.h"
#include "os/options_table.h"
#include "os/process.h"

/* ---- on the worker thread ---- */

/* Returns a copy of the text. The caller must free it. */
static char *copy_text(const char *text)
{
    ensure(text != NULL);
    size_t size = strlen(text) + 1;
    char *copy = mem_zeroed(size);

    memcpy(copy, text, size);
    return copy;
}

/* Reads and checks the configuration. Unless reads_file is set, rereads the text in force. */
static agentos_status read_options(struct reload *reload, arena *own, struct options *options,
                                   agentos_error *err)
{
    struct option_flags flags = reload->flags;
    struct config_faults faults;

    ensure(reload->reads_file || reload->text != NULL);
    if (!reload->reads_file || flags.text != NULL) /* standard input cannot be read again */
        flags.text = reload->text;
    agentos_status status = options_check(&flags, own, options, &faults, err);
    faults_log(&faults);
    return status == AGENTOS_OK ? AGENTOS_OK : faults_first(&faults, err);
}

static void keep_source(struct reload *reload, const struct options *options)
{
    _Static_assert(sizeof(reload->made_files) == sizeof(options->watched), "all of them fit");
    memcpy(reload->made_files, options->watched, sizeof(reload->made_files));
    reload->made_file_count = options->watched_count;
    reload->made_text = copy_text(options->text);
}

/* Logs that the reload does not apply a changed option. */
static void log_unapplied(const char *path)
{
    LOG(LOG_WARNING, "takes effect at the next start", log_text("option", path));
}

/* Makes a new edition, reload->made, which takes over `own` on success. */
static agentos_status make_edition(struct process *process, arena *own, agentos_error *err)
{
    struct reload *reload = &process->reload;
    struct options options;

    ensure(reload->made == NULL && reload->made_text == NULL);
    TRY(read_options(reload, own, &options, err));
    changed_at_start(&option_root, str_of(reload->text_at_start), str_of(options.text),
                     log_unapplied);
    const struct edition_options edition = {
        .options = &options, /* its texts are in `own` */
        .os_id = process->os_id,
        .exposed_host = process->exposed_host,
        .started_at_us = process->started_at_us,
        .keys = process->keys,
        .accounts = process->accounts,
        .own = own,
    };
    TRY(edition_new(&edition, &reload->made, err));
    keep_source(reload, &options);
    return AGENTOS_OK;
}

/* Builds the new edition, or logs why it is refused. Called on the worker thread. */
static void build_edition(struct work *work)
{
    struct process *process = LIST_OWNER(work, struct process, reload.work);
    agentos_error *refusal = &process->reload.refusal;
    arena *own = arena_new();

    if (make_edition(process, own, refusal) == AGENTOS_OK)
        return;
    LOG(LOG_ERROR, "reload refused; the old configuration stays in force",
        log_text("why", refusal->message));
    arena_free(own);
}

/* ---- on the thread of each event loop ---- */

struct surface_change {
    struct letter letter;
    struct station *station;
    struct surface *next;
};

/* Switches an event loop to its new surface. Called on its thread. */
static void switch_surface(struct letter *letter)
{
    struct surface_change *change = LIST_OWNER(letter, struct surface_change, letter);

    ensure(change->station->surface != NULL && change->station->surface != change->next);
    surface_unref(change->station->surface);
    change->station->surface = change->next;
    free(change);
}

/* Sends a surface to an event loop, which gets its own reference. */
static void send_surface(struct station *station, struct surface *next)
{
    ensure(station->loop != NULL && next != NULL);
    struct surface_change *change = mem_zeroed(sizeof(*change));

    change->letter.deliver = switch_surface;
    change->station = station;
    change->next = next;
    surface_ref(next);
    loop_post(station->loop, &change->letter); /* switch_surface frees the change */
}

/* ---- on the first event loop ---- */

static void request_reload(struct process *process, bool reads_file);

/* Sends the new edition to all event loops. */
static void distribute_edition(struct process *process)
{
    ensure(process->reload.made != NULL && process->reload.made_text != NULL);
    struct reload *reload = &process->reload;

    for (size_t i = 0; i < process->stations.count; i++)
        send_surface(process->stations.all[i], reload->made);
    watched_set(&reload->watched, reload->made_files, reload->made_file_count);
    surface_unref(reload->made); /* the event loops hold it */
    free(reload->text);
    reload->text = reload->made_text;
    reload->made = NULL;
    reload->made_text = NULL;
    LOG(LOG_INFO, "reloaded");
}

/* Writes the audit row of the reload. Must precede distribute_edition. */
static void write_journal(struct process *process)
{
    const struct reload *reload = &process->reload;
    const struct surface *current = first_station(process)->surface;

    ensure(current != NULL);
    const struct journal_reload row = {
        .why = reload->refusal.message,
        .before = current->authority,
        .after = reload->made != NULL ? reload->made->authority : NULL, /* NULL if refused */
        .files = reload->changed_files,
        .file_count = reload->changed_file_count,
        .reads_file = reload->reads_file,
    };
    journal_reload(process, &row); /* copies the row */
}

/* Distributes the new edition and starts the next requested reload. */
static void on_edition_built(struct work *work)
{
    struct process *process = LIST_OWNER(work, struct process, reload.work);
    struct reload *reload = &process->reload;

    ensure(reload->is_under_way);
    reload->is_under_way = false;
    if (process->stations.is_draining)
        return; /* other loops may have ended; reload_close drops the result */
    write_journal(process);
    if (reload->made != NULL)
        distribute_edition(process);
    if (reload->is_requested_again) {
        reload->is_requested_again = false;
        request_reload(process, reload->file_is_requested);
    }
}

/* Requests a second reload, after the one under way. */
static void request_second_reload(struct reload *reload, bool reads_file)
{
    ensure(reload->is_under_way);
    if (!reload->is_requested_again)
        reload->file_is_requested = false;
    if (reads_file)
        reload->file_is_requested = true;
    reload->is_requested_again = true;
}

/* Starts a reload on the worker thread, unless the server is draining. */
static void request_reload(struct process *process, bool reads_file)
{
    struct reload *reload = &process->reload;

    ensure(reload->workers != NULL);
    if (process->stations.is_draining)
        return;
    if (reload->is_under_way) {
        request_second_reload(reload, reads_file);
        return;
    }
    reload->reads_file = reads_file;
    reload->changed_file_count = watched_take_changed(&reload->watched, reload->changed_files);
    reload->work = (struct work){
        .home = first_station(process)->loop,
        .run = build_edition,
        .done = on_edition_built,
    };
    reload->is_under_way = workers_submit(reload->workers, &reload->work);
    ensure(reload->is_under_way); /* the queue was empty */
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

/* Starts watching the configuration. Does nothing if flags is NULL. */
agentos_status reload_open(struct process *process, const struct options *options,
                           const struct option_flags *flags, agentos_error *err)
{
    struct reload *reload = &process->reload;
    struct loop *loop = first_station(process)->loop;
    const struct worker_options one_worker = { .threads = 1, .queue_max = 1 };

    ensure(loop != NULL && reload->workers == NULL);
    if (flags == NULL)
        return AGENTOS_OK;
    reload->flags = *flags;
    reload->flags.config = options->file;
    reload->flags.host = options->host; /* the listener keeps its address */
    reload->text = copy_text(options->text);
    reload->text_at_start = options->text;
    reload->workers = workers_new(&one_worker);
    reload->watched.loop = loop;
    reload->watched.changed = on_files_changed;
    reload->watched.user = process;
    watched_set(&reload->watched, options->watched, options->watched_count);
    return loop_on_signal(loop, SIGHUP, on_hangup, process, err);
}

/* Waits for a running reload, drops its result, and frees everything. */
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
