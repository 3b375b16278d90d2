/* Writes rows of the audit log about what the server itself does to who may do what: that the
 * configuration was read again, or that a server without authentication listens. Their actor is
 * "system". Refused requests are written by audit/denials.h. */
#ifndef OS_JOURNAL_H
#define OS_JOURNAL_H

#include "os/process.h"

/* A reload of the configuration, which is now in force or was refused. The modes of both
 * authorities, and whether they isolate users, are written. */
struct journal_reload {
    const char *why;                        /* why it was refused; read only if after is NULL */
    const struct authority *before, *after; /* after is NULL if it was refused */
    const char *const *files;               /* the files that have changed */
    size_t file_count;
    bool reads_file; /* because of SIGHUP, after which the configuration's own file is read too */
};

/* Writes the row of a reload. Everything is copied before this returns. These functions must be
 * called on the first station's thread, or, journal_opened, before it runs. If a row cannot be
 * written, that is logged. */
void journal_reload(struct process *process, const struct journal_reload *reload);

/* These write a row if a server without authentication listens or ends, and nothing for any other
 * server. */
void journal_opened(struct process *process, const struct options *options, uint16_t port);
void journal_closed(struct process *process);

#endif
