/* A watched file. uv_fs_event on its folder reports changes at once, and a timer waits until a
 * burst of them is over. Another timer compares the file now and then: the system reports neither a
 * swapped link on the way to it nor a replaced folder. */
#include "loop/watch.h"

#include <sys/stat.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/internal.h"
#include "loop/timer.h"

struct watch {
    uv_fs_event_t handle;
    struct loop *loop;
    struct timer settle, look;
    uint64_t settle_ms, look_ms;
    struct stat seen; /* the file as the caller last heard of it; zero: there was none */
    void (*changed)(void *user);
    void *user;
    const char *name; /* of the file, in its folder: the path's last part */
    char path[];
};

static struct stat look_at(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? found : (struct stat){ 0 };
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_same_time(a->st_mtim, b->st_mtim) && is_same_time(a->st_ctim, b->st_ctim);
}

/* The burst of changes is over. */
static void settled(struct timer *timer)
{
    struct watch *watch = LIST_OWNER(timer, struct watch, settle);

    watch->seen = look_at(watch->path);
    watch->changed(watch->user);
}

/* Time for a look at the file. */
static void look(struct timer *timer)
{
    struct watch *watch = LIST_OWNER(timer, struct watch, look);
    struct stat found = look_at(watch->path);

    if (!is_same(&found, &watch->seen))
        timer_start(watch->loop, &watch->settle, watch->settle_ms);
    timer_start(watch->loop, &watch->look, watch->look_ms);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct watch *watch = handle->data;

    (void)events, (void)status; /* whatever has happened, the caller reads the file again */
    if (name != NULL && strcmp(name, watch->name) != 0 && strncmp(name, "..", 2) != 0)
        return;
    timer_start(watch->loop, &watch->settle, watch->settle_ms);
}

/* The folder part of a path; the caller frees it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash == NULL ? strdup(".") : strndup(path, slash > path ? (size_t)(slash - path) : 1);

    if (folder == NULL)
        abort();
    return folder;
}

static void free_watch(uv_handle_t *handle)
{
    free(handle->data);
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    timer_stop(&watch->settle);
    timer_stop(&watch->look);
    uv_close((uv_handle_t *)&watch->handle, free_watch);
}

/* Not watching yet. */
static struct watch *watch_make(struct loop *loop, const struct watch_options *options)
{
    size_t size = strlen(options->path) + 1;
    struct watch *watch = mem_zeroed(sizeof(*watch) + size);

    watch->loop = loop;
    watch->settle.fire = settled;
    watch->settle_ms = options->settle_ms;
    watch->look.fire = look;
    watch->look_ms = options->look_ms > 0 ? options->look_ms : WATCH_LOOK_MS;
    watch->changed = options->changed;
    watch->user = options->user;
    memcpy(watch->path, options->path, size);
    const char *slash = strrchr(watch->path, '/');
    watch->name = slash != NULL ? slash + 1 : watch->path;
    watch->seen = look_at(watch->path);
    return watch;
}

agentos_status watch_new(struct loop *loop, const struct watch_options *options, struct watch **out,
                         agentos_error *err)
{
    struct watch *watch = watch_make(loop, options);

    ensure(options->path != NULL && options->changed != NULL);
    watch->handle.data = watch;
    (void)uv_fs_event_init(&loop->uv, &watch->handle); /* only fills in the handle */
    char *folder = folder_of(options->path);
    int code = uv_fs_event_start(&watch->handle, on_event, folder, 0);
    free(folder);
    if (code != 0) {
        watch_free(watch);
        return fail(err, AGENTOS_INTERNAL, "%s", uv_strerror(code));
    }
    timer_start(loop, &watch->look, watch->look_ms);
    *out = watch;
    return AGENTOS_OK;
}
