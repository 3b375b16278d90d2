/* Watches files that may change while the process runs, such as keys and key sets. The folder is
 * watched, because files are replaced by renaming, and mounted secrets by swapping a link. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "loop/loop.h"

struct watch;

struct watch_options {
    const char *path; /* is copied */
    uint64_t settle_ms;
    uint64_t look_ms;            /* [WATCH_LOOK_MS] */
    void (*changed)(void *user); /* called on the loop */
    void *user;
};

/* How long a change may remain unnoticed if a link on the path was swapped, the folder was
 * replaced, or the file that a link points to was written. */
enum { WATCH_LOOK_MS = 10 * 1000 };

/* Calls `changed` settle_ms after the last of a burst of changes, in which the file at `path` was
 * written, replaced, created or removed. A change in its folder is noticed at once ("..data", by
 * which mounted secrets are swapped, counts as one), and any other at the next look. The caller
 * must free the watch with watch_free. Returns INTERNAL, with the reason, if the system cannot
 * watch the folder. */
MUST_USE agentos_status watch_new(struct loop *loop, const struct watch_options *options,
                                  struct watch **out, agentos_error *err);
void watch_free(struct watch *watch); /* `changed` is not called any more; NULL is allowed */

#endif
