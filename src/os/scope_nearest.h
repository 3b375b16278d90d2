/* Recognizes misspelled scopes. */
#ifndef OS_SCOPE_NEAREST_H
#define OS_SCOPE_NEAREST_H

#include "base/arena.h"

/* Returns the name of a scope that routes require, if `scope` is spelled nearly so, or NULL. Other
 * unknown scopes may be those of a configuration's roles and scope_mappings. */
const char *scope_nearest(arena *a, const char *scope);

#endif
