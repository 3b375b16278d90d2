/* The files that the configuration names, watched while the server runs, and which of them have
 * changed. What becomes of that is reload.c's. */
#ifndef CONFIG_WATCHED_H
#define CONFIG_WATCHED_H

#include "base/limits.h"
#include "loop/watch.h"

struct watched_file;

/* Fill in the first three. Its functions are called on that loop's thread. */
struct watched {
    struct loop *loop;
    void (*changed)(void *user); /* once it is quiet again */
    void *user;
    struct watched_file *all[WATCHES_MAX];
    size_t count;
};

/* Watch these and no others; a file that was watched before has missed nothing. What cannot be
 * watched is logged. */
void watched_set(struct watched *watched, const char *const *paths, size_t count);

/* Which have changed since this was last asked; good until the next set. */
size_t watched_take(struct watched *watched, const char *out[WATCHES_MAX]);

void watched_clear(struct watched *watched);

#endif
