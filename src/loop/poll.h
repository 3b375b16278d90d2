/* Readiness of a descriptor that a library owns (curl's sockets). */
#ifndef LOOP_POLL_H
#define LOOP_POLL_H

#include "loop/loop.h"

enum { POLL_READ = 1, POLL_WRITE = 2, POLL_FAILED = 4 };

struct poll;

/* ready: POLL_* bits, on the loop. The descriptor stays the caller's. */
struct poll *poll_new(struct loop *loop, int fd, void (*ready)(void *user, int bits), void *user);
void poll_want(struct poll *poll, int bits); /* 0 pauses */
void poll_free(struct poll *poll);           /* no callback afterwards; may be called from ready */

#endif
