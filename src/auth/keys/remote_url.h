/* URLs of other servers, and which of them keys may be fetched from. Addresses are checked by
 * http/egress.h, once the host is resolved. */
#ifndef AUTH_KEYS_REMOTE_URL_H
#define AUTH_KEYS_REMOTE_URL_H

#include "base/error.h"
#include "http/egress.h"

struct remote_url {
    bool is_https;    /* else http */
    bool is_loopback; /* names this machine */
};

/* Accepts http or https, a host, and no user, fragment, blank or control character. INVALID:
 * "NAME: why". */
MUST_USE agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                                        agentos_error *err);

/* The same for key sets: https, or http on loopback (CVE-2026-48522: a key URL was file://). *out:
 * which addresses the host may resolve to. */
MUST_USE agentos_status remote_url_check(const char *name, str url, enum egress *out,
                                         agentos_error *err);

#endif
