/* The parts of a process that serves one AgentOS, for the files of this room that open, change and
 * close them. */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include "api/context.h"
#include "auth/keys/key_pool.h"
#include "config/watched.h"
#include "loop/worker.h"
#include "os/options.h"
#include "store/mirror_sync.h"
#include "web/stations.h"

/* Reading the configuration again, on a thread that may block; one reading at a time. Everything is
 * used on the first station's thread, but while a reading is under way the members from `flags` to
 * `refusal` belong to the reading's thread. */
struct reload {
    struct workers *workers; /* NULL: this process reads its configuration only once */
    struct work work;
    bool is_under_way;
    bool is_requested_again;                /* while one was under way: another follows it */
    bool file_is_requested;                 /* that one reads the configuration's own file too */
    struct watched watched;                 /* the files that the configuration names */
    const char *changed_files[WATCHES_MAX]; /* which of them had changed when this reading began */
    size_t changed_file_count;

    struct option_flags flags;
    char *text;      /* the configuration as it is in force, for when only a key file changed */
    bool reads_file; /* this reading also reads the configuration's own file (SIGHUP) */
    struct surface *made; /* the new edition; NULL: it was refused */
    char *made_text;
    const char *made_files[WATCHES_MAX]; /* that it names, in its own memory */
    size_t made_file_count;
    agentos_error refusal;
};

struct process {
    arena *arena; /* for the two texts */
    const char *os_id;
    const char *exposed_host; /* see exposure.h; of the options at start, whatever is read later */
    int64_t started_at_us;
    struct db *db;
    struct run_index *run_index;
    struct quota *quota; /* what each caller holds, on all stations */
    struct audit *audit;
    struct accounts *accounts; /* NULL: there is no database to keep them in */
    struct mirror_sync *sync;  /* of the accounts, on the first station; NULL without them */
    struct key_pool *keys;     /* fetched by the first station */
    struct context contexts[LOOPS_MAX];
    struct stations stations; /* of these contexts */
    struct reload reload;
};

/* Its thread keeps what the process has once: signals, the journal, keys, files. */
static inline struct station *first_station(struct process *process)
{
    return &process->contexts[0].station;
}

/* Nothing is opened yet. Freed with process_free. */
struct process *process_new(const struct options *options);

/* Opens the database and the stations, and listens at *port; the stations are not run. Options and
 * flags are borrowed for the process's life; flags NULL: the configuration is not read again.
 * Errors as serve's; process_free frees what was opened. Blocks. */
MUST_USE agentos_status process_open(struct process *process, const struct options *options,
                                     const struct option_flags *flags, uint16_t *port,
                                     agentos_error *err);
void process_free(struct process *process);

/* Once the stations are open: from then on SIGHUP and changed key files make a new edition. flags
 * NULL: they do not. INTERNAL: the signal cannot be heard. */
MUST_USE agentos_status reload_open(struct process *process, const struct options *options,
                                    const struct option_flags *flags, agentos_error *err);

/* Waits for a reading that is under way, and drops what it made. */
void reload_close(struct process *process);

#endif
