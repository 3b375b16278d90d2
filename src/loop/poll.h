/* Waits for descriptors that a library owns, such as the sockets of curl. */
#ifndef LOOP_POLL_H
#define LOOP_POLL_H

#include "loop/loop.h"

enum { POLL_READ = 1, POLL_WRITE = 2, POLL_FAILED = 4 };

struct poll;

/* Creates an idle poll. After poll_want, `ready` is called on the loop with POLL_* bits. The caller
 * must free the poll with poll_free, and keep the descriptor open until then. */
struct poll *poll_new(struct loop *loop, int fd, void (*ready)(void *user, int bits), void *user);
void poll_want(struct poll *poll, int bits); /* 0 pauses the poll */
void poll_free(struct poll *poll); /* may be called in `ready`, which is not called again */

#endif
