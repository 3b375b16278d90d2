/* A count of the invalid service-account tokens that each client address has presented lately, in a
 * table of fixed size that all loops share. A valid token is accepted without looking here
 * (docs/design/security.md 24). */
#ifndef AUTH_ACCOUNT_FAILURES_H
#define AUTH_ACCOUNT_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

enum { FAILURES_MAX = 20, FAILURES_WINDOW_S = 60 };

struct failures; /* Any thread may call failures_count. */

struct failures *failures_new(void);
/* No thread may use the table any more. NULL is allowed. */
void failures_free(struct failures *failures);

/* Counts a failure of this client. Returns true if the client now has more than FAILURES_MAX
 * failures within FAILURES_WINDOW_S of the first one. An IPv6 client is counted by its /64, since
 * one subscriber usually has all addresses of it. All texts that are not addresses are counted as
 * one client. */
bool failures_count(struct failures *failures, const char *address, int64_t now_s);

#endif
