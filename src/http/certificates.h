/* Finds where this system keeps the certificates of the authorities that it trusts. */
#ifndef HTTP_CERTIFICATES_H
#define HTTP_CERTIFICATES_H

#include <stddef.h>

/* Returns the name of the file with which servers are verified, or NULL if libcurl's own setting
 * should be used: because that file (built_in, which may be NULL) exists, or because none of the
 * known ones does. The name is static. */
const char *certificates_find(const char *built_in);

/* As certificates_find, but searches these names. Returns one of them, or NULL. */
const char *certificates_find_in(const char *built_in, const char *const *names, size_t count);

#endif
