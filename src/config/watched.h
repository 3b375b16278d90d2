/* The files that a configuration names, which are watched while the server runs. */
#ifndef CONFIG_WATCHED_H
#define CONFIG_WATCHED_H

#include "base/limits.h"
#include "loop/watch.h"

struct watched_file;

/* A list of watched files. The owner fills in the members up to settle_ms. All functions are called
 * on that loop's thread. */
struct watched {
    struct loop *loop;
    /* called when a file has changed, and has not changed again for settle_ms */
    void (*changed)(void *user);
    void *user;
    uint64_t settle_ms;                    /* 0 for 200 */
    struct watched_file *all[WATCHES_MAX]; /* each path occurs only once */
    size_t count;
};

/* Watches these files, at most WATCHES_MAX, and no others. No change of a file that was already
 * watched is lost. A file that cannot be watched is logged and left out. The paths are copied. */
void watched_set(struct watched *watched, const char *const *paths, size_t count);

/* Writes the paths of the files that have changed since the last call to `out`, and returns their
 * number. The paths are valid until the next watched_set. */
size_t watched_take_changed(struct watched *watched, const char *out[WATCHES_MAX]);

/* Ends all watches. `changed` is not called afterwards. */
void watched_clear(struct watched *watched);

#endif
