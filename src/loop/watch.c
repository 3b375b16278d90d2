/* Watches a file for changes. */
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
    struct stat seen; /* the state at the last call of `changed`; zero if there was no file */
    void (*changed)(void *user);
    void *user;
    const char *name; /* the last part of the path */
    char path[];
};

/* Returns the state of the file, or zeros if it cannot be read. */
static struct stat read_state(const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 ? found : (struct stat){ 0 };
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Returns true if both are the same file with the same size and times. */
static bool is_same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_same_time(a->st_mtim, b->st_mtim) && is_same_time(a->st_ctim, b->st_ctim);
}

/* Reports a change after a burst of events. */
static void report_change(struct timer *timer)
{
    struct watch *watch = LIST_OWNER(timer, struct watch, settle);

    watch->seen = read_state(watch->path);
    watch->changed(watch->user); /* last: may free the watch */
}

/* Compares the file with its last state. The kernel misses swapped links and replaced folders. */
static void compare_file(struct timer *timer)
{
    struct watch *watch = LIST_OWNER(timer, struct watch, look);
    struct stat found = read_state(watch->path);

    if (!is_same_state(&found, &watch->seen))
        timer_start(watch->loop, &watch->settle, watch->settle_ms);
    timer_start(watch->loop, &watch->look, watch->look_ms);
}

/* Handles an event in the folder. `name` may be NULL. */
static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct watch *watch = handle->data;

    (void)events, (void)status; /* unused: the caller rereads the file anyway */
    bool is_ours = name == NULL || strcmp(name, watch->name) == 0;
    if (!is_ours && strncmp(name, "..", 2) != 0) /* mounted secrets swap "..data" */
        return;
    timer_start(watch->loop, &watch->settle, watch->settle_ms);
}

/* Returns the folder of the path, "." or "/" if need be. The caller must free it. */
static char *copy_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    str folder = STR(".");

    if (slash != NULL)
        folder = (str){ path, slash > path ? (size_t)(slash - path) : 1 };
    char *copy = strndup(folder.ptr, folder.len);
    if (copy == NULL)
        abort(); /* no memory */
    return copy;
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

/* Creates an inactive watch. */
static struct watch *make_watch(struct loop *loop, const struct watch_options *options)
{
    ensure(options->path != NULL && options->changed != NULL);
    size_t size = strlen(options->path) + 1;
    struct watch *watch = mem_zeroed(sizeof(*watch) + size);

    watch->loop = loop;
    watch->settle.fire = report_change;
    watch->settle_ms = options->settle_ms;
    watch->look.fire = compare_file;
    watch->look_ms = options->look_ms > 0 ? options->look_ms : WATCH_LOOK_MS;
    watch->changed = options->changed;
    watch->user = options->user;
    memcpy(watch->path, options->path, size);
    const char *slash = strrchr(watch->path, '/');
    watch->name = slash != NULL ? slash + 1 : watch->path;
    watch->seen = read_state(watch->path);
    return watch;
}

/* Starts watching a file, which need not exist. The caller must free the watch with watch_free. */
agentos_status watch_new(struct loop *loop, const struct watch_options *options, struct watch **out,
                         agentos_error *err)
{
    struct watch *watch = make_watch(loop, options);

    watch->handle.data = watch;
    (void)uv_fs_event_init(&loop->uv, &watch->handle); /* only fills in the handle */
    char *folder = copy_folder(options->path);
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
