/* Delivers signals on an event loop. */
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

/* Calls `fire` on the loop for each signal, as long as the loop exists. */
agentos_status loop_on_signal(struct loop *loop, int signum, void (*fire)(int signum, void *user),
                              void *user, agentos_error *err)
{
    ensure(signum > 0 && fire != NULL);
    struct watcher *watcher = mem_zeroed(sizeof(*watcher));
    *watcher = (struct watcher){ .next = loop->watchers, .fire = fire, .user = user };
    loop->watchers = watcher; /* owned by the loop; freed by signals_close */
    watcher->handle.data = watcher;

    int code = uv_signal_init(&loop->uv, &watcher->handle);
    if (code != 0)
        abort(); /* libuv's signal pipe exists since the loop was opened */
    code = uv_signal_start(&watcher->handle, report_signal, signum);
    if (code != 0)
        return fail(err, AGENTOS_INTERNAL, "cannot watch signal %d: %s", signum, uv_strerror(code));
    return AGENTOS_OK;
}

static void free_watcher(uv_handle_t *handle)
{
    free(handle->data);
}

void signals_close(struct loop *loop)
{
    for (struct watcher *watcher = loop->watchers; watcher != NULL; watcher = watcher->next)
        uv_close((uv_handle_t *)&watcher->handle, free_watcher);
}
