/* Checks a URL before keys are fetched from it. Only the scheme and the host are parsed here (RFC
 * 3986 §3); curl parses the whole URL when it fetches it. */
#include "auth/keys/remote_url.h"

#include "loop/tcp.h"

/* Removes the prefix, in any case, if the text begins with it. */
static bool cut_prefix(str *text, str prefix)
{
    if (text->len < prefix.len || !str_equal_nocase((str){ text->ptr, prefix.len }, prefix))
        return false;
    *text = str_from(*text, prefix.len);
    return true;
}

/* The authority: all before the path, the query and the fragment. */
static str authority_of(str rest)
{
    size_t len = 0;

    while (len < rest.len && strchr("/?#\\", rest.ptr[len]) == NULL)
        len++;
    return (str){ rest.ptr, len };
}

/* The host of an authority, without the port and without the brackets of IPv6. */
static str host_of(str authority)
{
    if (str_starts(authority, STR("["))) {
        str inside = str_from(authority, 1);
        return str_split(&inside, ']');
    }
    return str_split(&authority, ':');
}

agentos_status remote_url_read(const char *name, str url, struct remote_url *out,
                               agentos_error *err)
{
    str rest = url;
    bool is_https = cut_prefix(&rest, STR("https://"));
    bool is_http = !is_https && cut_prefix(&rest, STR("http://"));
    str authority = authority_of(rest), host = host_of(authority);

    if (!is_https && !is_http)
        return fail_about(err, AGENTOS_INVALID, "%s", QUOTED " is no https URL", name, QUOTE(url));
    if (host.len == 0 || str_has(authority, '@') || str_has(url, '#') || str_has(url, '\\') ||
        !str_is_visible(url))
        return fail_about(err, AGENTOS_INVALID, "%s",
                          QUOTED " must be https://HOST/PATH, without a user or a fragment", name,
                          QUOTE(url));
    *out = (struct remote_url){ .is_https = is_https, .is_loopback = tcp_is_loopback(host) };
    return AGENTOS_OK;
}

agentos_status remote_url_check(const char *name, str url, enum egress *out, agentos_error *err)
{
    struct remote_url read = { .is_https = false };

    TRY(remote_url_read(name, url, &read, err));
    if (!read.is_https && !read.is_loopback)
        return fail_about(err, AGENTOS_INVALID, "%s",
                          QUOTED " is plain http beyond this machine, where anybody on the way "
                                 "could put in keys; use https",
                          name, QUOTE(url));
    *out = read.is_loopback ? EGRESS_LOOPBACK : EGRESS_GUARDED;
    return AGENTOS_OK;
}
