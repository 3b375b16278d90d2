/* The reference count of a surface. Any thread may call these functions. */
#include "web/surface.h"

#include "base/ensure.h"

/* Adds a reference. The caller must hold one. */
void surface_ref(struct surface *surface)
{
    size_t before = atomic_fetch_add_explicit(&surface->references, 1, memory_order_relaxed);

    ensure(before > 0);
}

/* Drops a reference, and releases the surface with the last one. `object` may be NULL. */
void surface_unref(void *object)
{
    struct surface *surface = object;

    if (surface == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&surface->references, 1, memory_order_acq_rel);
    ensure(before > 0);
    if (before == 1)
        surface->release(surface); /* this was the last reference */
}
