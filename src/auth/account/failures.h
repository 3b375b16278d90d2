/* A count of the invalid service-account tokens that each client address has presented lately, in a
 * table of fixed size that all loops share. A valid token is accepted without looking here
 * (docs/design/security.md 24). */
#ifndef AUTH_ACCOUNT_FAILURES_H
#define AUTH_ACCOUNT_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

enum { FAILURES_MAX = 20, FAILURES_WINDOW_S = 60 };

struct failures; /* any thread */

struct failures *failures_new(void);
void failures_free(struct failures *failures); /* NULL is fine */

/* Counts one more. true: more than FAILURES_MAX within FAILURES_WINDOW_S of the first. An IPv6
 * client is counted by its /64, all of whose addresses one subscriber has; texts that are not
 * addresses are counted as one client. */
bool failures_count(struct failures *failures, const char *address, int64_t now_s);

#endif
