/* Finds the system's CA certificates, for a libcurl built on another distribution. */
#include "http/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

const char *certificates_find_in(const char *built_in, const char *const *names, size_t count)
{
    ensure(names != NULL || count == 0);
    if (built_in != NULL && access(built_in, R_OK) == 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (access(names[i], R_OK) == 0)
            return names[i];
    return NULL;
}

const char *certificates_find(const char *built_in)
{
    static const char *const names[] = {
        "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Arch */
        "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, Red Hat */
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* the same, newer */
        "/etc/ssl/ca-bundle.pem",                            /* SUSE */
        "/etc/ssl/cert.pem",                                 /* FreeBSD's layout */
    };

    return certificates_find_in(built_in, names, COUNT(names));
}

/* ---- certificates of a configuration ---- */

/* A block of PEM, as OpenSSL reads it. */
struct block {
    char *label, *header;
    unsigned char *der;
    long der_len;
};

static void block_clear(struct block *block)
{
    OPENSSL_free(block->label);
    OPENSSL_free(block->header);
    if (block->der != NULL)
        OPENSSL_clear_free(block->der, (size_t)block->der_len); /* it may be a private key */
    *block = (struct block){ .label = NULL };
}

/* Reads the next block. Returns false at the end of the text, and after damage, with *is_damaged
 * set. */
static bool read_block(BIO *in, struct block *block, bool *is_damaged)
{
    *block = (struct block){ .label = NULL };
    if (PEM_read_bio(in, &block->label, &block->header, &block->der, &block->der_len) == 1)
        return true;
    *is_damaged = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
    ERR_clear_error();
    *block = (struct block){ .label = NULL };
    return false;
}

/* Returns whether the bytes of the block are one certificate. */
static bool is_certificate(const struct block *block)
{
    const unsigned char *at = block->der;
    X509 *certificate = d2i_X509(NULL, &at, block->der_len);
    bool is_whole = certificate != NULL && at == block->der + block->der_len;

    X509_free(certificate);
    ERR_clear_error();
    return is_whole;
}

/* Checks one PEM block. Counts certificates, skips other kinds, and rejects a private key, which
 * is probably the wrong file. */
static agentos_status check_block(const struct block *block, size_t *count, agentos_error *err)
{
    str label = str_of(block->label);

    if (str_ends(label, STR("PRIVATE KEY")))
        return fail(err, AGENTOS_INVALID, "holds a private key; name the authority's certificate");
    if (!str_equal(label, STR("CERTIFICATE")))
        return AGENTOS_OK;
    if (!is_certificate(block))
        return fail(err, AGENTOS_INVALID, "certificate %zu of it is damaged", *count + 1);
    (*count)++;
    return AGENTOS_OK;
}

static agentos_status refuse_no_pem(agentos_error *err)
{
    return fail(err, AGENTOS_INVALID,
                "has no -----BEGIN CERTIFICATE----- line; if it is DER, convert it: "
                "openssl x509 -inform der -in FILE -out FILE.pem");
}

/* Checks all blocks and counts the certificates. */
static agentos_status check_blocks(BIO *in, size_t *count, agentos_error *err)
{
    agentos_status status = AGENTOS_OK;
    bool is_damaged = false;
    struct block block;

    while (status == AGENTOS_OK && read_block(in, &block, &is_damaged)) {
        status = check_block(&block, count, err);
        block_clear(&block);
    }
    if (status == AGENTOS_OK && is_damaged)
        return fail(err, AGENTOS_INVALID, "its PEM is damaged or cut off");
    return status;
}

agentos_status certificates_check(str text, agentos_error *err)
{
    size_t count = 0;

    ensure(text.len <= CERTIFICATES_MAX_BYTES);
    if (text.len == 0)
        return fail(err, AGENTOS_INVALID, "is empty");
    if (str_has(text, '\0'))
        return refuse_no_pem(err);
    BIO *in = BIO_new_mem_buf(text.ptr, (int)text.len);
    if (in == NULL)
        abort(); /* no memory */
    agentos_status status = check_blocks(in, &count, err);
    BIO_free(in);
    if (status == AGENTOS_OK && count == 0)
        return refuse_no_pem(err);
    return status;
}
