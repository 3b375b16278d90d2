/* Checks URLs before keys are fetched from them (RFC 3986 §3). */
#include "auth/keys/remote_url.h"

#include "base/ensure.h"
#include "loop/tcp.h"

/* Removes the prefix from *text, ignoring case. Returns false if it is absent. */
static bool strip_prefix(str *text, str prefix)
{
    if (text->len < prefix.len)
        return false;
    str start = { text->ptr, prefix.len };
    if (!str_equal_nocase(start, prefix))
        return false;
    *text = str_from(*text, prefix.len);
    return true;
}

/* Returns whether this byte ends the authority of a URL. Some parsers accept a backslash. */
static bool ends_authority(char c)
{
    return strchr("/?#\\", c) != NULL;
}

/* Returns the authority of a URL without its scheme. */
static str view_authority(str url_without_scheme)
{
    str authority = { url_without_scheme.ptr, 0 };

    while (authority.len < url_without_scheme.len &&
           !ends_authority(url_without_scheme.ptr[authority.len]))
        authority.len++;
    return authority;
}

/* Returns the host of an authority, without port and brackets. It may be empty. */
static str view_host(str authority)
{
    if (!str_starts(authority, STR("[")))
        return str_split(&authority, ':');
    str after_bracket = str_from(authority, 1);
    return str_split(&after_bracket, ']');
}

/* Returns whether all parsers read the URL alike: no user, fragment, backslash or blank. */
static bool is_unambiguous(str url, str authority)
{
    if (str_has(authority, '@'))
        return false;
    if (str_has(url, '#') || str_has(url, '\\'))
        return false;
    return str_is_visible(url);
}

/* Parses the scheme and the host of an http or https URL. */
agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                               agentos_error *err)
{
    str rest = url;

    ensure(name != NULL && out != NULL);
    bool is_https = strip_prefix(&rest, STR("https://"));
    if (!is_https && !strip_prefix(&rest, STR("http://")))
        return fail_about(err, AGENTOS_INVALID, "%s", QUOTED " is not an http or https URL", name,
                          QUOTE(url));
    str authority = view_authority(rest);
    str host = view_host(authority);
    if (host.len == 0 || !is_unambiguous(url, authority))
        return fail_about(err, AGENTOS_INVALID, "%s",
                          QUOTED " must be https://HOST/PATH, without a user or a fragment", name,
                          QUOTE(url));
    out->is_https = is_https;
    out->is_loopback = tcp_is_loopback(host);
    return AGENTOS_OK;
}

/* Checks that keys may be fetched from this URL: https, or http to this machine. */
agentos_status remote_url_check(const char *name, str url, bool allow_http, enum egress *out,
                                agentos_error *err)
{
    struct remote_url parsed = { .is_https = false };

    ensure(out != NULL);
    TRY(remote_url_read(name, url, &parsed, err));
    if (!parsed.is_https && !parsed.is_loopback && !allow_http)
        return fail_about(err, AGENTOS_INVALID, "%s",
                          QUOTED " is plain http to another machine, where an attacker could "
                                 "replace the keys; use https",
                          name, QUOTE(url));
    *out = parsed.is_loopback ? EGRESS_LOOPBACK : EGRESS_GUARDED;
    return AGENTOS_OK;
}
