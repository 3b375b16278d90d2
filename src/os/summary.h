/* Who may call a server, in words. */
#ifndef OS_SUMMARY_H
#define OS_SUMMARY_H

#include "base/buf.h"
#include "os/options.h"

/* Appends how callers are authenticated, such as "jwt, RS256, 1 key, scopes enforced". If there are
 * several ways, `between` stands between them. Contains no keys and no secrets. May be called on
 * any thread. */
void summarize_authorization(const struct options *options, const char *between, buf *out);

#endif
