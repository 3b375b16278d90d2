/* An edition is all that is served under one configuration: its models, agents, authority, policy
 * and catalogue. It is made from options at the start and again at every reload, and is immutable
 * afterwards. A reference to its surface keeps the whole edition. */
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
    /* The arena of the options, which the edition frees if edition_new succeeds. NULL if it remains
     * the caller's. */
    arena *own;
};

/* Makes an edition, and sets *out to its surface. The caller must release *out with surface_unref.
 * Returns INVALID if the options contradict each other. */
MUST_USE agentos_status edition_new(const struct edition_options *options, struct surface **out,
                                    agentos_error *err);

#endif
