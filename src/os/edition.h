/* An edition: the models, agents, authority, policy and catalogue of one configuration. It is built
 * at the start and at every reload, and is immutable. A reference to its surface keeps it alive. */
#ifndef OS_EDITION_H
#define OS_EDITION_H

#include "api/context.h"
#include "os/options.h"

struct edition_options {
    const struct options
        *options; /* borrowed for the life of the edition, as are all members below but os_id */
    const char *os_id;        /* is copied */
    const char *exposed_host; /* see exposure.h */
    int64_t started_at_us;    /* when the process started, which /health shows */
    struct key_pool *keys;
    struct accounts *accounts; /* NULL if there are no service accounts */
    /* The arena of the options. The edition frees it if edition_new succeeds. NULL if the caller
     * keeps the options. */
    arena *own;
};

/* Builds an edition and sets *out to its surface. The caller must release *out with surface_unref.
 * Returns INVALID if the options contradict each other. */
MUST_USE agentos_status edition_new(const struct edition_options *options, struct surface **out,
                                    agentos_error *err);

#endif
