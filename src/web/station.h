/* One event loop and the objects that its handlers use, only on the loop's thread unless stated
 * otherwise. */
#ifndef WEB_STATION_H
#define WEB_STATION_H

#include <stdatomic.h>

#include "audit/denials.h"
#include "auth/account/accounts.h"
#include "base/quota.h"
#include "http/server.h"
#include "loop/loop.h"
#include "store/db.h"
#include "web/metrics.h"
#include "web/surface.h"

/* Requests are expected only from STATION_SERVING on. */
enum station_phase {
    STATION_STARTING, /* not all loops are running */
    STATION_SERVING,
    STATION_DRAINING, /* no more clients are accepted */
};

struct station {
    _Atomic enum station_phase phase;
    struct surface *surface; /* of the current configuration; read-only */
    struct loop *loop;
    struct db *db;
    struct token_cache *tokens;
    struct busy busy;
    struct server *server;
    struct metrics *metrics;
    struct denials *denials;
    struct quota *quota;       /* per-caller quotas, shared by all loops */
    const struct audit *audit; /* records changes of access rights */
    struct accounts *accounts; /* NULL if there are no service accounts */
    /* all stations, including this one, for the metrics */
    struct station *const *stations;
    size_t station_count;
    /* the number of requests so far; identifies a request in the log */
    uint64_t next_request;
    unsigned number;
};

#endif
