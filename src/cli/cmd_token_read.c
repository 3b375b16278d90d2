/* Implements `agentos token decode` and `agentos token verify`. */
#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/input.h"
#include "cli/net.h"
#include "cli/output.h"
#include "cli/token.h"
#include "cli/token_fault.h"
#include "jose/jwks.h"
#include "jose/jwt.h"
#include "json/writer.h"

static const char decode_help[] =
    "usage: agentos token decode TOKEN|-\n"
    "\n"
    "Prints {\"header\":...,\"claims\":...}. Nothing is verified. - reads standard input.\n"
    "\n"
    "Examples:\n"
    "  agentos token decode \"$TOKEN\"\n"
    "  agentos token decode - < token\n";

static const char verify_help[] =
    "usage: agentos token verify --key FILE|--secret FILE|--jwks FILE|--jwks-url U [OPTION]... "
    "TOKEN|-\n"
    "\n"
    "  --key FILE     public key or certificate in PEM\n"
    "  --secret FILE  shared secret\n"
    "  --jwks FILE    key set (JWKS), JWK, or map of certificates\n"
    "  --jwks-url U   where such a set is fetched, once: https, or http on this machine\n"
    "  --alg A        repeatable; default: as the key is, HS256 for a secret, any for a key set\n"
    "  --iss I        the issuer it must be from\n"
    "  --aud A        repeatable; the audiences of which it must name one\n"
    "  --now EPOCH    the time to judge by\n"
    "  --json         print {\"verified\":...,\"reason\":...,\"claims\":...}\n"
    "\n"
    "Exit 0: verified; 1: refused, with the reason on standard error; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos token verify --key keys/public.pem \"$TOKEN\"\n"
    "  agentos token verify --jwks-url https://issuer.example/jwks.json --aud my-os --json - < "
    "token\n";

/* The arguments of token verify, with exactly one source of keys. */
struct verify {
    const char *key_path, *secret_path, *jwks_path, *jwks_url, *token;
    struct texts algs; /* none: see verify_help */
    struct jwt_checks checks;
    struct texts audiences;
    int64_t now_s;
    bool json;
};

/* Prints the header and the claims of a token without verifying it. */
static agentos_status decode_token(arena *a, const char *argument, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };
    const json_t *claims = NULL;
    struct jws jws;
    str token = { "", 0 };
    agentos_error why;

    TRY(input_token(a, argument, &token, err));
    agentos_status status = jws_parse(a, token, &jws, &why);
    if (status == AGENTOS_OK)
        status = jwt_claims(a, &jws, &claims, &why);
    if (status != AGENTOS_OK)
        return token_fault(err, &why);
    write_object(&w);
    write_key(&w, "header");
    write_json(&w, jws.header);
    write_key(&w, "claims");
    write_json(&w, claims);
    write_end(&w);
    output_line(stdout, "", text.ptr);
    (void)fputs("agentos: unverified: anybody can write such a token\n", stderr);
    return AGENTOS_OK;
}

int token_decode(int argc, char **argv)
{
    static const struct option options[] = { { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    AUTO(arena) *a = arena_new();
    agentos_error err;

    for (int option; (option = argument_next("agentos token decode", argc, argv, options)) != -1;) {
        if (option != 'h')
            return command_usage("agentos token decode", NULL);
        (void)fputs(decode_help, stdout);
        return EXIT_DONE;
    }
    if (argc - optind != 1)
        return command_usage("agentos token decode", "give one TOKEN, or - for standard input");
    return decode_token(a, argv[optind], &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* Finds an algorithm by its name. Without a name, *out is HS256 for a secret, otherwise NULL. */
static agentos_status choose_alg(const struct verify *v, const char *name, const struct alg **out,
                                 agentos_error *err)
{
    bool is_secret = v->secret_path != NULL;

    *out = NULL;
    if (name == NULL && !is_secret)
        return AGENTOS_OK;
    const struct alg *alg = NULL;
    TRY(argument_read_alg(name != NULL ? name : "HS256", &alg, err));
    if ((alg->key_type == KEY_OCT) != is_secret)
        return fail(err, AGENTOS_INVALID, "%s needs --%s", alg->name,
                    alg->key_type == KEY_OCT ? "secret" : "key");
    *out = alg;
    return AGENTOS_OK;
}

/* Reads the file of --key or --secret for one algorithm; a NULL name means the key's default. The
 * caller frees *out. */
static agentos_status read_key(const struct verify *v, const char *name, struct key **out,
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(KEY_FILE_MAX_BYTES);
    const char *path = v->secret_path != NULL ? v->secret_path : v->key_path;
    const struct alg *alg = NULL;

    ensure(path != NULL && v->jwks_path == NULL && v->jwks_url == NULL);
    TRY(choose_alg(v, name, &alg, err));
    agentos_status status = input_read(path, &text, err);
    if (status == AGENTOS_OK)
        status = key_read_verification(input_line(&text), alg, KEY_STRONG, out, err);
    if (text.ptr != NULL)
        OPENSSL_cleanse(text.ptr, text.capacity);
    if (status != AGENTOS_OK)
        err->status = AGENTOS_INVALID; /* the command line, not the token, is at fault */
    return status;
}

static void release_key(void *key)
{
    key_free(key);
}

/* The keys of --key or --secret, or a key set. */
struct trust {
    struct key **keys;
    size_t count;
    struct jwks *set; /* NULL: static keys */
};

/* Reads the key once for each algorithm. The arena owns the keys. */
static agentos_status read_keys(arena *a, const struct verify *v, struct trust *out,
                                agentos_error *err)
{
    out->count = v->algs.count > 0 ? v->algs.count : 1;
    out->keys = arena_alloc(a, sizeof(struct key *) * out->count);
    for (size_t i = 0; i < out->count; i++) {
        TRY(read_key(v, v->algs.count > 0 ? v->algs.items[i] : NULL, &out->keys[i], err));
        arena_defer(a, release_key, out->keys[i]);
    }
    return AGENTOS_OK;
}

static void release_set(void *set)
{
    jwks_unref(set);
}

/* Sets the algorithms of the key set, by default all. Ignores shared secrets in a fetched set. */
static agentos_status read_rules(arena *a, const struct verify *v, struct jwks_rules *out,
                                 agentos_error *err)
{
    size_t count = v->algs.count > 0 ? v->algs.count : ALG_COUNT;
    const struct alg **algs = arena_alloc(a, sizeof(struct alg *) * count);

    for (size_t i = 0; i < count; i++) {
        algs[i] = alg_at(i % ALG_COUNT);
        if (v->algs.count > 0)
            TRY(argument_read_alg(v->algs.items[i], &algs[i], err));
    }
    *out = (struct jwks_rules){ algs, count, v->jwks_url != NULL, KEY_STRONG };
    return AGENTOS_OK;
}

/* Reads or fetches the key set, which the arena owns. */
static agentos_status read_set(arena *a, const struct verify *v, struct trust *out,
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES), skipped = buf_with_limit(KiB);
    struct jwks_rules rules;

    ensure((v->jwks_path != NULL) != (v->jwks_url != NULL));
    TRY(read_rules(a, v, &rules, err));
    agentos_status status = v->jwks_url != NULL ? net_fetch_keys(v->jwks_url, &text, err)
                                                : input_read(v->jwks_path, &text, err);
    if (status == AGENTOS_OK)
        status = jwks_read(buf_view(&text), &rules, &out->set, &skipped, err);
    if (text.ptr != NULL)
        OPENSSL_cleanse(text.ptr, text.capacity);
    if (status != AGENTOS_OK) {
        err->status = AGENTOS_INVALID; /* the command line, not the token, is at fault */
        return status;
    }
    arena_defer(a, release_set, out->set);
    if (skipped.len > 0)
        output_line(stderr, "agentos: ", skipped.ptr);
    return AGENTOS_OK;
}

/* Returns the key for the token's algorithm, or the first key, which then rejects the token. */
static const struct key *pick_key(const struct jws *jws, const struct trust *trust)
{
    ensure(trust->keys != NULL && trust->count > 0);
    for (size_t i = 1; i < trust->count; i++)
        if (str_equal(jws->alg, str_of(key_alg(trust->keys[i])->name)))
            return trust->keys[i];
    return trust->keys[0];
}

/* Tries the keys of the set that match the token's kid and alg. */
static agentos_status verify_by_set(const struct jws *jws, const struct jwks *set,
                                    agentos_error *err)
{
    const struct key *candidates[JWKS_CANDIDATES_MAX];
    size_t count = jwks_find(set, jws->kid, jws->alg, candidates);

    ensure(count <= JWKS_CANDIDATES_MAX);
    if (count == 0)
        return fail(err, AGENTOS_UNAUTHENTICATED, "No key of the set fits its kid and alg");
    agentos_status status = AGENTOS_UNAUTHENTICATED;
    for (size_t i = 0; i < count && status != AGENTOS_OK; i++)
        status = jws_verify(jws, candidates[i], err);
    return status;
}

/* Verifies the signature and the type of a token. Does not check its claims. */
static agentos_status verify_signature(arena *a, str token, const struct trust *trust,
                                       const json_t **claims, agentos_error *err)
{
    ensure((trust->set != NULL) != (trust->keys != NULL));
    agentos_error why;
    struct jws jws;
    agentos_status status = jws_parse(a, token, &jws, &why);

    if (status == AGENTOS_OK)
        status = trust->set != NULL ? verify_by_set(&jws, trust->set, &why)
                                    : jws_verify(&jws, pick_key(&jws, trust), &why);
    if (status == AGENTOS_OK)
        status = jwt_claims(a, &jws, claims, &why);
    if (status == AGENTOS_OK && jwt_type_is_refused(jws.typ))
        status = fail(&why, AGENTOS_UNAUTHENTICATED, "The token is of another type (typ)");
    return status == AGENTOS_OK ? AGENTOS_OK : token_fault(err, &why);
}

/* Prints the result. `reason` is NULL for a valid token, and `claims` for an invalid signature. */
static void print_result(const json_t *claims, const char *reason, bool as_json)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

    ensure(reason != NULL || claims != NULL);
    if (reason != NULL)
        output_line(stderr, "agentos: ", reason);
    else if (!as_json)
        (void)puts("verified");
    if (!as_json)
        return;
    write_object(&w);
    write_member_bool(&w, "verified", reason == NULL);
    write_member(&w, "reason", reason);
    write_key(&w, "claims");
    write_json(&w, claims);
    write_end(&w);
    output_line(stdout, "", text.ptr);
}

static size_t count_key_sources(const struct verify *v)
{
    const char *const sources[] = { v->key_path, v->secret_path, v->jwks_path, v->jwks_url };
    size_t count = 0;

    for (size_t i = 0; i < COUNT(sources); i++)
        if (sources[i] != NULL)
            count++;
    return count;
}

/* Verifies the token and prints the result. Returns the exit status. */
static int verify_token(arena *a, const struct verify *v)
{
    const json_t *claims = NULL;
    struct trust trust = { .set = NULL };
    agentos_error err, why;
    str token = { "", 0 };
    bool has_set = v->jwks_path != NULL || v->jwks_url != NULL;

    ensure(count_key_sources(v) == 1 && v->token != NULL);
    agentos_status status = has_set ? read_set(a, v, &trust, &err) : read_keys(a, v, &trust, &err);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    status = input_token(a, v->token, &token, &err);
    if (status == AGENTOS_OK)
        status = verify_signature(a, token, &trust, &claims, &err);
    if (status != AGENTOS_OK)
        claims = NULL;
    else if ((status = jwt_check(claims, &v->checks, v->now_s, &why)) != AGENTOS_OK)
        (void)token_claims_fault(&err, &why, claims, v->now_s); /* returns the status */
    print_result(claims, status == AGENTOS_OK ? NULL : err.message, v->json);
    return status == AGENTOS_OK ? EXIT_DONE : EXIT_FAILED;
}

enum {
    OPTION_KEY = 1,
    OPTION_SECRET,
    OPTION_ALG,
    OPTION_ISS,
    OPTION_AUD,
    OPTION_NOW,
    OPTION_JSON,
    OPTION_JWKS,
    OPTION_JWKS_URL
};

// clang-format off
static const struct option verify_options[] = {
    { "key",      required_argument, NULL, OPTION_KEY },
    { "secret",   required_argument, NULL, OPTION_SECRET },
    { "alg",      required_argument, NULL, OPTION_ALG },
    { "iss",      required_argument, NULL, OPTION_ISS },
    { "aud",      required_argument, NULL, OPTION_AUD },
    { "now",      required_argument, NULL, OPTION_NOW },
    { "json",     no_argument,       NULL, OPTION_JSON },
    { "jwks",     required_argument, NULL, OPTION_JWKS },
    { "jwks-url", required_argument, NULL, OPTION_JWKS_URL },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

/* Prints `why` unless it is NULL, and sets *code. Returns false. */
static bool refuse_usage(const char *why, int *code)
{
    *code = command_usage("agentos token verify", why);
    return false;
}

/* Parses the time of --now, a NumericDate (RFC 7519 §2). */
static bool read_now(const char *text, int64_t *now_s)
{
    return str_to_int(str_of(text), now_s) && *now_s >= 0 && *now_s <= NUMERIC_DATE_MAX;
}

/* Stores the value of one option. Returns false if the option or its value is not valid. */
static bool take_option(int option, const char *value, struct verify *v)
{
    switch (option) {
    case OPTION_KEY: v->key_path = value; return true;
    case OPTION_SECRET: v->secret_path = value; return true;
    case OPTION_ALG: texts_add(&v->algs, value); return true;
    case OPTION_ISS: v->checks.issuer = value; return true;
    case OPTION_AUD: texts_add(&v->audiences, value); return true;
    case OPTION_NOW: return read_now(value, &v->now_s);
    case OPTION_JSON: v->json = true; return true;
    case OPTION_JWKS: v->jwks_path = value; return true;
    case OPTION_JWKS_URL: v->jwks_url = value; return true;
    default: return false;
    }
}

/* Parses the options. Returns false with the exit status in *code if the command ends here, because
 * of --help or wrong usage. */
static bool read_options(int argc, char **argv, struct verify *v, int *code)
{
    for (int option;
         (option = argument_next("agentos token verify", argc, argv, verify_options)) != -1;) {
        if (option == 'h') {
            (void)fputs(verify_help, stdout);
            *code = EXIT_DONE;
            return false;
        }
        if (take_option(option, optarg, v))
            continue;
        if (option == OPTION_NOW)
            return refuse_usage("--now must be in seconds since 1970", code);
        return refuse_usage(NULL, code);
    }
    v->checks.audiences = v->audiences.items;
    v->checks.audience_count = v->audiences.count;
    return true;
}

/* Parses the options and the token, like read_options. */
static bool read_arguments(int argc, char **argv, struct verify *v, int *code)
{
    if (!read_options(argc, argv, v, code))
        return false;
    if (count_key_sources(v) != 1)
        return refuse_usage("give one of --key FILE, --secret FILE, --jwks FILE and --jwks-url U",
                            code);
    if (argc - optind != 1)
        return refuse_usage("give one TOKEN, or - for standard input", code);
    v->token = argv[optind];
    return true;
}

int token_verify(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct verify v = {
        .algs = texts_for(a, argc),
        .audiences = texts_for(a, argc),
        .checks = { .leeway_s = CLOCK_LEEWAY_S },
        .now_s = clock_now_s(),
    };
    int code;

    if (!read_arguments(argc, argv, &v, &code))
        return code;
    return verify_token(a, &v);
}
