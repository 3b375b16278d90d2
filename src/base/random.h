/* Randomness from the kernel, and the identifiers made of it. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

enum { UUID_SIZE = 37 };

void random_bytes(void *out, size_t len); /* aborts if the kernel has none to give */

/* A random UUID (RFC 9562 §5.4), lower case; returns out. */
const char *random_uuid(char out[UUID_SIZE]);

#endif
