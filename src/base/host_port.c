/* Checks the syntax of HOST[:PORT] in URLs and Host headers. */
#include "base/host_port.h"

#include "base/hex.h"

/* Returns whether the text is a port: empty (RFC 3986 §3.2.3), or digits up to 65535. */
static bool is_port(str text)
{
    int64_t port = 0;

    if (text.len == 0)
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return str_to_int(text, &port) && port <= UINT16_MAX;
}

/* Returns whether the text looks like an IPv6 address (RFC 3986 §3.2.2), with or without a zone
 * (RFC 6874 §2). */
static bool is_ipv6_like(str text)
{
    str zone = text;

    text = str_split(&zone, '%');
    for (size_t i = 0; i < text.len; i++)
        if (hex_value(text.ptr[i]) < 0 && text.ptr[i] != ':' && text.ptr[i] != '.')
            return false;
    return str_has(text, ':');
}

bool host_port_is_valid(str text)
{
    str rest = text;

    if (!str_starts(text, STR("["))) {
        str name = str_split(&rest, ':');

        return name.len > 0 && !str_has(name, '[') && !str_has(name, ']') && is_port(rest);
    }
    rest = str_from(text, 1);
    if (!str_has(rest, ']') || !is_ipv6_like(str_split(&rest, ']')))
        return false;
    return rest.len == 0 || (rest.ptr[0] == ':' && is_port(str_from(rest, 1)));
}
