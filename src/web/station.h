/* A station: one event loop and everything that its handlers use. It may be used only on the loop's
 * thread, unless a member's comment says otherwise. */
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

/* The phases of a station. In the first one no request should arrive yet. */
enum station_phase {
    STATION_STARTING, /* not all stations are running */
    STATION_SERVING,
    STATION_DRAINING, /* no more clients are accepted */
};

struct station {
    _Atomic enum station_phase phase;
    struct surface *surface; /* the current edition's surface; read-only */
    struct loop *loop;
    struct db *db;
    struct token_cache *tokens;
    struct busy busy;
    struct server *server;
    struct metrics *metrics;
    struct denials *denials;
    struct quota *quota;       /* the quotas of all callers, shared by all loops */
    const struct audit *audit; /* records changes of access rights */
    struct accounts *accounts; /* the service accounts; NULL if this server has none */
    /* all stations of this server, including this one, for the metrics */
    struct station *const *stations;
    size_t station_count;
    /* the number of requests so far, by which the log identifies a request */
    uint64_t next_request;
    unsigned number;
};

#endif
