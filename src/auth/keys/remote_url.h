/* URLs of other servers, and the check whether keys may be fetched from one of them. http/egress.h
 * checks the addresses after the host has been resolved. */
#ifndef AUTH_KEYS_REMOTE_URL_H
#define AUTH_KEYS_REMOTE_URL_H

#include "base/error.h"
#include "http/egress.h"

struct remote_url {
    bool is_https;    /* false for http */
    bool is_loopback; /* whether the host is this machine */
};

/* Parses an http or https URL, which must have a host and must not contain a user, a fragment, a
 * backslash, a blank or a control character. Returns INVALID with "NAME: why" otherwise. *out is
 * set only on success. */
MUST_USE agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                                        agentos_error *err);

/* Parses the URL of a key set in the same way, and also refuses plain http to another machine
 * (CVE-2026-48522 was a key URL with file://), unless allow_http. Stores the addresses that the
 * host may resolve to in *out; allow_http does not change them. */
MUST_USE agentos_status remote_url_check(const char *name, str url, bool allow_http,
                                         enum egress *out, agentos_error *err);

#endif
