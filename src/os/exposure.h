/* A server that asks nobody who he is, where others can reach it: never by accident. */
#ifndef OS_EXPOSURE_H
#define OS_EXPOSURE_H

#include "os/options.h"

/* The host, if it is reachable from elsewhere and nobody said that this is meant (--open); else
 * NULL. Borrowed. */
const char *exposure_of(const struct options *options);

/* INVALID: there is such a host (NULL: none), and no authentication. */
MUST_USE agentos_status exposure_check(const char *host, const struct authority *authority,
                                       agentos_error *err);

#endif
