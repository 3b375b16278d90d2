/* Recognizes texts that stand in place of a secret, such as a template's placeholder. */
#ifndef BASE_PLACEHOLDER_H
#define BASE_PLACEHOLDER_H

#include "base/str.h"

/* Returns NULL if the text may be a secret. Otherwise returns the end of a sentence about it, such
 * as "is a placeholder that nothing has replaced". */
const char *placeholder_describe(str text);

#endif
