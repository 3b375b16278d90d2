/* Warnings about scopes that somebody types. */
#ifndef CLI_SCOPE_WARNING_H
#define CLI_SCOPE_WARNING_H

#include "base/arena.h"

/* Prints a warning to standard error if the scope looks like several, or if no route demands it but
 * one that is spelled nearly so. Other unknown scopes may be what a configuration's roles and
 * scope_mappings go by. */
void scope_warn(arena *a, const char *scope);

#endif
