/* Texts that stand where a secret belongs: what a template or a documentation has there, or where
 * the secret is to be found. Anybody who has seen the template knows them. */
#ifndef BASE_PLACEHOLDER_H
#define BASE_PLACEHOLDER_H

#include "base/str.h"

/* Returns NULL if the text may be a secret. Otherwise returns the end of a sentence that says what
 * it is instead, such as "is a placeholder that nothing has replaced". */
const char *placeholder_describe(str text);

#endif
