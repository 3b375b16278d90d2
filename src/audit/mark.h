/* The mark of an audit log: its last row, in a file outside of the database, by which it is noticed
 * that the log was emptied, cut off at its end, or replaced by an older one. The file is replaced
 * after each commit that has appended rows, before anybody is told of the commit. It therefore
 * never names a row that is not in the database, but may lack the rows of one commit if the process
 * is killed, or of several if it cannot be written. While the database lacks what the mark names,
 * the mark stays as it is. Private to this room. */
#ifndef AUDIT_MARK_H
#define AUDIT_MARK_H

#include "audit/seal.h"

enum mark_state {
    MARK_UNREAD,
    MARK_ABSENT,  /* there is no file */
    MARK_FOLLOWS, /* the database has what the mark names; the file follows it */
    MARK_STAYS,   /* the file was damaged, or the database lacks what it names */
};

struct mark {
    enum mark_state state;
    struct place_in_chain place; /* what the file names; only in MARK_FOLLOWS and MARK_STAYS */
    void (*on_failure)(const agentos_error *why); /* may be NULL */
    char path[];
};

struct mark *mark_new(const char *path);

/* Reads the file, and sets the state to MARK_ABSENT, or to MARK_FOLLOWS with its place. Returns
 * CONFLICT, and sets the state to MARK_STAYS, if it was changed or cannot be read. Blocks. */
MUST_USE agentos_status mark_read(const struct audit *audit, agentos_error *err);

/* Replaces the file, whatever its state is. On success the state is MARK_FOLLOWS. Blocks. */
MUST_USE agentos_status mark_write(const struct audit *audit, const struct place_in_chain *place,
                                   agentos_error *err);

#endif
