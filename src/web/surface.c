/* Reference counts of surfaces: one is released when the last station, call, task or run that uses
 * it has let it go. Any thread. */
#include "web/surface.h"

#include "base/ensure.h"

/* Adds a reference; the caller must hold one already. */
void surface_ref(struct surface *surface)
{
    size_t before = atomic_fetch_add_explicit(&surface->references, 1, memory_order_relaxed);

    ensure(before > 0);
}

/* Drops a reference, and releases the surface with the last one. NULL is fine. */
void surface_unref(void *object)
{
    struct surface *surface = object;

    if (surface == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&surface->references, 1, memory_order_acq_rel);
    ensure(before > 0);
    if (before == 1)
        surface->release(surface); /* acquire and release: after everything its users did */
}
