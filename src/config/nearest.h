/* The known name that was most likely meant by a mistyped one. */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include "base/str.h"

/* The one of names that the fewest edits make of what was typed; an edit is a letter more, a letter
 * less, another letter, or two letters swapped, in either case. NULL: each takes more edits than a
 * third of the letters typed, or more than 48 bytes were typed. */
const char *nearest_name(str typed, const char *const *names, size_t count);

#endif
