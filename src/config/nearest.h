/* Suggests names for a mistyped one. */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include "base/str.h"

/* Returns the name with the fewest edits from the typed text. An edit inserts, deletes or replaces
 * a letter, or swaps two neighbours; case is ignored. Returns NULL if every name needs more edits
 * than a third of the typed letters, or if more than 48 bytes were typed. */
const char *nearest_name(str typed, const char *const *names, size_t count);

#endif
