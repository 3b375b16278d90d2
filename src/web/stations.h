/* The stations of a server, each of which is a loop with its thread and its listener. They share
 * one address, start together, and drain together at the first SIGTERM or SIGINT. */
#ifndef WEB_STATIONS_H
#define WEB_STATIONS_H

#include <pthread.h>

#include "base/limits.h"
#include "web/station.h"

/* The callbacks of a server for each of its stations. Each may be NULL. */
struct station_service {
    /* Called when the station has everything but its listener, before any thread runs. */
    void (*opened)(struct station *station, void *user);
    /* Called on the station's thread if clients are left when the time to finish is over. The work
     * that they wait for should be ended now, so that they get an answer before they are
     * disconnected. */
    void (*late)(struct station *station, void *user);
    /* Called on the station's thread when its last client has left, although work may still be
     * under way. Work that this begins is counted in station->busy, for which the station waits. */
    void (*drained)(struct station *station, void *user);
    /* Called when all threads have ended, before the station's loop is freed. */
    void (*closed)(struct station *station, void *user);
};

struct stations;

struct station_thread {
    struct stations *stations;
    struct station *station;
    pthread_t id;        /* of all but the first, which runs in the thread of stations_run */
    struct letter drain; /* asks the station to finish */
    struct letter ended; /* tells the first station that this one has; not used by the first */
};

/* The stations. The owner fills in `all`, `count`, `service` and `user`, and provides the memory of
 * the stations, zeroed. */
struct stations {
    struct station *all[LOOPS_MAX];
    size_t count; /* at least 1 (see stations_wanted) */
    const struct station_service *service;
    void *user;
    bool is_draining;   /* used only on the first station's thread */
    size_t descriptors; /* how many files this process may open */
    struct station_thread threads[LOOPS_MAX];
};

/* The objects that all stations share. They are borrowed until stations_close. */
struct stations_options {
    struct surface *surface; /* each station holds a reference of its own */
    struct db *db;
    const struct audit *audit;
    struct quota *quota;       /* the quotas of all callers, for all stations */
    struct accounts *accounts; /* NULL if there are no service accounts */
};

struct stations_address {
    const char *host;
    uint16_t port; /* 0 to let the system choose a port */
    int fd;        /* a socket that listens already; 0 if each station makes its own */
    size_t descriptors_per_client;  /* how many open files a client and its work need */
    size_t connections_per_address; /* for all stations together; 0 for no limit */
};

/* Returns how many stations to open: as many as were asked for, or one for each core if `asked` is
 * 0, but at most LOOPS_MAX. */
size_t stations_wanted(size_t asked);

/* Raises the process's limit of open files to the maximum that the system grants, creates the
 * stations, and lets the first one handle SIGTERM and SIGINT. The first such signal drains all
 * stations, and the second ends the process at once. The caller must call stations_close
 * afterwards, even if this fails. */
MUST_USE agentos_status stations_open(struct stations *stations,
                                      const struct stations_options *options, agentos_error *err);

/* Listens on every station, and stores the port of the address, or the port that the system has
 * chosen, in *port. Returns CONFLICT if the port is in use. */
MUST_USE agentos_status stations_listen(struct stations *stations,
                                        const struct stations_address *address, uint16_t *port,
                                        agentos_error *err);

/* Runs all stations, and blocks until they have drained. The first one runs on the calling thread,
 * which calls `ready` once all threads have been started. Returns INTERNAL if a thread could not be
 * started, in which case `ready` is not called. */
MUST_USE agentos_status stations_run(struct stations *stations, void (*ready)(void *user),
                                     void *user, agentos_error *err);

/* Disconnects all clients and closes the listeners. Must be called after stations_run has returned,
 * or instead of it. */
void stations_stop(struct stations *stations);

/* Frees everything that stations_open made. Other threads that post to the loops must have ended,
 * except those of the models, which this ends with the last reference to the surface. */
void stations_close(struct stations *stations);

#endif
