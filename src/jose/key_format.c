/* Reads the DER of PEM blocks, by label (RFC 7468 §5, §10-13; RFC 8017 A.1; RFC 5915). */
#include "jose/key_format.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/x509.h>

typedef EVP_PKEY *reader(const unsigned char **der, long len);

static EVP_PKEY *read_spki(const unsigned char **der, long len)
{
    return d2i_PUBKEY(NULL, der, len);
}

static EVP_PKEY *read_pkcs1_public(const unsigned char **der, long len)
{
    return d2i_PublicKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *read_certificate(const unsigned char **der, long len)
{
    X509 *certificate = d2i_X509(NULL, der, len);
    EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    return key;
}

static EVP_PKEY *read_pkcs8(const unsigned char **der, long len)
{
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, der, len);
    EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;

    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

static EVP_PKEY *read_pkcs1_private(const unsigned char **der, long len)
{
    return d2i_PrivateKey(EVP_PKEY_RSA, NULL, der, len);
}

static EVP_PKEY *read_sec1(const unsigned char **der, long len)
{
    return d2i_PrivateKey(EVP_PKEY_EC, NULL, der, len);
}

struct format {
    const char *label;
    enum key_half half;
    reader *read; /* NULL: known but unsupported */
};

// clang-format off
static const struct format formats[] = {
    { "PUBLIC KEY",            KEY_PUBLIC,  read_spki },
    { "RSA PUBLIC KEY",        KEY_PUBLIC,  read_pkcs1_public },
    { "CERTIFICATE",           KEY_PUBLIC,  read_certificate },
    { "PRIVATE KEY",           KEY_PRIVATE, read_pkcs8 },
    { "RSA PRIVATE KEY",       KEY_PRIVATE, read_pkcs1_private },
    { "EC PRIVATE KEY",        KEY_PRIVATE, read_sec1 },
    { "ENCRYPTED PRIVATE KEY", KEY_PRIVATE, NULL },
    { "OPENSSH PRIVATE KEY",   KEY_PRIVATE, NULL },
};
// clang-format on

static const struct format *find_format(const char *label)
{
    for (size_t i = 0; i < COUNT(formats); i++)
        if (strcmp(formats[i].label, label) == 0)
            return &formats[i];
    return NULL;
}

/* Reads exactly one key, which the caller must free. Returns NULL if the bytes are invalid. */
static EVP_PKEY *read_whole(reader *read, const unsigned char *der, size_t len)
{
    ensure(len <= KEY_FILE_MAX_BYTES);
    const unsigned char *at = der; /* the reader moves it past the key */

    (void)ERR_set_mark(); /* the errors of this call are dropped below */
    EVP_PKEY *key = read(&at, (long)len);
    (void)ERR_pop_to_mark();
    if (key != NULL && at != der + len) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

/* Checks that the format is supported and holds this half. NULL is an unknown label. */
static agentos_status check_format(const struct format *format, enum key_half half,
                                   agentos_error *err)
{
    if (format == NULL)
        return fail(err, AGENTOS_INVALID, "this PEM block is not a key; use a %s",
                    half == KEY_PUBLIC ? "PUBLIC KEY or CERTIFICATE" : "PRIVATE KEY");
    if (format->half == KEY_PRIVATE && half == KEY_PUBLIC)
        return fail(err, AGENTOS_INVALID,
                    "this is a private key; use its public key here (`openssl pkey -pubout`)");
    if (format->half == KEY_PUBLIC && half == KEY_PRIVATE)
        return fail(err, AGENTOS_INVALID, "this is a public key; signing needs the private key");
    if (format->read == NULL)
        return fail(err, AGENTOS_INVALID, "%s is not supported; convert it to unencrypted PKCS#8",
                    format->label);
    return AGENTOS_OK;
}

/* Reads this half of a pair from a PEM block. The caller must free *out. */
agentos_status key_format_read(const struct pem *pem, enum key_half half, EVP_PKEY **out,
                               agentos_error *err)
{
    ensure(pem->der != NULL);
    const struct format *format = find_format(pem->label);

    TRY(check_format(format, half, err));
    EVP_PKEY *key = read_whole(format->read, pem->der, pem->der_len);
    if (key == NULL)
        return fail(err, AGENTOS_INVALID, "the PEM block is not a valid %s; paste it again",
                    format->label);
    *out = key;
    return AGENTOS_OK;
}

/* Returns true if the bytes begin with a key or a certificate in DER. */
bool key_format_is_der(const unsigned char *der, size_t len)
{
    ensure(len <= KEY_FILE_MAX_BYTES);
    bool is_key = false;

    (void)ERR_set_mark();
    for (size_t i = 0; i < COUNT(formats) && !is_key; i++) {
        const unsigned char *at = der;
        EVP_PKEY *key = formats[i].read != NULL ? formats[i].read(&at, (long)len) : NULL;

        is_key = key != NULL;
        EVP_PKEY_free(key);
    }
    (void)ERR_pop_to_mark();
    return is_key;
}
