/* URLs that keys may be fetched from. Knows no address: that is http/egress.h, once one is
 * resolved. */
#ifndef AUTH_REMOTE_URL_H
#define AUTH_REMOTE_URL_H

#include "base/error.h"
#include "http/egress.h"

/* https, or http on loopback; a host; no user, fragment, blanks or control characters
 * (CVE-2026-48522: a key URL was file://). INVALID: "NAME: why". *out: which addresses the host may
 * turn out to have. */
MUST_USE agentos_status remote_url_check(const char *name, str url, enum egress *out,
                                         agentos_error *err);

#endif
