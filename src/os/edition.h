/* One edition of what is served: models, agents, authority and catalogue, made from options at
 * start and again at every reload. Immutable once made; the surface's count keeps the whole
 * alive. */
#ifndef OS_EDITION_H
#define OS_EDITION_H

#include "api/context.h"
#include "os/options.h"

/* Borrowed from the edition until the caller's reference is given back by surface_unref. `own`
 * (may be NULL) is the arena that options live in: taken on success, freed with the edition.
 * INVALID: the options cannot be meant. started_at_us is what /health shows. */
struct edition_options {
    const struct options *options;
    const char *os_id;
    const char *exposed_host; /* see exposure.h */
    int64_t started_at_us;
    struct key_pool *keys;     /* borrowed for the edition's life, as the next */
    struct accounts *accounts; /* NULL: there are no service accounts */
    arena *own;
};
MUST_USE agentos_status edition_new(const struct edition_options *options, struct surface **out,
                                    agentos_error *err);

#endif
