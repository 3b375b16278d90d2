/* Reads, writes and compares keys. A key is immutable and bound to one algorithm. */
#include "jose/key.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "jose/key_format.h"
#include "jose/key_rules.h"
#include "jose/signature.h"

/* Frees the key. OpenSSL wipes its private parts. */
void key_free(struct key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pair);
    EVP_PKEY_CTX_free(key->verifier);
    EVP_MD_free(key->digest);
    EVP_MD_CTX_free(key->whole_verifier);
    EVP_MAC_CTX_free(key->mac);
    free(key);
}

const struct alg *key_alg(const struct key *key)
{
    return key->alg;
}

/* Compares two secrets by their MACs. OpenSSL does not give the secrets back. */
static bool has_same_mac(const struct key *a, const struct key *b)
{
    const str text = STR("key_equal");
    struct signature mac_a, mac_b;

    ensure(a->mac != NULL && b->mac != NULL);
    if (signature_make(a, text, &mac_a, NULL) != AGENTOS_OK ||
        signature_make(b, text, &mac_b, NULL) != AGENTOS_OK)
        return false;
    return mac_a.len == mac_b.len && CRYPTO_memcmp(mac_a.bytes, mac_b.bytes, mac_a.len) == 0;
}

/* Returns true if both are the same key for the same algorithm. */
bool key_equal(const struct key *a, const struct key *b)
{
    if (a->alg != b->alg)
        return false;
    ensure((a->pair == NULL) == (b->pair == NULL)); /* the algorithm determines which */
    if (a->pair == NULL)
        return has_same_mac(a, b);
    (void)ERR_set_mark();
    bool is_equal = EVP_PKEY_eq(a->pair, b->pair) == 1;
    (void)ERR_pop_to_mark();
    return is_equal;
}

/* Allocates a key and prepares it for verifying. Takes ownership of parts.pair, even on failure. */
static agentos_status make_key(struct key parts, str secret, struct key **out, agentos_error *err)
{
    ensure(parts.alg != NULL);
    ensure((parts.pair == NULL) == (parts.alg->key_type == KEY_OCT));
    ensure(parts.pair == NULL || secret.len == 0);
    struct key *key = mem_zeroed(sizeof(*key));
    *key = parts;
    agentos_status status = signature_prepare(key, secret, err);
    if (status != AGENTOS_OK)
        key_free(TAKE(key));
    else
        *out = key;
    return status;
}

agentos_status key_of_pair_take(EVP_PKEY *pair, const struct alg *alg, bool can_sign,
                                struct key **out, agentos_error *err)
{
    return make_key((struct key){ .alg = alg, .can_sign = can_sign, .pair = pair }, STR(""), out,
                    err);
}

agentos_status key_of_secret(str secret, const struct alg *alg, struct key **out,
                             agentos_error *err)
{
    return make_key((struct key){ .alg = alg, .can_sign = true }, secret, out, err);
}

/* Returns the default algorithm of a pair, or NULL if none fits. */
static const struct alg *find_default_alg(const EVP_PKEY *pair)
{
    static const str defaults[] = {
        STR_INIT("RS256"), STR_INIT("ES256"), STR_INIT("ES384"),
        STR_INIT("ES512"), STR_INIT("EdDSA"),
    };

    for (size_t i = 0; i < COUNT(defaults); i++) {
        const struct alg *alg = alg_find(defaults[i]);

        ensure(alg != NULL);
        if (key_rules_fit(pair, alg))
            return alg;
    }
    return NULL;
}

static agentos_status read_secret(str text, const struct alg *alg, enum key_strength strength,
                                  struct key **out, agentos_error *err)
{
    ensure(alg->key_type == KEY_OCT);
    TRY(key_rules_secret(text, alg, strength, err));
    return key_of_secret(text, alg, out, err);
}

/* Reads one half of a pair from PEM. Without an algorithm, uses the default of the pair. */
static agentos_status read_pem(str text, const struct alg *alg, enum key_strength strength,
                               enum key_half half, struct key **out, agentos_error *err)
{
    AUTO_PEM pem = { .der = NULL };
    AUTO(EVP_PKEY) *pair = NULL;

    ensure(alg == NULL || alg->key_type != KEY_OCT);
    TRY(pem_read(text, &pem, err));
    TRY(key_format_read(&pem, half, &pair, err));
    ensure(pair != NULL);
    if (alg == NULL)
        alg = find_default_alg(pair);
    if (alg == NULL)
        return fail(
            err, AGENTOS_INVALID,
            "no signature algorithm fits the key; it must be RSA, P-256, P-384, P-521 or Ed25519");
    TRY(key_rules_pair(pair, alg, strength, err));
    return key_of_pair_take(TAKE(pair), alg, half == KEY_PRIVATE, out, err);
}

/* Reads a verification key. The algorithm, never the text, selects between secret and PEM. */
agentos_status key_read_verification(str text, const struct alg *alg, enum key_strength strength,
                                     struct key **out, agentos_error *err)
{
    if (alg != NULL && alg->key_type == KEY_OCT)
        return read_secret(text, alg, strength, out, err);
    if (alg != NULL && !pem_is_likely(text))
        return fail(err, AGENTOS_INVALID,
                    "%s needs a public key in PEM (-----BEGIN PUBLIC KEY-----)", alg->name);
    return read_pem(text, alg, strength, KEY_PUBLIC, out, err);
}

/* Reads a signing key. Without an algorithm, a text that is not PEM is an HS256 secret. */
agentos_status key_read_signing(str text, const struct alg *alg, enum key_strength strength,
                                struct key **out, agentos_error *err)
{
    if (alg == NULL && !pem_is_likely(text))
        alg = alg_find(STR("HS256"));
    if (alg != NULL && alg->key_type == KEY_OCT)
        return read_secret(text, alg, strength, out, err);
    return read_pem(text, alg, strength, KEY_PRIVATE, out, err);
}

/* Returns a copy of the text, which the caller must free. */
static char *copy_text(BIO *bio)
{
    char *bytes = NULL;
    size_t len = (size_t)BIO_get_mem_data(bio, &bytes);
    char *text = malloc(len + 1);

    if (text == NULL)
        abort();
    memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

static bool append_half(BIO *bio, EVP_PKEY *pair, enum key_half half)
{
    ensure(pair != NULL);
    if (half == KEY_PRIVATE)
        return PEM_write_bio_PKCS8PrivateKey(bio, pair, NULL, NULL, 0, NULL, NULL) == 1;
    return PEM_write_bio_PUBKEY(bio, pair) == 1;
}

/* Writes one half of a pair as PEM, which the caller must free. */
static agentos_status write_pem(const struct key *key, enum key_half half, char **out,
                                agentos_error *err)
{
    if (key->pair == NULL || (half == KEY_PRIVATE && !key->can_sign))
        return fail(err, AGENTOS_INVALID, "the key has no %s PEM",
                    half == KEY_PRIVATE ? "private" : "public");

    BIO *bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
    if (bio == NULL)
        abort();
    bool is_written = append_half(bio, key->pair, half);
    if (is_written)
        *out = copy_text(bio);
    BIO_free(bio);
    if (!is_written)
        return fail(err, AGENTOS_INTERNAL, "OpenSSL cannot write the key");
    return AGENTOS_OK;
}

agentos_status key_private_pem(const struct key *key, char **out, agentos_error *err)
{
    return write_pem(key, KEY_PRIVATE, out, err);
}

agentos_status key_public_pem(const struct key *key, char **out, agentos_error *err)
{
    return write_pem(key, KEY_PUBLIC, out, err);
}
