/* Handles signals on an event loop. A handler runs between other events, so it may call any
 * function. */
#include "base/ensure.h"
#include "base/mem.h"
#include "loop/internal.h"

struct watcher {
    uv_signal_t handle;
    struct watcher *next;
    void (*fire)(int signum, void *user);
    void *user;
};

static void report_signal(uv_signal_t *handle, int signum)
{
    struct watcher *watcher = handle->data;

    watcher->fire(signum, watcher->user);
}

/* Calls `fire` on the loop for each signal of this number, for as long as the loop exists.
 * INTERNAL: the signal cannot be handled. */
agentos_status loop_on_signal(struct loop *loop, int signum, void (*fire)(int signum, void *user),
                              void *user, agentos_error *err)
{
    ensure(signum > 0 && fire != NULL);
    struct watcher *watcher = mem_zeroed(sizeof(*watcher));
    *watcher = (struct watcher){ .next = loop->watchers, .fire = fire, .user = user };
    loop->watchers = watcher; /* which owns it: signals_close */
    watcher->handle.data = watcher;

    int code = uv_signal_init(&loop->uv, &watcher->handle);
    if (code != 0)
        abort(); /* fails only without the pipe that libuv made when the loop was opened */
    code = uv_signal_start(&watcher->handle, report_signal, signum);
    if (code != 0)
        return fail(err, AGENTOS_INTERNAL, "cannot watch signal %d: %s", signum, uv_strerror(code));
    return AGENTOS_OK;
}

static void free_watcher(uv_handle_t *handle)
{
    free(handle->data);
}

/* Closes all watchers. Each one is freed in its close callback. */
void signals_close(struct loop *loop)
{
    for (struct watcher *watcher = loop->watchers; watcher != NULL; watcher = watcher->next)
        uv_close((uv_handle_t *)&watcher->handle, free_watcher);
}
