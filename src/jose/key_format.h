/* What a PEM label promises, turned into an OpenSSL key. Whether the key is any good is
 * key_rules.h. */
#ifndef JOSE_KEY_FORMAT_H
#define JOSE_KEY_FORMAT_H

#include <openssl/evp.h>

#include "base/auto.h"
#include "jose/pem.h"

DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);

enum key_half { KEY_PUBLIC, KEY_PRIVATE };

/* The caller owns *out. INVALID: another half than the wanted one, an unknown label, or bytes that
 * are not what the label says, whole. */
MUST_USE agentos_status key_format_read(const struct pem *pem, enum key_half wanted, EVP_PKEY **out,
                                        agentos_error *err);

/* These bytes are a key or a certificate in DER, whatever follows them. */
bool key_format_is_der(const unsigned char *der, size_t len);

#endif
