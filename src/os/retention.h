/* Removes what is older than the configuration keeps (`retention`), in small steps while the server
 * serves: sessions that have not changed, with their runs, and rows of the audit log. A run that is
 * saved waits for one step at most. */
#ifndef OS_RETENTION_H
#define OS_RETENTION_H

#include "audit/audit.h"
#include "loop/busy.h"

struct retention;

/* All members are borrowed for the life of the object. */
struct retention_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy;
    const struct audit *audit;
    int64_t runs_s, audit_s; /* 0: kept for ever */
};

/* Starts the first round at once, and then one each hour. Returns NULL if all is kept for ever. */
struct retention *retention_new(const struct retention_options *options);
void retention_finish(struct retention *retention); /* starts no further step; NULL is allowed */
void retention_free(struct retention *retention);   /* not during a step; NULL is allowed */

#endif
