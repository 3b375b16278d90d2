/* The process object that serves one AgentOS. */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "api/context.h"
#include "auth/keys/key_pool.h"
#include "config/watched.h"
#include "loop/worker.h"
#include "os/options.h"
#include "os/retention.h"
#include "store/mirror_sync.h"
#include "web/stations.h"

/* Reloads the configuration on a worker thread, one reload at a time. Belongs to the first event
 * loop's thread, except that the members from `flags` to `refusal` belong to the worker thread
 * during a reload. */
struct reload {
    struct workers *workers; /* NULL if this process reads its configuration only once */
    struct work work;
    bool is_under_way;
    bool is_requested_again; /* requested during a reload; another one follows */
    bool file_is_requested;  /* the next reload also reads the configuration's own file */
    struct watched watched;  /* the files named by the configuration */
    /* the watched files that had changed when this reload began */
    const char *changed_files[WATCHES_MAX];
    size_t changed_file_count;

    struct option_flags flags;
    const char *text_at_start; /* borrowed from the options */
    char *text;           /* the configuration in force, reused if only key files have changed */
    bool reads_file;      /* this reload also reads the configuration's own file (SIGHUP) */
    struct surface *made; /* the new edition; NULL if it was refused */
    char *made_text;
    const char *made_files[WATCHES_MAX]; /* the files named by the new one; owned */
    size_t made_file_count;
    agentos_error refusal;
};

struct process {
    arena *arena; /* for os_id and exposed_host */
    const char *os_id;
    /* see exposure.h; set at the start and never changed by a reload */
    const char *exposed_host;
    int64_t started_at_us;
    struct db *db;
    struct run_index *run_index;
    struct quota *quota; /* shared by all event loops */
    struct audit *audit;
    struct accounts *accounts; /* NULL if no database keeps them */
    struct mirror_sync *sync;  /* of the accounts, on the first event loop; NULL without accounts */
    struct retention *retention; /* on the first event loop; NULL if all is kept for ever */
    struct key_pool *keys;       /* fetched by the first event loop */
    struct context contexts[LOOPS_MAX];
    struct stations stations; /* the event loops of these contexts */
    struct reload reload;
};

/* Returns the event loop that handles signals, the journal, keys and files. */
static inline struct station *first_station(struct process *process)
{
    return &process->contexts[0].station;
}

/* Makes a process that has opened nothing. The caller must free it with process_free. */
struct process *process_new(const struct options *options);

/* Opens the database and the event loops, and listens; sets *port. The loops do not run yet.
 * Borrows the options and flags for the life of the process. If flags is NULL, the configuration is
 * never reloaded. On failure, process_free frees what was opened. Fails with the errors of serve.
 * Blocks. */
MUST_USE agentos_status process_open(struct process *process, const struct options *options,
                                     const struct option_flags *flags, uint16_t *port,
                                     agentos_error *err);
void process_free(struct process *process);

/* Starts reloading on SIGHUP and on changed key files, unless flags is NULL. The event loops must
 * be open. Returns INTERNAL if the signal cannot be handled. */
MUST_USE agentos_status reload_open(struct process *process, const struct options *options,
                                    const struct option_flags *flags, agentos_error *err);

/* Waits for a running reload and drops its result. */
void reload_close(struct process *process);

#endif
