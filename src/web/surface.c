/* The lives of editions: a surface is freed when the last call, task or run has let it go. */
#include "web/surface.h"

#include "base/ensure.h"

void surface_ref(struct surface *surface)
{
    size_t before = atomic_fetch_add_explicit(&surface->references, 1, memory_order_relaxed);

    ensure(before > 0);
}

void surface_unref(void *object)
{
    struct surface *surface = object;

    if (surface == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&surface->references, 1, memory_order_acq_rel);
    ensure(before > 0);
    if (before == 1)
        surface->release(surface);
}
