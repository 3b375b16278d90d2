/* Reads the DER of a PEM block into an OpenSSL key, by its label. */
#ifndef JOSE_KEY_FORMAT_H
#define JOSE_KEY_FORMAT_H

#include <openssl/evp.h>

#include "base/auto.h"
#include "jose/pem.h"

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);

enum key_half { KEY_PUBLIC, KEY_PRIVATE };

/* Reads this half of a pair from the block; the caller must free *out. Returns INVALID if the
 * block is the other half, if its label is unknown or unsupported, or if its bytes do not
 * match the label. */
MUST_USE agentos_status key_format_read(const struct pem *pem, enum key_half half, EVP_PKEY **out,
                                        agentos_error *err);

/* Returns true if the bytes begin with a key or a certificate in DER. */
bool key_format_is_der(const unsigned char *der, size_t len);

#endif
