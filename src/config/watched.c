/* Watches a list of files and records which of them have changed. Runs on the thread of one
 * loop. */
#include "config/watched.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/log.h"
#include "base/mem.h"

enum { SETTLE_MS = 200 };

struct watched_file {
    struct watched *home;
    struct watch *watch;
    bool has_changed;
    char path[];
};

static void on_changed(void *user)
{
    struct watched_file *file = user;

    file->has_changed = true;
    file->home->changed(file->home->user);
}

static void file_free(struct watched_file *file)
{
    ensure(file != NULL);
    watch_free(file->watch);
    free(file);
}

/* Adds a watch to the list, unless the system refuses it. */
static void watch_file(struct watched *watched, const char *path)
{
    size_t size = strlen(path) + 1;
    struct watched_file *file = mem_zeroed(sizeof(*file) + size);
    const struct watch_options how = {
        .path = path,
        .settle_ms = watched->settle_ms > 0 ? watched->settle_ms : SETTLE_MS,
        .changed = on_changed,
        .user = file,
    };
    agentos_error err;

    ensure(watched->loop != NULL && watched->count < WATCHES_MAX);
    file->home = watched;
    memcpy(file->path, path, size);
    if (watch_new(watched->loop, &how, &file->watch, &err) == AGENTOS_OK) {
        watched->all[watched->count++] = file;
        return;
    }
    LOG(LOG_WARNING, "a file is not watched; send SIGHUP when it changes", log_text("file", path),
        log_text("why", err.message));
    free(file);
}

static bool is_among(const char *path, const char *const *paths, size_t count)
{
    ensure(path != NULL);
    for (size_t i = 0; i < count; i++)
        if (strcmp(path, paths[i]) == 0)
            return true;
    return false;
}

static bool is_watched(const struct watched *watched, const char *path)
{
    ensure(path != NULL);
    for (size_t i = 0; i < watched->count; i++)
        if (strcmp(path, watched->all[i]->path) == 0)
            return true;
    return false;
}

void watched_set(struct watched *watched, const char *const *paths, size_t count)
{
    size_t kept = 0;

    ensure(count <= WATCHES_MAX);
    for (size_t i = 0; i < watched->count; i++)
        if (is_among(watched->all[i]->path, paths, count))
            watched->all[kept++] = watched->all[i];
        else
            file_free(watched->all[i]);
    watched->count = kept;
    for (size_t i = 0; i < count && watched->count < WATCHES_MAX; i++)
        if (!is_watched(watched, paths[i]))
            watch_file(watched, paths[i]);
}

size_t watched_take_changed(struct watched *watched, const char *out[WATCHES_MAX])
{
    ensure(watched->count <= WATCHES_MAX && out != NULL);
    size_t count = 0;

    for (size_t i = 0; i < watched->count; i++)
        if (watched->all[i]->has_changed) {
            watched->all[i]->has_changed = false;
            out[count++] = watched->all[i]->path;
        }
    return count;
}

void watched_clear(struct watched *watched)
{
    ensure(watched->count <= WATCHES_MAX);
    while (watched->count > 0)
        file_free(watched->all[--watched->count]);
}
