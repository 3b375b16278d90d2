/* Randomness from the kernel, and the identifiers made of it. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

enum { UUID_SIZE = 37 };

void random_bytes(void *out, size_t len); /* aborts if the kernel has none to give */

/* A random UUID (RFC 9562 §5.4), lower case; returns out. */
const char *random_uuid(char out[UUID_SIZE]);

/* A UUID that begins with the time in milliseconds and goes on with 74 random bits (RFC 9562 §5.7),
 * lower case; returns out. Those of one thread increase (§6.2, method 2), even when the clock is
 * set back, so that rows with such keys are stored side by side. It tells when it was made: not for
 * secrets. */
const char *ordered_uuid(char out[UUID_SIZE]);

#endif
