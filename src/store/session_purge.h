/* Deletes many sessions with their runs: those of a user, or those unchanged for long. As with
 * session_delete, nobody reads them any more, and session_sweep removes their rows later. */
#ifndef STORE_SESSION_PURGE_H
#define STORE_SESSION_PURGE_H

#include "store/sql.h"

enum { PURGE_SESSIONS = 100 }; /* per transaction */

struct session_purge {
    const char *issuer, *user_id; /* whose sessions; user_id is NULL for everybody's */
    int64_t before_s;             /* last changed before this; used if user_id is NULL */
};

struct purge_counts {
    int64_t sessions, runs; /* the runs in these sessions */
    int64_t elsewhere;      /* runs of the user in sessions of others, which are not deleted */
};

MUST_USE agentos_status session_purge_count(struct db_conn *conn, const struct session_purge *purge,
                                            struct purge_counts *out, agentos_error *err);

/* Deletes at most PURGE_SESSIONS of them and sets *deleted to how many. Called in a write job. */
MUST_USE agentos_status session_purge_some(struct db_conn *conn, const struct session_purge *purge,
                                           int64_t *deleted, agentos_error *err);

/* Sets *left to how many deleted sessions are not removed yet. */
MUST_USE agentos_status session_purge_left(struct db_conn *conn, int64_t *left, agentos_error *err);

#endif
