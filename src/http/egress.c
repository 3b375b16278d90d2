/* Address ranges that no public service lives in, and in which a forged URL does harm. Private
 * networks are not among them: identity providers live there. */
#include "http/egress.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "http/network.h"

// clang-format off
static const char *const loopback[] = { "127.0.0.0/8", "::1/128" };

static const char *const forbidden[] = {
    "0.0.0.0/8",          /* this network (RFC 1122 §3.2.1.3): Linux takes it for loopback */
    "169.254.0.0/16",     /* link-local; metadata of nearly every cloud */
    "100.100.100.200/32", /* Alibaba's metadata */
    "168.63.129.16/32",   /* Azure's host */
    "192.0.0.192/32",     /* Oracle's metadata */
    "224.0.0.0/4",        /* multicast */
    "255.255.255.255/32",
    "::/128",
    "fe80::/10",          /* link-local */
    "ff00::/8",           /* multicast */
    "fd00:ec2::254/128",  /* Amazon's metadata */
    "fd20:ce::254/128",   /* Google's metadata */
    "64:ff9b::a9fe:0/112", /* link-local IPv4 behind NAT64 (RFC 6052 §2.1) */
};
// clang-format on

static bool is_in(const char *const *ranges, size_t count, const char *address)
{
    for (size_t i = 0; i < count; i++) {
        struct network network;

        if (network_parse(str_of(ranges[i]), &network) && network_has(&network, 1, address))
            return true;
    }
    return false;
}

static const char *address_text(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                         out, INET6_ADDRSTRLEN);
    if (address->sa_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                         out, INET6_ADDRSTRLEN);
    return NULL;
}

bool egress_allows(enum egress egress, const struct sockaddr *address)
{
    char buffer[INET6_ADDRSTRLEN];
    const char *text = address_text(address, buffer);

    if (egress == EGRESS_ANYWHERE)
        return true;
    if (text == NULL) /* neither IPv4 nor IPv6 */
        return false;
    bool is_local = is_in(loopback, sizeof(loopback) / sizeof(loopback[0]), text);
    if (egress == EGRESS_LOOPBACK)
        return is_local;
    return !is_local && !is_in(forbidden, sizeof(forbidden) / sizeof(forbidden[0]), text);
}
