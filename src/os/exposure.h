/* Checks that no server without authentication can be reached from other machines by accident. */
#ifndef OS_EXPOSURE_H
#define OS_EXPOSURE_H

#include "os/options.h"

/* Returns the host that the options listen on, if other machines can reach it and --open was not
 * given, and NULL otherwise. Borrowed from the options. */
const char *exposure_of(const struct options *options);

/* Returns INVALID if host, which exposure_of has returned, is not NULL and the authority does not
 * authenticate. */
MUST_USE agentos_status exposure_check(const char *host, const struct authority *authority,
                                       agentos_error *err);

#endif
