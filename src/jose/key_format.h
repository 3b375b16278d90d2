/* The bytes of a PEM block, read into an OpenSSL key as its label says. key_rules.h decides whether
 * the key is good enough. */
#ifndef JOSE_KEY_FORMAT_H
#define JOSE_KEY_FORMAT_H

#include <openssl/evp.h>

#include "base/auto.h"
#include "jose/pem.h"

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);

enum key_half { KEY_PUBLIC, KEY_PRIVATE };

/* Reads the wanted half of a pair from the block; the caller must free *out. Returns INVALID if the
 * block is the other half, if its label is unknown or not supported, or if its bytes are not
 * exactly what the label says. */
MUST_USE agentos_status key_format_read(const struct pem *pem, enum key_half wanted, EVP_PKEY **out,
                                        agentos_error *err);

/* Returns true if the bytes begin with a key or a certificate in DER. */
bool key_format_is_der(const unsigned char *der, size_t len);

#endif
