/* Networks in CIDR form, and whether an address is in one. Resolves no names. */
#ifndef HTTP_NETWORK_H
#define HTTP_NETWORK_H

#include "base/str.h"

/* IPv4 is kept as mapped into IPv6 (::ffff:a.b.c.d), so that a peer is the same whichever way it
 * connects. */
struct network {
    unsigned char address[16];
    unsigned bits; /* of the prefix, 0 to 128 */
};

/* Reads "127.0.0.0/8", "::1" or "10.0.0.7". false: it is not a network, or has bits set after the
 * prefix. */
bool network_parse(str text, struct network *out);

enum { NETWORK_CLIENT_BYTES = 16 };

/* Writes the bytes that one client is known by: all 16 of an IPv4 address, as mapped; of an IPv6
 * address the first 8 and zeros, since one client can use its whole /64. A text that is not an
 * address gives zeros. */
void network_client(const char *address, unsigned char out[NETWORK_CLIENT_BYTES]);

/* Is the address in one of the networks? false for NULL and for what is not an address. */
bool network_has(const struct network *networks, size_t count, const char *address);

#endif
