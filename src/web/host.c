/* Checks the Host and Origin headers of requests to a server without authentication. */
#include "web/host.h"

#include "base/ensure.h"
#include "loop/tcp.h"

/* Returns the host without its port, such as "localhost" or "[::1]"; empty if a bracket is not
 * closed. */
static str strip_port(str host)
{
    str rest = host;

    if (!str_starts(host, STR("[")))
        return str_split(&rest, ':');
    /* with both brackets; too long if the second one is missing */
    size_t len = str_split(&rest, ']').len + 1;
    bool ends_there = len <= host.len && (rest.len == 0 || rest.ptr[0] == ':');
    return (str){ host.ptr, ends_there ? len : 0 };
}

/* Returns whether the server accepts the Host header. An open server accepts loopback and
 * configured names. */
bool host_is_allowed(const struct surface *surface, const struct headers *headers)
{
    str host = { "", 0 };

    ensure(surface->authority != NULL);
    ensure(surface->allowed_hosts != NULL || surface->allowed_host_count == 0);
    if (authority_mode(surface->authority) != AUTH_NONE)
        return true;
    if (!headers_find(headers, STR("host"), &host)) /* an HTTP/1.0 client, which is not a browser */
        return true;
    host = strip_port(host);
    if (tcp_is_loopback(tcp_without_brackets(host)))
        return true;
    for (size_t i = 0; i < surface->allowed_host_count; i++)
        if (str_equal_nocase(host, strip_port(str_of(surface->allowed_hosts[i]))))
            return true;
    return false;
}

/* Returns whether the method is safe (RFC 9110 §9.2.1). */
static bool is_safe(enum method method)
{
    return method == GET || method == HEAD || method == OPTIONS;
}

/* Returns whether the origin names the host, as "http://localhost:7777" does "localhost:7777". */
static bool is_same_origin(str origin, str host)
{
    str authority = origin;
    str scheme = str_split(&authority, ':');

    if (!str_equal(scheme, STR("http")) && !str_equal(scheme, STR("https")))
        return false;
    return str_starts(authority, STR("//")) && host.len > 0 &&
           str_equal_nocase(str_from(authority, 2), host);
}

/* Returns whether the page that sent the request may call this server. */
bool origin_is_allowed(const struct surface *surface, const struct request *request)
{
    str origin, host = { "", 0 }, site = { "", 0 };

    ensure(surface->authority != NULL && request->method < METHOD_COUNT);
    if (authority_mode(surface->authority) != AUTH_NONE || is_safe(request->method))
        return true;
    if (!headers_find(&request->headers, STR("origin"), &origin)) {
        (void)headers_find(&request->headers, STR("sec-fetch-site"), &site); /* browsers only */
        return !str_equal(site, STR("cross-site"));
    }
    (void)headers_find(&request->headers, STR("host"), &host); /* if absent, no origin matches */
    return cors_allows(&surface->cors, origin) || is_same_origin(origin, host);
}
