/* IP networks in CIDR form. */
#ifndef HTTP_NETWORK_H
#define HTTP_NETWORK_H

#include "base/str.h"

/* IPv4 addresses are stored in mapped form (::ffff:a.b.c.d). */
struct network {
    unsigned char address[16];
    unsigned bits; /* the length of the prefix, from 0 to 128 */
};

/* Parses a text such as "127.0.0.0/8", "::1" or "10.0.0.7". Returns false if it is malformed or has
 * bits set after its prefix. */
bool network_parse(str text, struct network *out);

enum { NETWORK_CLIENT_BYTES = 16 };

/* Writes the bytes that identify a client: a mapped IPv4 address, or the /64 of an IPv6 address and
 * zeros. An invalid address gives zeros. */
void network_client(const char *address, unsigned char out[NETWORK_CLIENT_BYTES]);

/* Returns true if the address is in one of the networks. Returns false if it is NULL or invalid. */
bool network_has(const struct network *networks, size_t count, const char *address);

#endif
