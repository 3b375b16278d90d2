/* Parses IP addresses and networks, strictly with inet_pton. */
#include "http/network.h"

#include <arpa/inet.h>

#include "base/banned.h"
#include "base/ensure.h"

enum {
    V4_BITS = 32,
    V6_BITS = 128,
    V4_AT = 12, /* where an IPv4 address begins in its mapped form, ::ffff:a.b.c.d */
};

/* Parses an address into 16 bytes. Returns the maximum prefix length of its family, or 0 if it is
 * malformed. */
static unsigned read_address(str text, unsigned char out[16])
{
    static const unsigned char v4_prefix[V4_AT] = { [10] = 0xFF, [11] = 0xFF };
    char copy[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(copy) || str_has(text, '\0'))
        return 0;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, out + V4_AT) == 1) {
        memcpy(out, v4_prefix, sizeof(v4_prefix));
        return V4_BITS;
    }
    return inet_pton(AF_INET6, copy, out) == 1 ? V6_BITS : 0;
}

/* Returns a bit of an address. Bit 0 is the highest bit of the first byte. */
static bool bit_at(const unsigned char *bytes, unsigned i)
{
    return (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
}

/* Returns whether all bits after the prefix are zero. */
static bool has_no_host_bits(const struct network *network)
{
    ensure(network->bits <= V6_BITS);
    for (unsigned i = network->bits; i < V6_BITS; i++)
        if (bit_at(network->address, i))
            return false;
    return true;
}

/* Parses an address or a CIDR network. Returns false if it is malformed or has host bits. */
bool network_parse(str text, struct network *out)
{
    bool has_prefix = str_has(text, '/');
    str rest = text;
    unsigned bits_max = read_address(str_split(&rest, '/'), out->address);
    int64_t bits = bits_max; /* an address alone is a network of one */

    if (bits_max == 0)
        return false;
    if (has_prefix && (!str_to_int(rest, &bits) || bits < 0 || bits > bits_max))
        return false;
    out->bits = V6_BITS - bits_max + (unsigned)bits; /* IPv4 is kept in its mapped form */
    return has_no_host_bits(out);
}

/* Returns whether the address has the prefix of the network. */
static bool network_contains(const struct network *network, const unsigned char address[16])
{
    ensure(network->bits <= V6_BITS);
    for (unsigned i = 0; i < network->bits; i++)
        if (bit_at(network->address, i) != bit_at(address, i))
            return false;
    return true;
}

/* Returns whether the address is in one of the networks. */
bool network_has(const struct network *networks, size_t count, const char *address)
{
    unsigned char bytes[16];

    ensure(networks != NULL || count == 0);
    if (address == NULL || read_address(str_of(address), bytes) == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (network_contains(&networks[i], bytes))
            return true;
    return false;
}

void network_client(const char *address, unsigned char out[NETWORK_CLIENT_BYTES])
{
    enum { V6_CLIENT_BYTES = 8 };

    ensure(address != NULL);
    memset(out, 0, NETWORK_CLIENT_BYTES);
    if (read_address(str_of(address), out) == V6_BITS)
        memset(out + V6_CLIENT_BYTES, 0, NETWORK_CLIENT_BYTES - V6_CLIENT_BYTES);
}
