/* Where this system keeps the certificates of the authorities that it trusts. */
#ifndef HTTP_CERTIFICATES_H
#define HTTP_CERTIFICATES_H

#include <stddef.h>

/* Returns the file to verify servers by, or NULL if libcurl's own setting is to be used: because
 * that file exists (built_in, which may be NULL), or because none of the known ones does. The names
 * are static. */
const char *certificates_find(const char *built_in);

/* As certificates_find, but among these names. Returns one of them, or NULL. */
const char *certificates_find_in(const char *built_in, const char *const *names, size_t count);

#endif
