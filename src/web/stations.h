/* The stations of a server: a loop each, with its thread and its listener. They share one address,
 * start together, and drain together at the first SIGTERM or SIGINT. */
#ifndef WEB_STATIONS_H
#define WEB_STATIONS_H

#include <pthread.h>

#include "base/limits.h"
#include "web/station.h"

/* What one server does on each of its stations; any may be NULL. */
struct station_service {
    /* The station has all but its listener. Before any thread runs. */
    void (*opened)(struct station *station, void *user);
    /* On the station's thread: clients still wait although the time to finish is over. What they
     * wait for should end now, so that they get an answer before they are cut. */
    void (*late)(struct station *station, void *user);
    /* On the station's thread: its last client has left, but work may still be under way. What this
     * begins is counted in station->busy, which the station waits for. */
    void (*drained)(struct station *station, void *user);
    /* All threads have ended; the station's loop is freed next. */
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

/* The owner fills in `all`, `count`, `service` and `user`, and gives the memory of the stations,
 * zeroed. */
struct stations {
    struct station *all[LOOPS_MAX];
    size_t count; /* from 1; stations_wanted chooses */
    const struct station_service *service;
    void *user;
    bool is_draining;   /* used on the first station's thread only */
    size_t descriptors; /* how many files this process may open */
    struct station_thread threads[LOOPS_MAX];
};

/* Borrowed until stations_close; the surface until another one is taken up. */
struct stations_options {
    struct surface *surface; /* each station holds a reference */
    struct db *db;
    const struct audit *audit;
    struct quota *quota;       /* what each caller holds; of all stations */
    struct accounts *accounts; /* NULL: there are none */
};

struct stations_address {
    const char *host;
    uint16_t port;                 /* 0: one is chosen */
    int fd;                        /* a socket that listens there; 0: one is made by each station */
    size_t descriptors_per_client; /* open files that a client and its work need */
    size_t connections_per_address; /* of all stations; 0: no limit */
};

/* As many as were asked for, at most LOOPS_MAX; 0: one for each core. */
size_t stations_wanted(size_t asked);

/* Raises the process's limit of open files to what the system grants, makes the loops, and lets the
 * first one hear SIGTERM and SIGINT: the first such signal drains all stations, the second ends the
 * process at once. Whether it fails or not, stations_close frees what was made. */
MUST_USE agentos_status stations_open(struct stations *stations,
                                      const struct stations_options *options, agentos_error *err);

/* Listens on every station; *port is the address's, or the one chosen. CONFLICT: it is in use. */
MUST_USE agentos_status stations_listen(struct stations *stations,
                                        const struct stations_address *address, uint16_t *port,
                                        agentos_error *err);

/* Calls ready once all threads have been started; returns when all stations have drained. INTERNAL:
 * a thread could not be started, and ready was not called. */
MUST_USE agentos_status stations_run(struct stations *stations, void (*ready)(void *user),
                                     void *user, agentos_error *err);

/* Cuts all clients and closes the listeners. Once stations_run has returned, or instead of it. */
void stations_stop(struct stations *stations);

/* Frees everything that stations_open made. Whatever posts to the loops from other threads must
 * have ended. */
void stations_close(struct stations *stations);

#endif
