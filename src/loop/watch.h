/* Files that may change while the process runs: keys, key sets. The folder is watched, because
 * files are replaced by renaming, and mounted secrets by swapping a link. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "loop/loop.h"

struct watch;

struct watch_options {
    const char *path; /* copied */
    uint64_t settle_ms;
    uint64_t look_ms;            /* [WATCH_LOOK_MS] */
    void (*changed)(void *user); /* on the loop */
    void *user;
};

/* How long a change may go unnoticed if a link on the path was swapped, the folder was replaced, or
 * the file that a link points to was written. */
enum { WATCH_LOOK_MS = 10 * 1000 };

/* Calls `changed` settle_ms after the last of a burst of changes: the file at `path` was written,
 * replaced, made or removed. A change in its folder is seen at once ("..data", by which mounted
 * secrets are swapped, counts as one), any other at the next look. INTERNAL: the system cannot
 * watch the folder, with the reason. */
MUST_USE agentos_status watch_new(struct loop *loop, const struct watch_options *options,
                                  struct watch **out, agentos_error *err);
void watch_free(struct watch *watch); /* no callback afterwards; NULL is fine */

#endif
