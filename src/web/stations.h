/* The event loops of a server. They share one address, start together and drain together. */
#ifndef WEB_STATIONS_H
#define WEB_STATIONS_H

#include <pthread.h>

#include "base/limits.h"
#include "web/station.h"

/* Callbacks for each station. Each may be NULL. */
struct station_service {
    /* Called when the station is complete except for its listener, before any thread runs. */
    void (*opened)(struct station *station, void *user);
    /* Called on the loop's thread if clients are left when the drain time is over. Should cancel
     * the work that they wait for, so that they get an answer before they are disconnected. */
    void (*late)(struct station *station, void *user);
    /* Called on the loop's thread when its last client has left, although work may still be under
     * way. Must count work that it begins in station->busy, which the station waits for. */
    void (*drained)(struct station *station, void *user);
    /* Called when all threads have ended, before the station's loop is freed. */
    void (*closed)(struct station *station, void *user);
};

struct stations;

struct station_thread {
    struct stations *stations;
    struct station *station;
    pthread_t id;        /* unused by the first, which runs on the caller's thread */
    struct letter drain; /* starts draining */
    struct letter ended; /* tells the first loop that this thread has ended; unused by the first */
};

/* The owner sets `all`, `count`, `service` and `user`, and provides the zeroed memory of the
 * stations. */
struct stations {
    struct station *all[LOOPS_MAX];
    size_t count; /* at least 1 (see stations_choose_count) */
    const struct station_service *service;
    void *user;
    bool is_draining;   /* used only on the first station's thread */
    size_t descriptors; /* the limit of open files */
    struct station_thread threads[LOOPS_MAX];
};

/* Objects shared by all stations, borrowed until stations_close. */
struct stations_options {
    struct surface *surface; /* each station takes a reference */
    struct db *db;
    const struct audit *audit;
    struct quota *quota;       /* the quotas of all callers, for all stations */
    struct accounts *accounts; /* NULL if there are no service accounts */
};

struct stations_address {
    const char *host;
    uint16_t port;                  /* 0 to let the system choose a port */
    int fd;                         /* a listening socket; 0 to create one for each loop */
    size_t descriptors_per_client;  /* open files per client, with its work */
    size_t connections_per_address; /* over all loops; 0 for no limit */
};

/* Returns the number of event loops: `requested`, or one per core if it is 0, but at most
 * LOOPS_MAX. */
size_t stations_choose_count(size_t requested);

/* Raises the limit of open files, opens the stations, and handles SIGTERM and SIGINT on the first
 * loop: the first signal drains all loops, the second ends the process at once. stations_close must
 * be called even if this fails. */
MUST_USE agentos_status stations_open(struct stations *stations,
                                      const struct stations_options *options, agentos_error *err);

/* Listens with every loop, and stores the port in *port. Returns CONFLICT if the port is in use. */
MUST_USE agentos_status stations_listen(struct stations *stations,
                                        const struct stations_address *address, uint16_t *port,
                                        agentos_error *err);

/* Runs all loops until they have drained; the first one runs on the calling thread. Calls `ready`
 * once all threads have started. Returns INTERNAL, without calling it, if a thread cannot be
 * created. */
MUST_USE agentos_status stations_run(struct stations *stations, void (*ready)(void *user),
                                     void *user, agentos_error *err);

/* Disconnects all clients and closes the listeners. No loop may be running. */
void stations_stop(struct stations *stations);

/* Frees all stations. Other threads that post to the loops must have ended, except the model
 * threads, which end with the last reference to the surface. */
void stations_close(struct stations *stations);

#endif
