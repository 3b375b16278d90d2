/* agentos token decode and verify: what a token says, and whether it is true. Not the server's
 * decision: scopes and routes are `agentos auth explain`. */
#include <getopt.h>
#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/input.h"
#include "cli/token.h"
#include "jose/jwt.h"
#include "json/writer.h"

enum { LEEWAY_S = 10 }; /* as the server's */

static const char decode_help[] =
    "usage: agentos token decode TOKEN|-\n"
    "\n"
    "Prints {\"header\":...,\"claims\":...}. Nothing is verified. - reads standard input.\n";

static const char verify_help[] =
    "usage: agentos token verify --key FILE|--secret FILE [OPTION]... TOKEN|-\n"
    "\n"
    "  --key FILE     public key or certificate in PEM\n"
    "  --secret FILE  shared secret\n"
    "  --alg A        repeatable; default: as the key is, HS256 for a secret\n"
    "  --iss I        the issuer it must be from\n"
    "  --aud A        repeatable; the audiences of which it must name one\n"
    "  --now EPOCH    the time to judge by\n"
    "  --json         print {\"verified\":...,\"reason\":...,\"claims\":...}\n"
    "\n"
    "Exit 0: verified; 1: refused, with the reason on standard error; 2: usage.\n";

struct verify {
    const char *key_path, *secret_path, *token;
    struct texts algs;
    struct jwt_checks checks;
    struct texts audiences;
    int64_t now_s;
    bool json;
};

static int usage(const char *why, const char *command)
{
    if (why != NULL)
        (void)fprintf(stderr, "agentos: %s\n", why);
    (void)fprintf(stderr, "see `agentos token %s --help`\n", command);
    return EXIT_USAGE;
}

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
    (void)printf("%s\n", text.ptr);
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
            return usage(NULL, "decode");
        (void)fputs(decode_help, stdout);
        return EXIT_DONE;
    }
    if (argc - optind != 1)
        return usage("give one TOKEN, or - for standard input", "decode");
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

static agentos_status read_keys(arena *a, const struct verify *v, struct key **keys, size_t *count,
                                agentos_error *err)
{
    *count = v->algs.count > 0 ? v->algs.count : 1;
    for (size_t i = 0; i < *count; i++) {
        TRY(read_key(v, v->algs.count > 0 ? v->algs.items[i] : NULL, &keys[i], err));
        arena_defer(a, release_key, keys[i]);
    }
    return AGENTOS_OK;
}

/* The key of the token's algorithm; the first one refuses it if there is none. */
static const struct key *pick_key(const struct jws *jws, struct key *const *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (str_equal(jws->alg, str_of(key_alg(keys[i])->name)))
            return keys[i];
    return keys[0];
}

static agentos_status verify_signature(arena *a, str token, struct key *const *keys, size_t count,
                                       const json_t **claims, agentos_error *err)
{
    agentos_error why;
    struct jws jws;
    agentos_status status = jws_parse(a, token, &jws, &why);

    if (status == AGENTOS_OK)
        status = jws_verify(&jws, pick_key(&jws, keys, count), &why);
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
        (void)fprintf(stderr, "agentos: %s\n", reason);
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
    (void)printf("%s\n", text.ptr);
}

static int verify(arena *a, const struct verify *v)
{
    const json_t *claims = NULL;
    size_t count = 0;
    agentos_error err;
    str token = { "", 0 };
    struct key **keys = arena_alloc(a, sizeof(struct key *) * (v->algs.count + 1));

    if (read_keys(a, v, keys, &count, &err) != AGENTOS_OK)
        return command_fail(&err);
    agentos_status status = input_token(a, v->token, &token, &err);
    if (status == AGENTOS_OK)
        status = verify_signature(a, token, keys, count, &claims, &err);
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
    { "jwks-url", required_argument, NULL, 'J' },
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
        .checks = { .leeway_s = LEEWAY_S },
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
                return usage("--now is a number of seconds since 1970", "verify");
            break;
        case 'j': v.json = true; break;
        case 'J': return usage("--jwks and --jwks-url are not supported in this version", "verify");
        case 'h': (void)fputs(verify_help, stdout); return EXIT_DONE;
        default: return usage(NULL, "verify");
        }
    }
    v.checks.audiences = v.audiences.items;
    v.checks.audience_count = v.audiences.count;
    if ((v.key_path == NULL) == (v.secret_path == NULL))
        return usage("give either --key FILE or --secret FILE", "verify");
    if (argc - optind != 1)
        return usage("give one TOKEN, or - for standard input", "verify");
    v.token = argv[optind];
    return verify(a, &v);
}
