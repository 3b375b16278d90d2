/* uv_fs_event on the folder, and a timer that lets a burst of changes settle. */
#include "loop/watch.h"

#include "loop/internal.h"
#include "loop/timer.h"

struct watch {
    uv_fs_event_t handle;
    struct loop *loop;
    struct timer settle;
    uint64_t settle_ms;
    void (*changed)(void *user);
    void *user;
    char name[]; /* of the file, in its folder */
};

static void settled(struct timer *timer)
{
    struct watch *watch = LIST_OWNER(timer, struct watch, settle);

    watch->changed(watch->user);
}

static void on_event(uv_fs_event_t *handle, const char *name, int events, int status)
{
    struct watch *watch = handle->data;

    (void)events, (void)status; /* whatever it was, the caller reads the file again */
    if (name != NULL && strcmp(name, watch->name) != 0 && strncmp(name, "..", 2) != 0)
        return;
    timer_start(watch->loop, &watch->settle, watch->settle_ms);
}

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
    uv_close((uv_handle_t *)&watch->handle, free_watch);
}

agentos_status watch_new(struct loop *loop, const struct watch_options *options, struct watch **out,
                         agentos_error *err)
{
    const char *slash = strrchr(options->path, '/');
    const char *name = slash != NULL ? slash + 1 : options->path;
    struct watch *watch = calloc(1, sizeof(*watch) + strlen(name) + 1);

    if (watch == NULL)
        abort();
    watch->loop = loop;
    watch->settle.fire = settled;
    watch->settle_ms = options->settle_ms;
    watch->changed = options->changed;
    watch->user = options->user;
    memcpy(watch->name, name, strlen(name) + 1);
    watch->handle.data = watch;
    (void)uv_fs_event_init(&loop->uv, &watch->handle); /* only fills in the handle */
    char *folder = folder_of(options->path);
    int code = uv_fs_event_start(&watch->handle, on_event, folder, 0);
    free(folder);
    if (code != 0) {
        watch_free(watch);
        return fail(err, AGENTOS_INTERNAL, "%s", uv_strerror(code));
    }
    *out = watch;
    return AGENTOS_OK;
}
