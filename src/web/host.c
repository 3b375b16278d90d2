/* Checks the Host and Origin headers of a request to a server without authentication. Hosts are
 * compared by name, without their ports. An Origin must be listed in cors_origins or match the
 * request's own Host. */
#include "web/host.h"

#include "base/ensure.h"
#include "loop/tcp.h"

/* Returns the host without its port, such as "localhost" or "[::1]". Returns an empty string if the
 * bracket of an IPv6 address is not closed. */
static str without_port(str host)
{
    str rest = host;

    if (!str_starts(host, STR("[")))
        return str_split(&rest, ':');
    /* Includes both brackets. If the second one is missing, len exceeds the length of the host. */
    size_t len = str_split(&rest, ']').len + 1;
    bool ends_there = len <= host.len && (rest.len == 0 || rest.ptr[0] == ':');
    return (str){ host.ptr, ends_there ? len : 0 };
}

/* Returns whether the server answers to the Host header. A server with authentication answers to
 * any name, an open one only to loopback names and to those of the configuration. */
bool host_is_allowed(const struct surface *surface, const struct headers *headers)
{
    str host = { "", 0 };

    ensure(surface->authority != NULL);
    ensure(surface->allowed_hosts != NULL || surface->allowed_host_count == 0);
    if (authority_mode(surface->authority) != AUTH_NONE)
        return true;
    if (!headers_find(headers, STR("host"), &host)) /* an HTTP/1.0 client, which is not a browser */
        return true;
    host = without_port(host);
    if (tcp_is_loopback(tcp_without_brackets(host)))
        return true;
    for (size_t i = 0; i < surface->allowed_host_count; i++)
        if (str_equal_nocase(host, without_port(str_of(surface->allowed_hosts[i]))))
            return true;
    return false;
}

/* Returns whether the method is defined to change nothing (RFC 9110 §9.2.1). */
static bool is_safe(enum method method)
{
    return method == GET || method == HEAD || method == OPTIONS;
}

/* Returns whether the origin is that of the server's own pages: "http://localhost:7777" is, for a
 * request with "Host: localhost:7777". */
static bool is_same_origin(str origin, str host)
{
    str authority = origin;
    str scheme = str_split(&authority, ':');

    if (!str_equal(scheme, STR("http")) && !str_equal(scheme, STR("https")))
        return false;
    return str_starts(authority, STR("//")) && host.len > 0 &&
           str_equal_nocase(str_from(authority, 2), host);
}

/* Returns whether the page that sends this request may send it. On an open server, a request that
 * changes something must not come from a page of another site. */
bool origin_is_allowed(const struct surface *surface, const struct request *request)
{
    str origin, host = { "", 0 }, site = { "", 0 };

    ensure(surface->authority != NULL && request->method < METHOD_COUNT);
    if (authority_mode(surface->authority) != AUTH_NONE || is_safe(request->method))
        return true;
    if (!headers_find(&request->headers, STR("origin"), &origin)) {
        (void)headers_find(&request->headers, STR("sec-fetch-site"),
                           &site); /* if absent, no page sent this */
        return !str_equal(site, STR("cross-site"));
    }
    (void)headers_find(&request->headers, STR("host"), &host); /* if absent, no origin matches */
    return cors_allows(&surface->cors, origin) || is_same_origin(origin, host);
}
