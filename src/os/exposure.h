/* Keeps a server without authentication from being reachable from other machines by accident. */
#ifndef OS_EXPOSURE_H
#define OS_EXPOSURE_H

#include "os/options.h"

/* Returns the host of the options if other machines can reach it and --open was not given, and NULL
 * otherwise. Borrowed from the options. */
const char *exposure_of(const struct options *options);

/* Returns INVALID if host, a result of exposure_of, is not NULL and the authority does not
 * authenticate. */
MUST_USE agentos_status exposure_check(const char *host, const struct authority *authority,
                                       agentos_error *err);

#endif
