/* Watches files such as keys and key sets, through their folder: files are replaced by renaming,
 * and mounted secrets by swapping a link. */
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

/* How long swapped links on the path, a replaced folder, or a written link target may go
 * unnoticed. */
enum { WATCH_LOOK_MS = 10 * 1000 };

/* Calls `changed` settle_ms after the last of a burst of changes to the file: written, replaced,
 * created or removed. Changes in its folder, including a swapped "..data" of mounted secrets, are
 * noticed at once, others at the next look. The caller must free the watch with watch_free. Returns
 * INTERNAL if the folder cannot be watched. */
MUST_USE agentos_status watch_new(struct loop *loop, const struct watch_options *options,
                                  struct watch **out, agentos_error *err);
void watch_free(struct watch *watch); /* `changed` is not called again; NULL is allowed */

#endif
