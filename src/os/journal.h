/* Rows of the audit about what the server itself does to who may do what: the configuration was
 * read again, or a server without authentication listens. Their actor is "system". Refused requests
 * are audit/denials.h's. */
#ifndef OS_JOURNAL_H
#define OS_JOURNAL_H

#include "os/process.h"

/* The configuration was read again, and is in force now or was refused. Both authorities' mode and
 * isolation are written. */
struct journal_reload {
    const char *why;                        /* it was refused; read only where after is NULL */
    const struct authority *before, *after; /* after NULL: refused */
    const char *const *files;               /* those that changed */
    size_t file_count;
    bool reads_file; /* SIGHUP, which reads the configuration's own file too */
};

/* Everything is copied before it returns. On the first station's thread, as the others;
 * journal_opened also before it runs. A row that cannot be written is logged. */
void journal_reload(struct process *process, const struct journal_reload *reload);

/* A server without authentication listens, or ends. Nothing is written for any other server. */
void journal_opened(struct process *process, const struct options *options, uint16_t port);
void journal_closed(struct process *process);

#endif
