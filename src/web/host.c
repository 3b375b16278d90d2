/* Hosts and origins compared: names literally, without their ports ("localhost:7777", "[::1]"), and
 * an origin with the host that the request names. */
#include "web/host.h"

#include "base/ensure.h"
#include "loop/tcp.h"

/* Empty for a bracket without its end. */
static str without_port(str host)
{
    str rest = host;

    if (!str_starts(host, STR("[")))
        return str_split(&rest, ':');
    size_t len = str_split(&rest, ']').len + 1;
    bool ends_there = len <= host.len && (rest.len == 0 || rest.ptr[0] == ':');
    return (str){ host.ptr, ends_there ? len : 0 };
}

bool host_is_allowed(const struct surface *surface, const struct headers *headers)
{
    str host = { "", 0 };

    ensure(surface->authority != NULL);
    ensure(surface->allowed_hosts != NULL || surface->allowed_host_count == 0);
    if (authority_mode(surface->authority) != AUTH_NONE)
        return true;
    if (!headers_find(headers, STR("host"), &host)) /* HTTP/1.0: no browser */
        return true;
    host = without_port(host);
    if (tcp_is_loopback(tcp_without_brackets(host)))
        return true;
    for (size_t i = 0; i < surface->allowed_host_count; i++)
        if (str_equal_nocase(host, without_port(str_of(surface->allowed_hosts[i]))))
            return true;
    return false;
}

/* Does the method change nothing (RFC 9110 §9.2.1)? */
static bool is_safe(enum method method)
{
    return method == GET || method == HEAD || method == OPTIONS;
}

/* "http://localhost:7777" is where "Host: localhost:7777" is. */
static bool is_same_origin(str origin, str host)
{
    str authority = origin;
    str scheme = str_split(&authority, ':');

    if (!str_equal(scheme, STR("http")) && !str_equal(scheme, STR("https")))
        return false;
    return str_starts(authority, STR("//")) && host.len > 0 &&
           str_equal_nocase(str_from(authority, 2), host);
}

bool origin_is_allowed(const struct surface *surface, const struct request *request)
{
    str origin, host = { "", 0 }, site = { "", 0 };

    ensure(surface->authority != NULL);
    if (authority_mode(surface->authority) != AUTH_NONE || is_safe(request->method))
        return true;
    if (!headers_find(&request->headers, STR("origin"), &origin)) {
        (void)headers_find(&request->headers, STR("sec-fetch-site"), &site); /* absent: no page */
        return !str_equal(site, STR("cross-site"));
    }
    (void)headers_find(&request->headers, STR("host"), &host); /* HTTP/1.0: matches no origin */
    return cors_allows(&surface->cors, origin) || is_same_origin(origin, host);
}
