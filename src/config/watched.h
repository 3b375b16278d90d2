/* Watches the files that a configuration refers to. */
#ifndef CONFIG_WATCHED_H
#define CONFIG_WATCHED_H

#include "base/limits.h"
#include "loop/watch.h"

struct watched_file;

/* A list of watched files, used on the loop's thread. The owner sets it up to settle_ms. */
struct watched {
    struct loop *loop;
    /* called once a changed file has not changed again for settle_ms */
    void (*changed)(void *user);
    void *user;
    uint64_t settle_ms;                    /* 0 for 200 */
    struct watched_file *all[WATCHES_MAX]; /* without duplicates */
    size_t count;
};

/* Watches exactly these files, at most WATCHES_MAX. No change of an already watched file is lost.
 * Logs and skips a file that cannot be watched. Copies the paths. */
void watched_set(struct watched *watched, const char *const *paths, size_t count);

/* Writes the paths of the files changed since the last call to `out`, and returns their number.
 * They are valid until the next watched_set. */
size_t watched_take_changed(struct watched *watched, const char *out[WATCHES_MAX]);

/* Stops watching. `changed` is not called afterwards. */
void watched_clear(struct watched *watched);

#endif
