/* The bytes of a PEM block, read as what its label says into an OpenSSL key. key_rules.h decides
 * whether the key is good enough. */
#ifndef JOSE_KEY_FORMAT_H
#define JOSE_KEY_FORMAT_H

#include <openssl/evp.h>

#include "base/auto.h"
#include "jose/pem.h"

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);

enum key_half { KEY_PUBLIC, KEY_PRIVATE };

/* *out is the caller's. INVALID: another half than the wanted one, an unknown label, or bytes that
 * are not exactly what the label says. */
MUST_USE agentos_status key_format_read(const struct pem *pem, enum key_half wanted, EVP_PKEY **out,
                                        agentos_error *err);

/* Do the bytes begin with a key or a certificate in DER? */
bool key_format_is_der(const unsigned char *der, size_t len);

#endif
