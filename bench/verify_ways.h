/* The ways to check one token: bare OpenSSL, this program, and the libraries beside it. */
#ifndef BENCH_VERIFY_WAYS_H
#define BENCH_VERIFY_WAYS_H

#include "base/arena.h"
#include "jose/key.h"

enum { TOKENS = 64 };

#define BENCH_ISSUER   "https://id.example.com/realms/bench"
#define BENCH_AUDIENCE "bench-os"
#define BENCH_KID      "2026-11-key-1"

/* A token and, for bare OpenSSL, its parts as that wants them. */
struct sample {
    str token, input, signature; /* signature: DER for ECDSA */
};

/* What all ways are given: one key, many tokens of it. */
struct subject {
    const struct alg *alg;
    int64_t now_s;
    const char *public_text; /* PEM; of HS the secret */
    const char *jwk, *jwks;
    struct sample samples[TOKENS];
};

struct way {
    const char *name;
    void *(*open)(const struct subject *subject); /* gives NULL for an algorithm that it does not
                                                     know; is NULL where a library is missing */
    bool (*check)(void *self, const struct sample *sample);
    void (*close)(void *self);
};

enum {
    WAY_DIGEST_VERIFY,
    WAY_PKEY_VERIFY,
    WAY_MAC,
    WAY_PLAIN, /* those before are bare OpenSSL's */
    WAY_ISSUER,
    WAY_LIBJWT,
    WAY_CJOSE,
    WAYS
};
extern const struct way ways[WAYS];

#endif
