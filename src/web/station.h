/* What every handler of one loop has at hand. One a loop, used on the loop's thread only, except
 * where a member says otherwise. */
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

/* Zero: no request should come yet. */
enum station_phase {
    STATION_STARTING, /* not all stations run */
    STATION_SERVING,
    STATION_DRAINING, /* it takes no more clients */
};

struct station {
    _Atomic enum station_phase phase;
    struct surface *surface; /* the present edition's; read-only */
    struct loop *loop;
    struct db *db;
    struct token_cache *tokens;
    struct busy busy;
    struct server *server;
    struct metrics *metrics;
    struct denials *denials;
    struct quota *quota;             /* of all loops: what each caller holds */
    const struct audit *audit;       /* for what changes who may do what */
    struct accounts *accounts;       /* service accounts; NULL: there are none here */
    struct station *const *stations; /* all of this server, this one too: for the metrics */
    size_t station_count;
    uint64_t next_request; /* numbers the requests of this loop, for the log */
    unsigned number;
};

#endif
