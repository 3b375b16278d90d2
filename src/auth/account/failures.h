/* Counts invalid service-account tokens by client address, in a table of fixed size that all event
 * loops share. Valid tokens bypass it (docs/design/security.md 24). */
#ifndef AUTH_ACCOUNT_FAILURES_H
#define AUTH_ACCOUNT_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

enum { FAILURES_MAX = 20, FAILURES_WINDOW_S = 60 };

struct failures; /* failures_count is thread-safe. */

struct failures *failures_new(void);
/* No thread may still use the table. NULL is allowed. */
void failures_free(struct failures *failures);

/* Counts a failure of this client. Returns whether it has more than FAILURES_MAX failures within
 * FAILURES_WINDOW_S of the first one. IPv6 clients are counted by their /64. All texts that are not
 * addresses count as one client. */
bool failures_count(struct failures *failures, const char *address, int64_t now_s);

#endif
