/* Checks that a key pair fits its algorithm and is strong enough. */
#include "jose/key_rules.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "base/auto.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

DEFINE_AUTO(BIGNUM, BN_free);
DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free);

/* The accepted length of a public exponent. The usual 65537 has 17 bits. */
enum { RSA_EXPONENT_MIN_BITS = 17, RSA_EXPONENT_MAX_BITS = 64 };

enum { NAME_SIZE = 64 }; /* for OpenSSL's names */

/* OpenSSL's type names. RSA-PSS and Ed448 keys have others. */
static const char *const type_names[] = {
    [KEY_RSA] = "RSA", [KEY_EC] = "EC", [KEY_OKP] = "ED25519"
};

/* Returns true if the pair is on the curve. Rejects explicit parameters (CVE-2020-0601). */
static bool has_curve(const EVP_PKEY *pair, const char *curve)
{
    char name[NAME_SIZE], encoding[NAME_SIZE];

    ensure(curve != NULL);
    if (EVP_PKEY_get_utf8_string_param(pair, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
                                       NULL) != 1)
        return false;
    if (EVP_PKEY_get_utf8_string_param(pair, OSSL_PKEY_PARAM_EC_ENCODING, encoding,
                                       sizeof(encoding), NULL) != 1)
        return false;
    return strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) == 0 &&
           OBJ_sn2nid(name) == EC_curve_nist2nid(curve);
}

/* Returns true if the pair has the type and curve of the algorithm. No pair fits HMAC. */
bool key_rules_fit(const EVP_PKEY *pair, const struct alg *alg)
{
    ensure(pair != NULL && alg->key_type <= KEY_OKP);
    if (alg->key_type == KEY_NONE || alg->key_type == KEY_OCT)
        return false;
    (void)ERR_set_mark();
    bool fits = EVP_PKEY_is_a(pair, type_names[alg->key_type]) &&
                (alg->key_type != KEY_EC || has_curve(pair, alg->curve));
    (void)ERR_pop_to_mark();
    return fits;
}

/* Returns true if the remainder is a power of 65537 modulo the prime. */
static bool is_power_of_65537(unsigned remainder, unsigned prime)
{
    unsigned power = 1;

    ensure(remainder < prime);
    for (unsigned i = 0; i < prime; i++) {
        if (power == remainder)
            return true;
        power = power * (65537 % prime) % prime;
    }
    return false;
}

/* Detects ROCA moduli (CVE-2017-15361), which are powers of 65537 modulo every small prime. */
static bool is_roca(const BIGNUM *n)
{
    static const unsigned primes[] = { 11, 13, 17,  19,  37,  53,  61,  71, 73,
                                       79, 97, 103, 107, 109, 127, 151, 157 };

    for (size_t i = 0; i < COUNT(primes); i++)
        if (!is_power_of_65537((unsigned)BN_mod_word(n, primes[i]), primes[i]))
            return false;
    return true;
}

/* Checks modulus and exponent (RFC 8017 §3.1). A small exponent is unsafe (CVE-2006-4339). */
static bool has_safe_numbers(const EVP_PKEY *pair)
{
    AUTO(BIGNUM) *n = NULL, *e = NULL;

    if (EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
        EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
        return false;
    if (BN_num_bits(e) < RSA_EXPONENT_MIN_BITS || BN_num_bits(e) > RSA_EXPONENT_MAX_BITS)
        return false;
    return BN_is_odd(n) && BN_is_odd(e) && !is_roca(n);
}

/* Checks the size and the numbers of an RSA key. */
static agentos_status check_rsa(const EVP_PKEY *pair, enum key_strength strength,
                                agentos_error *err)
{
    ensure(EVP_PKEY_is_a(pair, "RSA"));
    int least = strength == KEY_STRONG ? RSA_MIN_BITS : RSA_WEAK_MIN_BITS;
    int bits = EVP_PKEY_get_bits(pair);

    if (bits < least || bits > RSA_MAX_BITS)
        return fail(err, AGENTOS_INVALID, "the RSA key has %d bits; %d to %d are accepted", bits,
                    least, RSA_MAX_BITS);
    if (!has_safe_numbers(pair))
        return fail(err, AGENTOS_INVALID,
                    "the RSA key has an unsafe modulus or exponent; make a new key (e = 65537)");
    return AGENTOS_OK;
}

static bool is_on_its_curve(EVP_PKEY *pair)
{
    AUTO(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);

    (void)ERR_set_mark();
    bool is_on_curve = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
    (void)ERR_pop_to_mark();
    return is_on_curve;
}

/* Returns the curve of an EC key, written to `out`, or the type of another key. */
static const char *describe_pair(const EVP_PKEY *pair, char *out, size_t size)
{
    const char *type = EVP_PKEY_get0_type_name(pair);

    if (EVP_PKEY_is_a(pair, "EC") && EVP_PKEY_get_group_name(pair, out, size, NULL) == 1)
        return out;
    return type != NULL ? type : "unknown";
}

/* Returns which algorithm fits an EC or Edwards key, as the end of a message, or "". */
static const char *advise_alg(const EVP_PKEY *pair)
{
    static const struct {
        const char *kind, *advice;
    } advices[] = {
        { "prime256v1", "; set algorithm: ES256" }, { "secp384r1", "; set algorithm: ES384" },
        { "secp521r1", "; set algorithm: ES512" },  { "ED25519", "; set algorithm: EdDSA" },
        { "RSA", "; set algorithm: RS256" },
    };
    char kind[NAME_SIZE];
    const char *found = describe_pair(pair, kind, sizeof(kind));

    for (size_t i = 0; i < COUNT(advices); i++)
        if (strcmp(found, advices[i].kind) == 0)
            return advices[i].advice;
    return "";
}

/* Checks that the pair fits the algorithm and is strong enough. */
agentos_status key_rules_pair(EVP_PKEY *pair, const struct alg *alg, enum key_strength strength,
                              agentos_error *err)
{
    char kind[NAME_SIZE];

    ensure(pair != NULL && alg->key_type != KEY_NONE);
    if (alg->key_type == KEY_OCT)
        return fail(err, AGENTOS_INVALID,
                    "%s takes a shared secret, not a key; choose RS256, ES256 or EdDSA", alg->name);
    if (!key_rules_fit(pair, alg))
        return fail(err, AGENTOS_INVALID, "%s needs a key of kind %s; this one is %s%s", alg->name,
                    alg->curve != NULL ? alg->curve : "RSA",
                    describe_pair(pair, kind, sizeof(kind)), advise_alg(pair));
    if (alg->key_type == KEY_RSA)
        return check_rsa(pair, strength, err);
    if (alg->key_type == KEY_EC && !is_on_its_curve(pair))
        return fail(err, AGENTOS_INVALID, "the key is damaged: its point is not on the curve");
    return AGENTOS_OK;
}
