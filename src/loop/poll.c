/* Polls file descriptors that other libraries own. */
#include "loop/poll.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/internal.h"

_Static_assert((int)POLL_READ == (int)UV_READABLE && (int)POLL_WRITE == (int)UV_WRITABLE,
               "the bits must be those of libuv");

struct poll {
    uv_poll_t handle;
    void (*ready)(void *user, int bits);
    void *user;
};

/* Reports the ready events, or POLL_FAILED. */
static void report_ready(uv_poll_t *handle, int status, int events)
{
    struct poll *poll = handle->data;
    int bits = status < 0 ? POLL_FAILED : events & (POLL_READ | POLL_WRITE);

    poll->ready(poll->user, bits); /* may free the poll */
}

/* Creates a poll for a descriptor, which must stay open until poll_free. */
struct poll *poll_new(struct loop *loop, int fd, void (*ready)(void *user, int bits), void *user)
{
    ensure(fd >= 0 && ready != NULL);
    struct poll *poll = mem_zeroed(sizeof(*poll));
    poll->ready = ready;
    poll->user = user;
    poll->handle.data = poll;
    if (uv_poll_init(&loop->uv, &poll->handle, fd) != 0)
        abort(); /* closed or not pollable */
    return poll;
}

/* Sets the events to wait for. 0 pauses the poll. */
void poll_want(struct poll *poll, int bits)
{
    ensure((bits & ~(POLL_READ | POLL_WRITE)) == 0);
    if (bits == 0)
        (void)uv_poll_stop(&poll->handle); /* always 0 */
    else if (uv_poll_start(&poll->handle, bits, report_ready) != 0)
        abort(); /* fails only for a closing handle */
}

static void free_poll(uv_handle_t *handle)
{
    free(handle->data);
}

void poll_free(struct poll *poll)
{
    if (poll != NULL)
        uv_close((uv_handle_t *)&poll->handle, free_poll);
}
