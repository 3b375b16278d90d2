/* "localhost:7777", "[::1]", "127.0.0.1" ... without the port, compared literally. */
#include "api/host.h"

static str without_port(str host)
{
    str rest = host;

    if (!str_starts(host, STR("[")))
        return str_split(&rest, ':');
    size_t len = str_split(&rest, ']').len + 1;
    bool ends_there = len <= host.len && (rest.len == 0 || rest.ptr[0] == ':');
    return (str){ host.ptr, ends_there ? len : 0 };
}

static bool is_loopback(str host)
{
    return str_equal_nocase(host, STR("localhost")) || str_equal(host, STR("[::1]")) ||
           str_equal(host, STR("127.0.0.1"));
}

bool host_is_allowed(const struct catalogue *catalogue, const struct headers *headers)
{
    str host = { "", 0 };

    if (authority_mode(catalogue->authority) != AUTH_NONE)
        return true;
    if (!headers_find(headers, STR("host"), &host)) /* HTTP/1.0: no browser */
        return true;
    host = without_port(host);
    if (is_loopback(host))
        return true;
    for (size_t i = 0; i < catalogue->allowed_host_count; i++)
        if (str_equal_nocase(host, without_port(str_of(catalogue->allowed_hosts[i]))))
            return true;
    return false;
}
