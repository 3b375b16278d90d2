/* Implements `agentos jwks`. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/key_files.h"
#include "cli/set_file.h"
#include "jose/jwks.h"
#include "jose/pem.h"
#include "json/writer.h"

static const char help[] =
    "usage: agentos jwks [--alg A] [--kid K] FILE...\n"
    "\n"
    "Prints a public key set (JWKS) of all the keys in the files: PEM (public, private or "
    "certificate),\n"
    "JWK, JWKS, or a map {kid: certificate}. - reads standard input.\n"
    "\n"
    "  --alg A  the algorithm of keys in PEM; default: RS256, ES256/384/512 or EdDSA, by the key\n"
    "  --kid K  the key id, if there is one key only; default: its own, or else its RFC 7638 "
    "thumbprint\n"
    "\n"
    "Only public halves are printed. Keys that cannot verify tokens are left out and counted on "
    "standard error.\n"
    "\n"
    "Examples:\n"
    "  agentos jwks keys/public.pem > keys/jwks.json\n"
    "  agentos jwks --kid 2026-12 keys/public.pem\n";

struct set {
    const struct alg *alg; /* for keys in PEM; NULL: the default of each key */
    const char *kid;       /* NULL: each key has its own */
    buf *json;
    size_t count; /* of keys in json */
    buf retired;  /* keys beside the present file that must not be published again */
};

// clang-format off
static const struct option options[] = {
    { "alg",  required_argument, NULL, 'a' },
    { "kid",  required_argument, NULL, 'k' },
    { "help", no_argument,       NULL, 'h' },
    { NULL,   0,                 NULL, 0 },
};
// clang-format on

/* Appends a JWK, unless the set already has it. */
static void append_jwk(struct set *set, str jwk)
{
    ensure(jwk.len > 0);
    if (str_contains(buf_view(set->json), jwk))
        return;
    if (set->count > 0)
        buf_append_char(set->json, ',');
    set->count++;
    buf_append(set->json, jwk);
}

/* Appends a public key. Its key id is --kid, its own `kid`, or its thumbprint if that is "". */
static agentos_status add_key(struct set *set, const struct key *key, const char *kid,
                              agentos_error *err)
{
    AUTO_BUF jwk = buf_with_limit(JWKS_MAX_BYTES);
    char thumbprint[KEY_THUMBPRINT_SIZE];

    ensure(kid != NULL);
    (void)key_thumbprint(key, thumbprint); /* returns it */
    if (retired_has(&set->retired, thumbprint))
        return fail(err, AGENTOS_CONFLICT,
                    "key %s is listed in retired.txt, so it is never published again", thumbprint);
    if (set->kid != NULL)
        kid = set->kid;
    else if (kid[0] == '\0')
        kid = thumbprint;
    TRY(jwk_write_public(key, kid, &jwk, err));
    append_jwk(set, buf_view(&jwk));
    return AGENTOS_OK;
}

/* Appends the public half of the key in a PEM text. */
static agentos_status add_pem(struct set *set, str text, agentos_error *err)
{
    bool is_private = str_contains(text, STR("PRIVATE KEY-----"));
    struct key *key = NULL;

    if (is_private)
        TRY(key_read_signing(text, set->alg, KEY_STRONG, &key, err));
    else
        TRY(key_read_verification(text, set->alg, KEY_STRONG, &key, err));
    agentos_status status = add_key(set, key, "", err);
    key_free(key);
    return status;
}

/* Appends each key once: a JWK without `alg` has one entry per algorithm, the default first. */
static agentos_status add_entries(struct set *set, const struct jwks *keys, agentos_error *err)
{
    size_t seen = SIZE_MAX; /* of the last key added */

    for (size_t i = 0; i < jwks_count(keys); i++) {
        const struct jwks_entry *entry = jwks_entry(keys, i);

        if (entry->position == seen)
            continue;
        seen = entry->position;
        TRY(add_key(set, entry->key, entry->kid, err));
    }
    return AGENTOS_OK;
}

/* Appends the keys of a JWK, a JWKS or a map of certificates. Prints how many were skipped. */
static agentos_status add_jwks(struct set *set, const char *path, str text, agentos_error *err)
{
    const struct alg *algs[ALG_COUNT];
    struct jwks_rules rules = set_file_rules(algs);
    AUTO_BUF skipped = buf_with_limit(KiB);
    struct jwks *keys = NULL;

    TRY(jwks_read(text, &rules, &keys, &skipped, err));
    if (skipped.len > 0)
        (void)fprintf(stderr, "agentos: %.256s: %s\n", path, skipped.ptr);
    agentos_status status = add_entries(set, keys, err);
    jwks_unref(keys);
    return status;
}

/* Appends the keys of a file, and wipes its text from memory. */
static agentos_status add_file(struct set *set, const char *path, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);
    agentos_error why;

    buf_empty(&set->retired);
    TRY(retired_read(a, folder_of(a, path), &set->retired, err));
    TRY(input_read(path, &text, err));
    agentos_status status;
    /* PEM blocks do not identify the format: a JSON map of certificates has them too. */
    if (str_starts(str_trim(buf_view(&text)), STR("{")))
        status = add_jwks(set, path, buf_view(&text), &why);
    else
        status = add_pem(set, buf_view(&text), &why);
    if (text.ptr != NULL)
        OPENSSL_cleanse(text.ptr, text.capacity); /* it may be a private key */
    if (status != AGENTOS_OK)
        return fail(err, status, "%.256s: %.768s", path, why.message);
    return AGENTOS_OK;
}

/* Checks that a server would accept the set, for instance that no two keys share a key id. */
static agentos_status check_set(const struct set *set, agentos_error *err)
{
    const struct alg *algs[ALG_COUNT];
    const struct jwks_rules rules = set_file_rules(algs);
    struct jwks *keys = NULL;

    if (set->count == 0)
        return fail(err, AGENTOS_INVALID, "no key in these files can verify tokens");
    if (set->kid != NULL && set->count > 1)
        return fail(err, AGENTOS_INVALID, "--kid requires a single key, but there are %zu",
                    set->count);
    TRY(jwks_read(buf_view(set->json), &rules, &keys, NULL, err));
    jwks_unref(keys);
    return AGENTOS_OK;
}

/* Prints the keys of all files as one set, or nothing after a failure. `paths` ends with NULL. */
static agentos_status print_set(struct set *set, char *const *paths, agentos_error *err)
{
    ensure(paths[0] != NULL && set->count == 0);
    buf_append(set->json, STR("{\"keys\":["));
    for (; *paths != NULL; paths++)
        TRY(add_file(set, *paths, err));
    buf_append(set->json, STR("]}"));
    TRY(check_set(set, err));
    (void)printf("%s\n", set->json->ptr);
    return AGENTOS_OK;
}

/* Prints `why` unless it is NULL, and sets *code. Returns false. */
static bool refuse_usage(const char *why, int *code)
{
    *code = command_usage("agentos jwks", why);
    return false;
}

/* Stores the algorithm of keys in PEM. Returns false with the exit status in *code if it is unknown
 * or not for key pairs. */
static bool set_alg(struct set *set, const char *name, int *code)
{
    agentos_error err;

    if (argument_read_alg(name, &set->alg, &err) != AGENTOS_OK) {
        *code = command_fail(&err);
        return false;
    }
    if (set->alg->key_type == KEY_OCT)
        return refuse_usage("--alg must be a public-key algorithm", code);
    return true;
}

static bool is_kid(const char *text)
{
    _Static_assert(KID_MAX_BYTES == 256, "see the message in read_arguments");
    return text[0] != '\0' && strlen(text) <= KID_MAX_BYTES;
}

/* Parses the options; the files begin at optind. Returns false with the exit status in *code if the
 * command ends here, because of --help or wrong usage. */
static bool read_arguments(int argc, char **argv, struct set *set, int *code)
{
    for (int option; (option = argument_next("agentos jwks", argc, argv, options)) != -1;) {
        switch (option) {
        case 'a':
            if (!set_alg(set, optarg, code))
                return false;
            break;
        case 'k': set->kid = optarg; break;
        case 'h':
            (void)fputs(help, stdout);
            *code = EXIT_DONE;
            return false;
        default: return refuse_usage(NULL, code);
        }
    }
    if (optind == argc)
        return refuse_usage("give at least one FILE", code);
    if (set->kid != NULL && !is_kid(set->kid))
        return refuse_usage("--kid must be 1 to 256 bytes", code);
    return true;
}

int cmd_jwks(int argc, char **argv)
{
    AUTO_BUF json = buf_with_limit(JWKS_MAX_BYTES);
    struct set set = { .json = &json, .retired = buf_with_limit(MiB) };
    agentos_error err;
    int code;

    if (!read_arguments(argc, argv, &set, &code))
        return code;
    agentos_status status = print_set(&set, argv + optind, &err);
    buf_clear(&set.retired);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}
