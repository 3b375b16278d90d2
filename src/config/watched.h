/* The files that a configuration names, watched while the server runs. */
#ifndef CONFIG_WATCHED_H
#define CONFIG_WATCHED_H

#include "base/limits.h"
#include "loop/watch.h"

struct watched_file;

/* The owner fills in the members up to settle_ms. All functions are called on that loop's thread.
 */
struct watched {
    struct loop *loop;
    void (*changed)(void *user); /* a file has changed, and not again for settle_ms */
    void *user;
    uint64_t settle_ms;                    /* 0: 200 */
    struct watched_file *all[WATCHES_MAX]; /* no two of one path */
    size_t count;
};

/* Watches these files, at most WATCHES_MAX, and no others; of one that was watched before no change
 * is lost. A file that cannot be watched is logged and left out. The paths are copied. */
void watched_set(struct watched *watched, const char *const *paths, size_t count);

/* The paths of the files that have changed since this was last called, into out: how many. They are
 * valid until the next watched_set. */
size_t watched_take_changed(struct watched *watched, const char *out[WATCHES_MAX]);

/* Ends all watches; changed is not called afterwards. */
void watched_clear(struct watched *watched);

#endif
