/* Writes operator actions to the audit log: reloads, and serving without authentication. Their
 * actor is "system". */
#ifndef OS_JOURNAL_H
#define OS_JOURNAL_H

#include "os/process.h"

/* A reload that took effect or was refused. The row has the mode of each authority and whether it
 * isolates users. */
struct journal_reload {
    const char *why;                        /* why it was refused; read only if after is NULL */
    const struct authority *before, *after; /* after is NULL if it was refused */
    const char *const *files;               /* the files that have changed */
    size_t file_count;
    bool reads_file; /* because of SIGHUP, which also reads the configuration's own file */
};

/* Queues the row of a reload and copies everything. Must be called on the first event loop's
 * thread; journal_opened may also be called before that loop runs. A failed write is logged. */
void journal_reload(struct process *process, const struct journal_reload *reload);

/* Queue a row if a server without authentication starts listening or closes. */
void journal_opened(struct process *process, const struct options *options, uint16_t port);
void journal_closed(struct process *process);

#endif
