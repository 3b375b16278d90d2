/* agentos token decode and verify: what a token says, and whether it is true. Not the server's
 * decision: scopes and routes are `agentos auth explain`. */
#include <getopt.h>
#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/input.h"
#include "cli/net.h"
#include "cli/output.h"
#include "cli/token.h"
#include "jose/jwks.h"
#include "jose/jwt.h"
#include "json/writer.h"

static const char decode_help[] =
    "usage: agentos token decode TOKEN|-\n"
    "\n"
    "Prints {\"header\":...,\"claims\":...}. Nothing is verified. - reads standard input.\n";

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
    "Exit 0: verified; 1: refused, with the reason on standard error; 2: usage.\n";

struct verify {
    const char *key_path, *secret_path, *jwks_path, *jwks_url, *token;
    struct texts algs;
    struct jwt_checks checks;
    struct texts audiences;
    int64_t now_s;
    bool json;
};

static agentos_status decode(arena *a, const char *argument, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };
    const json_t *claims = NULL;
    struct jws jws;
    str token = { "", 0 };

    TRY(input_token(a, argument, &token, err));
    TRY(jws_parse(a, token, &jws, err));
    TRY(jwt_claims(a, &jws, &claims, err));
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

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (option != 'h')
            return command_usage("agentos token decode", NULL);
        (void)fputs(decode_help, stdout);
        return EXIT_DONE;
    }
    if (argc - optind != 1)
        return command_usage("agentos token decode", "give one TOKEN, or - for standard input");
    return decode(a, argv[optind], &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

/* The key for one algorithm; name NULL: as the key is. */
static agentos_status read_key(const struct verify *v, const char *name, struct key **out,
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(KEY_FILE_MAX_BYTES);
    const struct alg *alg = alg_find(str_of(name != NULL || v->key_path != NULL ? name : "HS256"));

    if (name != NULL && alg == NULL)
        return fail(err, AGENTOS_INVALID, "no algorithm " QUOTED, QUOTE(str_of(name)));
    if (alg != NULL && (alg->key_type == KEY_OCT) != (v->secret_path != NULL))
        return fail(err, AGENTOS_INVALID, "%s is checked with --%s", alg->name,
                    alg->key_type == KEY_OCT ? "secret" : "key");
    agentos_status status =
        input_read(v->secret_path != NULL ? v->secret_path : v->key_path, &text, err);
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
    key_unref(key);
}

/* What tokens are verified with: static keys, or a set. */
struct trust {
    struct key **keys;
    size_t count;
    struct jwks *set; /* NULL: static keys */
};

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

/* Which algorithms a set may be used with; no secret is ever published. */
static agentos_status read_rules(arena *a, const struct verify *v, struct jwks_rules *out,
                                 agentos_error *err)
{
    size_t count = v->algs.count > 0 ? v->algs.count : ALG_COUNT;
    const struct alg **algs = arena_alloc(a, sizeof(struct alg *) * count);

    for (size_t i = 0; i < count; i++) {
        algs[i] = v->algs.count > 0 ? alg_find(str_of(v->algs.items[i])) : alg_at(i);
        if (algs[i] == NULL)
            return fail(err, AGENTOS_INVALID, "no algorithm " QUOTED,
                        QUOTE(str_of(v->algs.items[i])));
    }
    *out = (struct jwks_rules){ algs, count, v->jwks_url != NULL, KEY_STRONG };
    return AGENTOS_OK;
}

static agentos_status read_set(arena *a, const struct verify *v, struct trust *out,
                               agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES), skipped = buf_with_limit(KiB);
    struct jwks_rules rules;

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

/* The key of the token's algorithm; the first one refuses it if there is none. */
static const struct key *pick_key(const struct jws *jws, const struct trust *trust)
{
    for (size_t i = 1; i < trust->count; i++)
        if (str_equal(jws->alg, str_of(key_alg(trust->keys[i])->name)))
            return trust->keys[i];
    return trust->keys[0];
}

static agentos_status verify_by_set(const struct jws *jws, const struct jwks *set,
                                    agentos_error *err)
{
    const struct key *candidates[JWKS_CANDIDATES_MAX];
    size_t count = jwks_find(set, jws->kid, jws->alg, candidates);

    if (count == 0)
        return fail(err, AGENTOS_UNAUTHENTICATED, "No key of the set fits its kid and alg");
    agentos_status status = AGENTOS_UNAUTHENTICATED;
    for (size_t i = 0; i < count && status != AGENTOS_OK; i++)
        status = jws_verify(jws, candidates[i], err);
    return status;
}

static agentos_status verify_signature(arena *a, str token, const struct trust *trust,
                                       const json_t **claims, agentos_error *err)
{
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
    if (status != AGENTOS_OK)
        return fail(err, status, "Invalid token: %.1000s", why.message);
    return AGENTOS_OK;
}

static void print_result(const json_t *claims, const char *reason, bool as_json)
{
    AUTO_BUF text = buf_with_limit(MiB);
    writer w = { .out = &text };

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
    write_json(&w, reason == NULL ? claims : NULL); /* a refused token's are nobody's */
    write_end(&w);
    output_line(stdout, "", text.ptr);
}

static int verify(arena *a, const struct verify *v)
{
    const json_t *claims = NULL;
    struct trust trust = { .set = NULL };
    agentos_error err;
    str token = { "", 0 };

    agentos_status status = v->jwks_path != NULL || v->jwks_url != NULL
                                ? read_set(a, v, &trust, &err)
                                : read_keys(a, v, &trust, &err);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    status = input_token(a, v->token, &token, &err);
    if (status == AGENTOS_OK)
        status = verify_signature(a, token, &trust, &claims, &err);
    if (status == AGENTOS_OK)
        status = jwt_check(claims, &v->checks, v->now_s, &err);
    print_result(claims, status == AGENTOS_OK ? NULL : err.message, v->json);
    return status == AGENTOS_OK ? EXIT_DONE : EXIT_FAILED;
}

// clang-format off
static const struct option verify_options[] = {
    { "key",      required_argument, NULL, 'k' },
    { "secret",   required_argument, NULL, 's' },
    { "alg",      required_argument, NULL, 'a' },
    { "iss",      required_argument, NULL, 'i' },
    { "aud",      required_argument, NULL, 'A' },
    { "now",      required_argument, NULL, 'n' },
    { "json",     no_argument,       NULL, 'j' },
    { "jwks",     required_argument, NULL, 'J' },
    { "jwks-url", required_argument, NULL, 'U' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

int token_verify(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct verify v = {
        .algs = texts_for(a, argc),
        .audiences = texts_for(a, argc),
        .checks = { .leeway_s = CLOCK_LEEWAY_S },
        .now_s = clock_now_s(),
    };

    for (int option; (option = getopt_long(argc, argv, "h", verify_options, NULL)) != -1;) {
        switch (option) {
        case 'k': v.key_path = optarg; break;
        case 's': v.secret_path = optarg; break;
        case 'a': texts_add(&v.algs, optarg); break;
        case 'i': v.checks.issuer = optarg; break;
        case 'A': texts_add(&v.audiences, optarg); break;
        case 'n':
            if (!str_to_int(str_of(optarg), &v.now_s) || v.now_s < 0 || v.now_s > NUMERIC_DATE_MAX)
                return command_usage("agentos token verify",
                                     "--now is a number of seconds since 1970");
            break;
        case 'j': v.json = true; break;
        case 'J': v.jwks_path = optarg; break;
        case 'U': v.jwks_url = optarg; break;
        case 'h': (void)fputs(verify_help, stdout); return EXIT_DONE;
        default: return command_usage("agentos token verify", NULL);
        }
    }
    v.checks.audiences = v.audiences.items;
    v.checks.audience_count = v.audiences.count;
    if ((v.key_path != NULL) + (v.secret_path != NULL) + (v.jwks_path != NULL) +
            (v.jwks_url != NULL) !=
        1)
        return command_usage("agentos token verify",
                             "give one of --key FILE, --secret FILE, --jwks FILE and --jwks-url U");
    if (argc - optind != 1)
        return command_usage("agentos token verify", "give one TOKEN, or - for standard input");
    v.token = argv[optind];
    return verify(a, &v);
}
