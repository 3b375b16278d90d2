/* Watches files for changes, on the thread of one event loop. */
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

/* Records the change and notifies the owner. */
static void on_changed(void *user)
{
    struct watched_file *file = user;
    struct watched *watched = file->home;

    file->has_changed = true;
    watched->changed(watched->user);
}

/* Stops watching a file. */
static void file_free(struct watched_file *file)
{
    ensure(file != NULL);
    watch_free(file->watch);
    free(file);
}

/* Starts to watch a file. Logs a warning and skips the file if that fails. */
static void watch_file(struct watched *watched, const char *path)
{
    ensure(watched->loop != NULL && watched->count < WATCHES_MAX);
    size_t path_size = strlen(path) + 1;
    struct watched_file *file = mem_zeroed(sizeof(*file) + path_size);
    const struct watch_options options = {
        .path = path, /* copied by watch_new */
        .settle_ms = watched->settle_ms > 0 ? watched->settle_ms : SETTLE_MS,
        .changed = on_changed,
        .user = file,
    };
    agentos_error err;

    file->home = watched;
    memcpy(file->path, path, path_size);
    if (watch_new(watched->loop, &options, &file->watch, &err) != AGENTOS_OK) {
        LOG(LOG_WARNING, "cannot watch a file; send SIGHUP when it changes", log_text("file", path),
            log_text("why", err.message));
        free(file);
        return;
    }
    watched->all[watched->count++] = file;
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

/* Stops watching all other files. Keeps the order. */
static void keep_only(struct watched *watched, const char *const *paths, size_t count)
{
    ensure(watched->count <= WATCHES_MAX);
    size_t kept = 0;

    for (size_t i = 0; i < watched->count; i++) {
        struct watched_file *file = watched->all[i];

        if (is_among(file->path, paths, count))
            watched->all[kept++] = file;
        else
            file_free(file);
    }
    watched->count = kept;
}

/* Watches exactly these files. Keeps existing watches, so that no change is lost. */
void watched_set(struct watched *watched, const char *const *paths, size_t count)
{
    ensure(count <= WATCHES_MAX);
    keep_only(watched, paths, count);
    for (size_t i = 0; i < count && watched->count < WATCHES_MAX; i++)
        if (!is_watched(watched, paths[i]))
            watch_file(watched, paths[i]);
}

/* Returns the files changed since the last call. Their paths are valid until watched_set. */
size_t watched_take_changed(struct watched *watched, const char *out[WATCHES_MAX])
{
    ensure(watched->count <= WATCHES_MAX && out != NULL);
    size_t count = 0;

    for (size_t i = 0; i < watched->count; i++) {
        struct watched_file *file = watched->all[i];

        if (!file->has_changed)
            continue;
        file->has_changed = false;
        out[count++] = file->path;
    }
    return count;
}

/* Stops watching. The callback is not called afterwards. */
void watched_clear(struct watched *watched)
{
    ensure(watched->count <= WATCHES_MAX);
    while (watched->count > 0)
        file_free(watched->all[--watched->count]);
}
