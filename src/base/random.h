/* Random bytes from the kernel, and identifiers that are made of them. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

enum { UUID_SIZE = 37 };

void random_bytes(void *out, size_t len); /* aborts if the kernel cannot provide them */

/* Writes a random UUID (RFC 9562 §5.4) in lower case. Returns out. */
const char *random_uuid(char out[UUID_SIZE]);

/* Writes a UUID that consists of the time in milliseconds and 74 random bits (RFC 9562 §5.7), in
 * lower case. The UUIDs of one thread increase (§6.2, method 2), even if the clock is set back, so
 * that rows with such keys are stored side by side. Such a UUID reveals when it was made, so it
 * must not be used as a secret. Returns out. */
const char *ordered_uuid(char out[UUID_SIZE]);

#endif
