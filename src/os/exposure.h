/* The check that no server without authentication is reachable from other machines by accident. */
#ifndef OS_EXPOSURE_H
#define OS_EXPOSURE_H

#include "os/options.h"

/* The host that the options listen on, if other machines can reach it and --open was not given;
 * else NULL. Borrowed from options. */
const char *exposure_of(const struct options *options);

/* INVALID: host is not NULL, as exposure_of returned it, and authority does not authenticate. */
MUST_USE agentos_status exposure_check(const char *host, const struct authority *authority,
                                       agentos_error *err);

#endif
