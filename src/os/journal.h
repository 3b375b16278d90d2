/* What the server does of itself that changes who may do what, as rows of the audit by "system".
 * Refusals are audit/denials.h's. */
#ifndef OS_JOURNAL_H
#define OS_JOURNAL_H

#include "os/house.h"

/* The configuration was read again, and taken up (why NULL) or refused. before: the mode and the
 * isolation that were in force. On the first station. */
struct journal_reload {
    const char *why;
    const struct authority *before, *after; /* after NULL: refused */
    const char *const *files;               /* those that changed */
    size_t file_count;
    bool is_hangup; /* SIGHUP, which reads the configuration too */
};
void journal_reload(struct house *house, const struct journal_reload *reload);

/* A server without authentication listens, or ends. Nothing for any other. On the first station, or
 * before it runs. */
void journal_opened(struct house *house, const struct options *options, uint16_t port);
void journal_closed(struct house *house);

#endif
