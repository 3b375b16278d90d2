/* What it costs to check a token that nobody remembers, beside the signature check alone by bare
 * OpenSSL, in one process. All ways take turns in short rounds, so that what disturbs the machine
 * disturbs all of them; figures are medians of this thread's CPU time. Prints a line of JSON for
 * each algorithm. Usage: verify_load [ROUNDS [ALGORITHM]...] */
#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/base64url.h"
#include "jose/jwks.h"
#include "jose/jws.h"
#include "verify_ways.h"
#include "json/writer.h"

enum { CHECKS = 16, ROUNDS = 200, ROUNDS_MAX = 100000, TEXT_MAX_BYTES = 64 * KiB };

/* ---- what is checked ---- */

/* Ten claims, ten scopes: what an identity provider's access token looks like. */
static const char *payload_of(arena *a, int64_t now_s, size_t i)
{
    return arena_printf(
        a,
        "{\"iss\":\"" BENCH_ISSUER
        "\",\"sub\":\"5d2f3c1e-7a90-4c1b-9f7e-%012zu\",\"aud\":[\"" BENCH_AUDIENCE
        "\",\"account\"],\"exp\":%" PRId64 ",\"nbf\":%" PRId64 ",\"iat\":%" PRId64 ","
        "\"jti\":\"0b9cf1f2-3e6c-4a52-8d53-%012zu\",\"session_id\":\"session-%zu\","
        "\"email\":\"ann.user%zu@example.com\",\"scopes\":[\"agents:read\",\"agents:run\","
        "\"agents:research-assistant:run\",\"teams:read\",\"teams:run\",\"workflows:read\","
        "\"workflows:run\",\"sessions:read\",\"sessions:write\",\"memories:read\"]}",
        i, now_s + 3600, now_s - 10, now_s - 10, i * 7919, i, i);
}

static str to_der(arena *a, str pair)
{
    const unsigned char *bytes = (const unsigned char *)pair.ptr;
    int half = (int)(pair.len / 2);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    unsigned char *der = NULL;

    (void)ECDSA_SIG_set0(signature, BN_bin2bn(bytes, half, NULL),
                         BN_bin2bn(bytes + half, half, NULL)); /* fails for NULL alone */
    int len = i2d_ECDSA_SIG(signature, &der);
    str out = { arena_copy(a, (str){ (const char *)der, (size_t)len }), (size_t)len };
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return out;
}

static agentos_status make_sample(arena *a, const struct key *key, const char *payload,
                                  struct sample *out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(TOKEN_MAX_BYTES);
    struct jws jws;

    buf_append(&text, STR("Bearer "));
    TRY(jws_sign(key, BENCH_KID, str_of(payload), &text, err));
    out->token = str_from((str){ arena_copy(a, buf_view(&text)), text.len }, strlen("Bearer "));
    TRY(jws_parse(a, out->token, &jws, err));
    out->input = jws.signing_input;
    out->signature = key_alg(key)->key_type == KEY_EC ? to_der(a, jws.signature) : jws.signature;
    return AGENTOS_OK;
}

static agentos_status make_pair(arena *a, struct subject *subject, struct key **key,
                                agentos_error *err)
{
    AUTO_BUF jwk = buf_with_limit(TEXT_MAX_BYTES);
    char *pem = NULL;

    TRY(key_generate(subject->alg, key, err));
    TRY(key_public_pem(*key, &pem, err));
    subject->public_text = arena_copy(a, str_of(pem));
    free(pem);
    TRY(jwk_write_public(*key, BENCH_KID, &jwk, err));
    subject->jwk = arena_copy(a, buf_view(&jwk));
    subject->jwks = arena_printf(a, "{\"keys\":[%s]}", subject->jwk);
    return AGENTOS_OK;
}

static agentos_status make_secret(struct subject *subject, struct key **key, agentos_error *err)
{
    subject->public_text = "bench-secret-0123456789-abcdefgh";
    subject->jwk = "{\"kty\":\"oct\",\"k\":\"YmVuY2gtc2VjcmV0LTAxMjM0NTY3ODktYWJjZGVmZ2g\"}";
    return key_read_signing(str_of(subject->public_text), subject->alg, KEY_STRONG, key, err);
}

static agentos_status make_subject(arena *a, const struct alg *alg, struct subject *out,
                                   agentos_error *err)
{
    struct key *key = NULL;

    *out = (struct subject){ .alg = alg, .now_s = clock_now_s() };
    if (alg->key_type == KEY_OCT)
        TRY(make_secret(out, &key, err));
    else
        TRY(make_pair(a, out, &key, err));
    for (size_t i = 0; i < TOKENS; i++)
        TRY(make_sample(a, key, payload_of(a, out->now_s, i), &out->samples[i], err));
    key_free(key);
    return AGENTOS_OK;
}

/* ---- rounds ---- */

struct runner {
    void *self;         /* NULL: it does not run */
    const char *absent; /* ... and why */
    double *all_us;     /* of each round, for one check */
};

static double cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* fails for an unknown clock alone */
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* A copy of a sample whose payload another has written: what checks signatures refuses it. */
static struct sample forge(arena *a, const struct sample *sample)
{
    size_t bearer = strlen("Bearer ");
    char *text = arena_copy(a, (str){ sample->token.ptr - bearer, sample->token.len + bearer });
    char *middle = text + bearer + sample->input.len - 8;

    *middle = *middle == 'A' ? 'B' : 'A';
    return (struct sample){ { text + bearer, sample->token.len },
                            { text + bearer, sample->input.len },
                            sample->signature };
}

static bool tells_right_from_wrong(const struct way *way, void *self, const struct subject *subject)
{
    AUTO(arena) *a = arena_new();
    const struct sample forged = forge(a, &subject->samples[0]);

    for (size_t i = 0; i < TOKENS; i++)
        if (!way->check(self, &subject->samples[i]))
            return false;
    return !way->check(self, &forged);
}

static struct runner runner_of(const struct way *way, const struct subject *subject, arena *a,
                               size_t rounds)
{
    void *self = way->open != NULL ? way->open(subject) : NULL;

    if (self == NULL)
        return (struct runner){ .absent =
                                    way->open != NULL ? "not this algorithm" : "not installed" };
    if (tells_right_from_wrong(way, self, subject))
        return (struct runner){ self, NULL, arena_alloc(a, rounds * sizeof(double)) };
    way->close(self);
    return (struct runner){ .absent = "does not tell right from wrong" };
}

static void run_once(const struct way *way, const struct runner *runner,
                     const struct subject *subject, size_t round)
{
    double began = cpu_us();

    for (size_t i = 0; i < CHECKS; i++)
        if (!way->check(runner->self, &subject->samples[(round * CHECKS + i) % TOKENS]))
            abort(); /* it did a moment ago */
    runner->all_us[round] = (cpu_us() - began) / (double)CHECKS;
}

/* ---- figures ---- */

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(arena *a, const double *values, size_t count)
{
    double *sorted = arena_alloc(a, count * sizeof(*sorted));

    memcpy(sorted, values, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare);
    return sorted[count / 2];
}

/* How fast, where bare OpenSSL is 1. */
static double median_ratio(arena *a, const double *bare, const double *way, size_t count)
{
    double *ratios = arena_alloc(a, count * sizeof(*ratios));

    for (size_t i = 0; i < count; i++)
        ratios[i] = bare[i] / way[i];
    return median(a, ratios, count);
}

/* The fastest of OpenSSL's own is what all are measured by. */
static size_t fastest_bare(arena *a, const struct runner runners[WAYS], size_t rounds)
{
    size_t best = WAY_PLAIN;

    for (size_t w = 0; w < WAY_PLAIN; w++)
        if (runners[w].self != NULL &&
            (best == WAY_PLAIN ||
             median(a, runners[w].all_us, rounds) < median(a, runners[best].all_us, rounds)))
            best = w;
    return best;
}

static void write_way(writer *w, arena *a, const struct runner *runner, const double *bare_us,
                      size_t rounds)
{
    write_object(w);
    write_member_if(w, "absent", runner->absent);
    if (runner->self != NULL) {
        write_member_real(w, "us", median(a, runner->all_us, rounds));
        write_member_real(w, "of_bare", median_ratio(a, bare_us, runner->all_us, rounds));
    }
    write_end(w);
}

static void print(arena *a, const struct subject *subject, const struct runner runners[WAYS],
                  size_t rounds)
{
    AUTO_BUF line = buf_with_limit(TEXT_MAX_BYTES);
    writer w = { .out = &line };
    size_t bare = fastest_bare(a, runners, rounds);

    write_object(&w);
    write_member(&w, "alg", subject->alg->name);
    write_member(&w, "key", subject->public_text);
    write_member(&w, "token", subject->samples[0].token.ptr);
    write_member(&w, "bare", ways[bare].name);
    write_key(&w, "ways");
    write_object(&w);
    for (size_t i = 0; i < WAYS; i++) {
        write_key(&w, ways[i].name);
        write_way(&w, a, &runners[i], runners[bare].all_us, rounds);
    }
    write_end(&w);
    write_end(&w);
    printf("%.*s\n", (int)line.len, line.ptr);
    (void)fflush(stdout); /* what is lost here is missed by who reads */
}

/* false: one of ours does not run. */
static bool run_all(const struct subject *subject, size_t rounds)
{
    AUTO(arena) *a = arena_new();
    struct runner runners[WAYS];

    for (size_t w = 0; w < WAYS; w++)
        runners[w] = runner_of(&ways[w], subject, a, rounds);
    for (size_t round = 0; round < rounds; round++)
        for (size_t w = 0; w < WAYS; w++)
            if (runners[w].self != NULL)
                run_once(&ways[w], &runners[w], subject, round);
    print(a, subject, runners, rounds);
    for (size_t w = 0; w < WAYS; w++)
        if (runners[w].self != NULL)
            ways[w].close(runners[w].self);
    return runners[WAY_PLAIN].self != NULL;
}

static int measure(const char *name, size_t rounds)
{
    AUTO(arena) *a = arena_new();
    const struct alg *alg = alg_find(str_of(name));
    struct subject subject;
    agentos_error err = { .message = "no such algorithm" };

    if (alg == NULL || make_subject(a, alg, &subject, &err) != AGENTOS_OK) {
        (void)fprintf(stderr, "verify_load: %s: %s\n", name, err.message);
        return 1;
    }
    return run_all(&subject, rounds) ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = { "RS256", "ES256", "EdDSA", "PS256", "ES384", "HS256" };
    int64_t rounds = ROUNDS;
    int failed = 0;

    if (argc > 1 && (!str_to_int(str_of(argv[1]), &rounds) || rounds < 1 || rounds > ROUNDS_MAX)) {
        (void)fprintf(stderr, "usage: verify_load [ROUNDS [ALGORITHM]...]\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        failed |= measure(argv[i], (size_t)rounds);
    for (size_t i = 0; argc < 3 && i < COUNT(usual); i++)
        failed |= measure(usual[i], (size_t)rounds);
    return failed;
}
