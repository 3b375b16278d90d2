/* Finds the system's CA certificates. */
#ifndef HTTP_CERTIFICATES_H
#define HTTP_CERTIFICATES_H

#include <stddef.h>

#include "base/error.h"
#include "base/str.h"

/* Returns the CA file to verify servers with, or NULL for libcurl's own setting: if its file
 * (built_in, which may be NULL) exists or no known file does. The name is static. */
const char *certificates_find(const char *built_in);

/* Like certificates_find, but searches these names. */
const char *certificates_find_in(const char *built_in, const char *const *names, size_t count);

/* Checks that the text is PEM (RFC 7468) with one certificate or more, each of which can be read,
 * and without a private key. Other text around the blocks is allowed. Returns INVALID with a
 * sentence that quotes nothing of the text. */
MUST_USE agentos_status certificates_check(str text, agentos_error *err);

#endif
