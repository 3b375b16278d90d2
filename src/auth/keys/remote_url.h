/* Checks URLs before keys are fetched from them. http/egress.h checks the resolved addresses. */
#ifndef AUTH_KEYS_REMOTE_URL_H
#define AUTH_KEYS_REMOTE_URL_H

#include "base/error.h"
#include "http/egress.h"

struct remote_url {
    bool is_https;    /* false for http */
    bool is_loopback; /* whether the host is this machine */
};

/* Parses an http or https URL. Returns INVALID with "NAME: REASON" unless it has a host and no
 * user, fragment, backslash, blank or control character. *out is set only on success. */
MUST_USE agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                                        agentos_error *err);

/* Parses the URL of a key set likewise, and rejects plain http to another machine (CVE-2026-48522
 * used file://). Stores the addresses that the host may resolve to in *out. */
MUST_USE agentos_status remote_url_check(const char *name, str url, bool allow_http,
                                         enum egress *out, agentos_error *err);

#endif
