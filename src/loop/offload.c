/* Runs jobs on libuv's threads, which start with the first job. */
#include "loop/offload.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/internal.h"

struct request {
    uv_work_t uv;
    struct loop *loop;
    struct offload *offload;
};

static void on_thread(uv_work_t *uv)
{
    struct request *request = uv->data;

    request->offload->run(request->offload);
}

static void on_loop(uv_work_t *uv, int status)
{
    struct request *request = uv->data;
    struct offload *offload = request->offload;

    ensure(status == 0 && request->loop->offloaded > 0); /* nobody cancels it */
    request->loop->offloaded--;
    free(request);
    offload->done(offload);
}

void loop_offload(struct loop *loop, struct offload *offload)
{
    ensure(offload->run != NULL && offload->done != NULL);
    struct request *request = mem_zeroed(sizeof(*request));

    request->loop = loop;
    request->offload = offload;
    request->uv.data = request;
    loop->offloaded++;
    int code = uv_queue_work(&loop->uv, &request->uv, on_thread, on_loop);
    ensure(code == 0); /* fails only without a function */
}
