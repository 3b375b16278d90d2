/* The running server's parts, for the files of this room that start, change and end it. */
#ifndef OS_HOUSE_H
#define OS_HOUSE_H

#include <pthread.h>

#include "api/context.h"
#include "auth/keys/key_pool.h"
#include "base/limits.h"
#include "config/watched.h"
#include "http/server.h"
#include "loop/worker.h"
#include "os/options.h"
#include "store/mirror_sync.h"

/* One loop: what its handlers have at hand, its listener and its thread. */
struct loop_thread {
    struct context context;
    struct server *server;
    struct mirror_sync *sync; /* the first station's; NULL for the others */
    pthread_t thread;
    struct letter drain; /* asks the station to finish */
};

/* Reading the configuration again, on a thread that may block; one at a time. */
struct reload {
    struct work work;
    struct workers *workers;
    struct option_flags flags;
    char *text; /* the configuration as it was last taken up, for when only a key file changed */
    bool is_under_way;
    bool takes_file; /* this time the configuration's own file is read too (SIGHUP) */
    bool is_asked_again, file_is_asked;
    struct surface *made; /* the new edition; NULL: it was refused */
    char *made_text;
    const char *made_files[WATCHES_MAX]; /* that it names, in its own memory */
    size_t made_file_count;
    agentos_error refusal;
    struct watched watched;
    const char *news[WATCHES_MAX]; /* the files that had changed when it was asked for */
    size_t news_count;
};

struct house {
    const char *os_id;
    const char
        *exposed_host; /* see exposure.h; as the server was started, whatever is read later */
    int64_t started_at_us;
    arena *arena; /* for os_id and exposed_host */
    struct db *db;
    struct run_index *run_index;
    struct audit *audit;
    struct accounts *accounts; /* NULL: there is no database to keep them in */
    struct key_pool *keys;     /* fetched by the first station */
    struct loop_thread stations[LOOPS_MAX];
    const struct station *peers[LOOPS_MAX]; /* of all loops, for each other's metrics */
    size_t count;
    size_t descriptors;
    bool is_draining;
    struct reload reload;
};

/* reload.c: once the stations are open; then SIGHUP and changed key files make a new edition. */
MUST_USE agentos_status reload_open(struct house *house, const struct options *options,
                                    const struct option_flags *flags, agentos_error *err);
void reload_close(struct house *house);

#endif
