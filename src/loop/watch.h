/* Files that may change while we run: keys, key sets. What is watched is the folder, because files
 * are replaced by renaming, and mounted secrets by swapping a link. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include "loop/loop.h"

struct watch;

struct watch_options {
    const char *path; /* copied */
    uint64_t settle_ms;
    void (*changed)(void *user); /* on the loop */
    void *user;
};

/* Call `changed` once it is quiet for settle_ms after the file at `path` was written, replaced,
 * made or removed. A link is watched where it stands, not where it leads; ("..data", by which
 * mounted secrets are swapped, counts as well). INTERNAL: the system cannot watch it, with the
 * reason. */
MUST_USE agentos_status watch_new(struct loop *loop, const struct watch_options *options,
                                  struct watch **out, agentos_error *err);
void watch_free(struct watch *watch); /* no callback afterwards; NULL is fine */

#endif
