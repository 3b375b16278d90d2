/* Each way does what a user of it would: keys are read once where the library lets them be, and
 * only ours goes on to judge claims and to name a principal. */
#include "verify_ways.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#ifdef HAVE_LIBJWT
#include <jwt.h>
#endif
#ifdef HAVE_CJOSE
#include <cjose/cjose.h>
#endif

#include "auth/authority.h"
#include "auth/issuer/issuer.h"
#include "http/message.h"

static void *made(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

/* ---- OpenSSL: input and signature are ready, contexts are made once ---- */

struct bare {
    EVP_PKEY *key;
    EVP_MD *md;
    EVP_MD_CTX *prepared, *ctx;
    EVP_PKEY_CTX *verifier;
};

static void bare_close(void *self)
{
    struct bare *bare = self;

    EVP_PKEY_free(bare->key);
    EVP_MD_free(bare->md);
    EVP_MD_CTX_free(bare->prepared);
    EVP_MD_CTX_free(bare->ctx);
    EVP_PKEY_CTX_free(bare->verifier);
    free(bare);
}

static struct bare *bare_open(const struct subject *subject)
{
    struct bare *bare = made(sizeof(*bare));
    BIO *bio = BIO_new_mem_buf(subject->public_text, -1);

    bare->key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bare->ctx = EVP_MD_CTX_new();
    bare->prepared = EVP_MD_CTX_new();
    return bare;
}

static bool set_padding(const struct alg *alg, EVP_PKEY_CTX *ctx)
{
    return alg->padding != PADDING_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static void *or_nothing(struct bare *bare, bool is_ready)
{
    if (is_ready)
        return bare;
    bare_close(bare);
    return NULL;
}

static void *digest_verify_open(const struct subject *subject)
{
    struct bare *bare = bare_open(subject);
    EVP_PKEY_CTX *parameters = NULL;

    return or_nothing(bare,
                      bare->key != NULL &&
                          EVP_DigestVerifyInit_ex(bare->prepared, &parameters, subject->alg->digest,
                                                  NULL, NULL, bare->key, NULL) == 1 &&
                          set_padding(subject->alg, parameters));
}

static bool digest_verify_check(void *self, const struct sample *sample)
{
    struct bare *bare = self;

    return EVP_MD_CTX_copy_ex(bare->ctx, bare->prepared) == 1 &&
           EVP_DigestVerify(bare->ctx, (const unsigned char *)sample->signature.ptr,
                            sample->signature.len, (const unsigned char *)sample->input.ptr,
                            sample->input.len) == 1;
}

/* The same in two steps, which saves the copy of a context. Not for EdDSA, which has no digest. */
static void *pkey_verify_open(const struct subject *subject)
{
    struct bare *bare = bare_open(subject);

    if (bare->key != NULL && subject->alg->digest != NULL) {
        bare->md = EVP_MD_fetch(NULL, subject->alg->digest, NULL);
        bare->verifier = EVP_PKEY_CTX_new(bare->key, NULL);
    }
    return or_nothing(bare, bare->verifier != NULL && EVP_PKEY_verify_init(bare->verifier) == 1 &&
                                set_padding(subject->alg, bare->verifier) &&
                                EVP_PKEY_CTX_set_signature_md(bare->verifier, bare->md) == 1);
}

static bool pkey_verify_check(void *self, const struct sample *sample)
{
    struct bare *bare = self;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    return EVP_DigestInit_ex2(bare->ctx, bare->md, NULL) == 1 &&
           EVP_DigestUpdate(bare->ctx, sample->input.ptr, sample->input.len) == 1 &&
           EVP_DigestFinal_ex(bare->ctx, digest, &len) == 1 &&
           EVP_PKEY_verify(bare->verifier, (const unsigned char *)sample->signature.ptr,
                           sample->signature.len, digest, len) == 1;
}

/* Of a secret, where checking is making. */
static void *mac_open(const struct subject *subject)
{
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                  OSSL_PARAM_construct_end() };

    EVP_MAC_free(hmac);
    if (subject->alg->key_type == KEY_OCT &&
        EVP_MAC_init(ctx, (const unsigned char *)subject->public_text, strlen(subject->public_text),
                     params) == 1)
        return ctx;
    EVP_MAC_CTX_free(ctx);
    return NULL;
}

static bool mac_check(void *self, const struct sample *sample)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    size_t len = 0;

    return EVP_MAC_init(self, NULL, 0, NULL) == 1 &&
           EVP_MAC_update(self, (const unsigned char *)sample->input.ptr, sample->input.len) == 1 &&
           EVP_MAC_final(self, mac, &len, sizeof(mac)) == 1 && len == sample->signature.len &&
           CRYPTO_memcmp(mac, sample->signature.ptr, len) == 0;
}

static void mac_close(void *self)
{
    EVP_MAC_CTX_free(self);
}

/* ---- this program: the whole way of a request whose token nobody remembers ---- */

struct ours {
    struct authority *authority;
    struct key_pool *pool;
    int64_t now_s;
};

static void ours_close(void *self)
{
    struct ours *ours = self;

    authority_free(ours->authority);
    key_pool_free(ours->pool);
    free(ours);
}

static void *ours_open(const struct subject *subject, const struct authority_options *options)
{
    struct ours *ours = made(sizeof(*ours));
    struct authority_options complete = *options;
    agentos_error err;

    ours->now_s = subject->now_s;
    ours->pool = key_pool_new(NULL);
    complete.key_pool = ours->pool;
    if (authority_new(&complete, &ours->authority, &err) == AGENTOS_OK)
        return ours;
    ours_close(ours);
    return NULL;
}

static void *plain_open(const struct subject *subject)
{
    const char *const names[] = { "authorization.verification_keys[0]" };
    const char *const audiences[] = { BENCH_AUDIENCE };

    return ours_open(subject, &(struct authority_options){ .authorization = true,
                                                           .keys = &subject->public_text,
                                                           .key_names = names,
                                                           .key_count = 1,
                                                           .algorithm = subject->alg->name,
                                                           .issuer = BENCH_ISSUER,
                                                           .audiences = audiences,
                                                           .audience_count = 1,

                                                           .os_id = BENCH_AUDIENCE });
}

static void *issuer_open(const struct subject *subject)
{
    const char *const audiences[] = { BENCH_AUDIENCE };
    const struct issuer_options issuer = { .name = "authorization.issuers[0]",
                                           .issuer = BENCH_ISSUER,
                                           .audiences = audiences,
                                           .audience_count = 1,
                                           .algorithms = &subject->alg->name,
                                           .algorithm_count = 1,
                                           .leeway_s = -1,
                                           .jwks = subject->jwks,
                                           .jwks_name = "jwks_file" };

    return subject->jwks == NULL
               ? NULL
               : ours_open(subject, &(struct authority_options){ .authorization = true,

                                                                 .os_id = BENCH_AUDIENCE,
                                                                 .issuers = &issuer,
                                                                 .issuer_count = 1 });
}

static bool ours_check(void *self, const struct sample *sample)
{
    const struct ours *ours = self;
    AUTO(arena) *a = arena_new();
    const struct principal *who = NULL;
    const struct header header = { STR("Authorization"),
                                   { sample->token.ptr - strlen("Bearer "),
                                     sample->token.len + strlen("Bearer ") } };
    const struct request request = { .method = GET,
                                     .path = STR("/agents"),
                                     .headers = { &header, 1 },
                                     .peer = "127.0.0.1",
                                     .is_plain_path = true };

    const struct auth_request how = { .request = &request, .now_s = ours->now_s, .arena = a };
    return authenticate(ours->authority, &how, &who, NULL) == AGENTOS_OK && who->scope_count > 0;
}

/* ---- libjwt: reads the key again for each token; claims are parsed, not judged ---- */

#ifdef HAVE_LIBJWT
static void *libjwt_open(const struct subject *subject)
{
    return jwt_str_alg(subject->alg->name) < JWT_ALG_TERM ? strdup(subject->public_text) : NULL;
}

static bool libjwt_check(void *self, const struct sample *sample)
{
    jwt_t *jwt = NULL;

    if (jwt_decode(&jwt, sample->token.ptr, self, (int)strlen(self)) != 0)
        return false;
    jwt_free(jwt);
    return true;
}
#endif

/* ---- cjose: a JWS library, so claims stay text ---- */

#ifdef HAVE_CJOSE
static void *cjose_open(const struct subject *subject)
{
    return cjose_jwk_import(subject->jwk, strlen(subject->jwk), NULL);
}

static bool cjose_check(void *self, const struct sample *sample)
{
    cjose_jws_t *jws = cjose_jws_import(sample->token.ptr, sample->token.len, NULL);
    bool is_right = jws != NULL && cjose_jws_verify(jws, self, NULL);

    cjose_jws_release(jws);
    return is_right;
}

static void cjose_close(void *self)
{
    (void)cjose_jwk_release(self); /* whether others still hold it */
}
#endif

// clang-format off
const struct way ways[WAYS] = {
    [WAY_DIGEST_VERIFY] = { "EVP_DigestVerify", digest_verify_open, digest_verify_check, bare_close },
    [WAY_PKEY_VERIFY]   = { "EVP_PKEY_verify",  pkey_verify_open,   pkey_verify_check,   bare_close },
    [WAY_MAC]           = { "EVP_MAC",          mac_open,           mac_check,           mac_close },
    [WAY_PLAIN]         = { "agentos",          plain_open,         ours_check,          ours_close },
    [WAY_ISSUER]        = { "issuer",           issuer_open,        ours_check,          ours_close },
#ifdef HAVE_LIBJWT
    [WAY_LIBJWT]        = { "libjwt",           libjwt_open,        libjwt_check,        free },
#else
    [WAY_LIBJWT]        = { .name = "libjwt" },
#endif
#ifdef HAVE_CJOSE
    [WAY_CJOSE]         = { "cjose",            cjose_open,         cjose_check,         cjose_close },
#else
    [WAY_CJOSE]         = { .name = "cjose" },
#endif
};
// clang-format on
