/* Decides to which addresses an outgoing request may connect. */
#include "http/egress.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/ensure.h"
#include "base/mem.h"
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
};

/* IPv6 ranges whose addresses contain an IPv4 address, which is judged in their place. */
static const struct {
    const char *range;
    size_t at; /* where the four bytes of the IPv4 address begin */
} tunnels[] = {
    { "64:ff9b::/96",   12 }, /* NAT64 (RFC 6052 §2.1) */
    { "64:ff9b:1::/48", 12 }, /* a network's own NAT64 (RFC 8215), as it is nearly always laid out */
    { "2002::/16",       2 }, /* 6to4 (RFC 3056 §2) */
    { "::/96",          12 }, /* once "IPv4-compatible" (RFC 4291 §2.5.5.1) */
};
// clang-format on

/* Returns whether the address is in one of the ranges. */
static bool is_in(const char *const *ranges, size_t count, const char *address)
{
    for (size_t i = 0; i < count; i++) {
        struct network network;
        bool is_range = network_parse(str_of(ranges[i]), &network);

        ensure(is_range); /* a misspelt row must not pass for a range without addresses */
        if (network_has(&network, 1, address))
            return true;
    }
    return false;
}

/* Formats the address. Returns NULL if it is neither IPv4 nor IPv6. */
static const char *write_address(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
    if (address->sa_family == AF_INET)
        return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                         out, INET6_ADDRSTRLEN);
    if (address->sa_family == AF_INET6)
        return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                         out, INET6_ADDRSTRLEN);
    return NULL;
}

/* Returns the IPv4 address inside an IPv6 address, or the text itself. */
static const char *find_inner_address(const char *text, char out[INET6_ADDRSTRLEN])
{
    unsigned char bytes[16];

    if (strcmp(text, "::") == 0 || strcmp(text, "::1") == 0 ||
        inet_pton(AF_INET6, text, bytes) != 1)
        return text;
    for (size_t i = 0; i < COUNT(tunnels); i++) {
        ensure(tunnels[i].at + 4 <= sizeof(bytes));
        if (is_in(&tunnels[i].range, 1, text))
            return inet_ntop(AF_INET, bytes + tunnels[i].at, out, INET6_ADDRSTRLEN);
    }
    return text;
}

/* Returns whether a request may connect to the address. */
bool egress_allows(enum egress egress, const struct sockaddr *address)
{
    char buffer[INET6_ADDRSTRLEN], inner[INET6_ADDRSTRLEN];

    ensure(address != NULL);
    const char *text = write_address(address, buffer);
    if (egress == EGRESS_ANYWHERE)
        return true;
    if (text == NULL) /* neither IPv4 nor IPv6 */
        return false;
    if (egress == EGRESS_LOOPBACK)
        return is_in(loopback, COUNT(loopback), text);
    text = find_inner_address(text, inner);
    return !is_in(loopback, COUNT(loopback), text) && !is_in(forbidden, COUNT(forbidden), text);
}
