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

/* Reads the configuration again, on a thread that may block. Only one reading is under way at a
 * time. Everything is used on the first station's thread, except that the members from `flags` to
 * `refusal` belong to the reading's thread while a reading is under way. */
struct reload {
    struct workers *workers; /* NULL if this process reads its configuration only once */
    struct work work;
    bool is_under_way;
    bool is_requested_again; /* requested while one was under way, after which another follows */
    bool file_is_requested;  /* that other one also reads the configuration's own file */
    struct watched watched;  /* the files that the configuration names */
    /* the files of these that had changed when this reading began */
    const char *changed_files[WATCHES_MAX];
    size_t changed_file_count;

    struct option_flags flags;
    char *text; /* the configuration in force, for a reading after which only key files are new */
    bool reads_file;      /* this reading also reads the configuration's own file (SIGHUP) */
    struct surface *made; /* the new edition; NULL if it was refused */
    char *made_text;
    const char *made_files[WATCHES_MAX]; /* the files that it names, in memory of its own */
    size_t made_file_count;
    agentos_error refusal;
};

struct process {
    arena *arena; /* for os_id and exposed_host */
    const char *os_id;
    /* see exposure.h; of the options at the start, whatever is read later */
    const char *exposed_host;
    int64_t started_at_us;
    struct db *db;
    struct run_index *run_index;
    struct quota *quota; /* the quotas of all callers, for all stations */
    struct audit *audit;
    struct accounts *accounts; /* NULL if no database keeps them */
    struct mirror_sync *sync;  /* of the accounts, on the first station; NULL without accounts */
    struct key_pool *keys;     /* fetched by the first station */
    struct context contexts[LOOPS_MAX];
    struct stations stations; /* the stations of these contexts */
    struct reload reload;
};

/* Returns the station on whose thread the parts are used that the process has only once: signals,
 * the journal, keys and files. */
static inline struct station *first_station(struct process *process)
{
    return &process->contexts[0].station;
}

/* Makes a process that has opened nothing. The caller must free it with process_free. */
struct process *process_new(const struct options *options);

/* Opens the database and the stations, and listens; *port is set to the port. The stations are not
 * run yet. The options and flags are borrowed for the life of the process. If flags is NULL, the
 * configuration is not read again. Fails with the errors of serve; process_free frees what was
 * opened. Blocks. */
MUST_USE agentos_status process_open(struct process *process, const struct options *options,
                                     const struct option_flags *flags, uint16_t *port,
                                     agentos_error *err);
void process_free(struct process *process);

/* Lets SIGHUP and changed key files make a new edition from now on, unless flags is NULL. Must be
 * called when the stations are open. Returns INTERNAL if the signal cannot be handled. */
MUST_USE agentos_status reload_open(struct process *process, const struct options *options,
                                    const struct option_flags *flags, agentos_error *err);

/* Waits for a reading that is under way, and drops what it has made. */
void reload_close(struct process *process);

#endif
