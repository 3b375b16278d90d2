/* Counts the references to a surface (one server's route table and policy). A surface is released
 * when the last station, call, task or run that uses it drops its reference. Any thread may call
 * these functions. */
#include "web/surface.h"

#include "base/ensure.h"

/* Adds a reference. The caller must already hold one. */
void surface_ref(struct surface *surface)
{
    size_t before = atomic_fetch_add_explicit(&surface->references, 1, memory_order_relaxed);

    ensure(before > 0);
}

/* Drops a reference, and releases the surface if it was the last one. Does nothing if object is
 * NULL. */
void surface_unref(void *object)
{
    struct surface *surface = object;

    if (surface == NULL)
        return;
    size_t before = atomic_fetch_sub_explicit(&surface->references, 1, memory_order_acq_rel);
    ensure(before > 0);
    if (before == 1)
        surface->release(surface); /* no other thread uses the surface any more */
}
