/* Files that may change while we run: keys, key sets. What is watched is the folder, because files
 * are replaced by renaming, and mounted secrets by swapping a link. */
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

/* How long the file may have changed unheard where a link on its path was swapped, its folder
 * replaced, or the file written that a link leads to. */
enum { WATCH_LOOK_MS = 10 * 1000 };

/* Call `changed` once it is quiet for settle_ms after the file at `path` was written, replaced,
 * made or removed: at once where that happens in its folder ("..data", by which mounted secrets are
 * swapped, counts as well), else at the next look. INTERNAL: the system cannot watch it, with the
 * reason. */
MUST_USE agentos_status watch_new(struct loop *loop, const struct watch_options *options,
                                  struct watch **out, agentos_error *err);
void watch_free(struct watch *watch); /* no callback afterwards; NULL is fine */

#endif
