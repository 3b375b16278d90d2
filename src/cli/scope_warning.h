/* Warnings about scopes that somebody types. */
#ifndef CLI_SCOPE_WARNING_H
#define CLI_SCOPE_WARNING_H

#include "base/arena.h"

/* Prints a warning to standard error if the scope looks like several, or is probably misspelled. */
void scope_warn(arena *a, const char *scope);

#endif
