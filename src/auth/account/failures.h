/* How often a client has come with a service-account token that is none: counted per address, in a
 * table of fixed size that all loops share. It refuses nobody: who comes with a good token is not
 * looked up here at all (docs/design/security.md 24). */
#ifndef AUTH_ACCOUNT_FAILURES_H
#define AUTH_ACCOUNT_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

enum { FAILURES_MAX = 20, FAILURES_WINDOW_S = 60 };

struct failures; /* any thread */

struct failures *failures_new(void);
void failures_free(struct failures *failures); /* NULL is fine */

/* One more. true: more than FAILURES_MAX within FAILURES_WINDOW_S of the first. An IPv6 client
 * is its /64, since whoever has one address has them all; what is no address is one client. */
bool failures_note(struct failures *failures, const char *address, int64_t now_s);

#endif
