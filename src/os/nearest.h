/* The known name that somebody who typed this one most likely meant. */
#ifndef OS_NEAREST_H
#define OS_NEAREST_H

#include "base/str.h"

/* One of names, or NULL when none is near: edits (a letter more, less, other, or two swapped) above
 * a third of what was typed. Case does not count. */
const char *nearest_name(str typed, const char *const *names, size_t count);

#endif
