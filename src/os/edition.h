/* An edition: all that is served under one configuration, its models, agents, authority, policy and
 * catalogue. Made from options at start and again at every reload; immutable once made. References
 * to its surface keep the whole edition. */
#ifndef OS_EDITION_H
#define OS_EDITION_H

#include "api/context.h"
#include "os/options.h"

struct edition_options {
    const struct options
        *options;             /* borrowed for the edition's life, as all that follow but os_id */
    const char *os_id;        /* copied */
    const char *exposed_host; /* see exposure.h */
    int64_t started_at_us;    /* of the process; /health shows it */
    struct key_pool *keys;
    struct accounts *accounts; /* NULL: there are no service accounts */
    arena
        *own; /* that options are in: on success freed with the edition; NULL: it is the caller's */
};

/* *out is the surface of a new edition, with one reference, the caller's. INVALID: the options do
 * not fit together. */
MUST_USE agentos_status edition_new(const struct edition_options *options, struct surface **out,
                                    agentos_error *err);

#endif
