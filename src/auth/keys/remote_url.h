/* URLs of other servers, and which of them keys may be fetched from. Knows no address: that is
 * http/egress.h, once one is resolved. */
#ifndef AUTH_KEYS_REMOTE_URL_H
#define AUTH_KEYS_REMOTE_URL_H

#include "base/error.h"
#include "http/egress.h"

struct remote_url {
    bool is_https;    /* else http */
    bool is_loopback; /* names this machine */
};

/* http or https; a host; no user, fragment, blanks or control characters. INVALID: "NAME: why". */
MUST_USE agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                                        agentos_error *err);

/* For keys: https, or http on loopback (CVE-2026-48522: a key URL was file://). *out: which
 * addresses the host may turn out to have. */
MUST_USE agentos_status remote_url_check(const char *name, str url, enum egress *out,
                                         agentos_error *err);

#endif
