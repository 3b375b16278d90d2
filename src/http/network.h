/* Networks in CIDR form, and the check whether a network contains an address. Names are not
 * resolved. */
#ifndef HTTP_NETWORK_H
#define HTTP_NETWORK_H

#include "base/str.h"

/* A network. An IPv4 address is stored in its mapped form (::ffff:a.b.c.d), so that a peer has the
 * same address whichever way it connects. */
struct network {
    unsigned char address[16];
    unsigned bits; /* the length of the prefix, from 0 to 128 */
};

/* Parses a text such as "127.0.0.0/8", "::1" or "10.0.0.7". Returns false if it is not a network,
 * or has bits set after its prefix. */
bool network_parse(str text, struct network *out);

enum { NETWORK_CLIENT_BYTES = 16 };

/* Writes the bytes that one client is known by: all 16 of an IPv4 address, as mapped; of an IPv6
 * address the first 8 and zeros, since one client can use its whole /64. A text that is not an
 * address gives zeros. */
void network_client(const char *address, unsigned char out[NETWORK_CLIENT_BYTES]);

/* Returns true if the address is in one of the networks. Returns false if it is NULL or not an
 * address. */
bool network_has(const struct network *networks, size_t count, const char *address);

#endif
