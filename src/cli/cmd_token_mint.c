/* Implements `agentos token mint`. */

#include <inttypes.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/scope_warning.h"
#include "cli/signer.h"
#include "cli/token.h"
#include "jose/mint.h"

static const char help[] =
    "usage: agentos token mint --key FILE --sub SUBJECT [OPTION]...\n"
    "\n"
    "  --key FILE         private key in PEM, or a shared secret; - reads standard input\n"
    "  --alg A            default: RS256, ES256/384/512 or EdDSA, by the key; HS256 for a "
    "secret\n"
    "  --kid K            default: the key's RFC 7638 thumbprint; none for a secret\n"
    "  --sub S            the user\n"
    "  --scope S          repeatable; an array `scopes`\n"
    "  --aud A            repeatable; more than one make an array\n"
    "  --iss I\n"
    "  --ttl 1h           lifetime: a number and s, m, h or d\n"
    "  --claim NAME=JSON  repeatable; may also set iat and exp\n"
    "\n"
    "Prints the token alone.\n"
    "\n"
    "Examples:\n"
    "  agentos token mint --key keys/private.pem --sub ann --scope agents:read --scope agents:run\n"
    "  agentos token mint --key keys/private.pem --sub ann --ttl 15m --claim 'org={\"id\":7}'\n"
    "  agentos token mint --key secret.key --sub ci --aud my-os --iss https://issuer.example\n";

struct mint_flags {
    const char *key_path, *alg_name, *kid, *subject, *issuer;
    int64_t ttl_s;
    struct texts scopes, audiences, claims;
};

/* Returns the seconds of a unit, or 0 if it is unknown. */
static int64_t seconds_of(char unit)
{
    switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 60 * 60;
    case 'd': return 24 * 60 * 60;
    default: return 0;
    }
}

/* Parses a lifetime such as "90s", "1h" or "30d". At most 100 years. */
static bool read_ttl(const char *text, int64_t *out)
{
    static const int64_t max_s = 100LL * 366 * 86400;
    str number = str_of(text);
    int64_t unit_s = number.len > 0 ? seconds_of(text[number.len - 1]) : 0;
    int64_t count;

    if (unit_s == 0)
        return false;
    number.len--; /* without the unit */
    if (!str_to_int(number, &count) || count <= 0 || count > max_s / unit_s)
        return false;
    *out = count * unit_s;
    return true;
}

/* Parses NAME=JSON. The name is a view of the text, and the value is in the arena. */
static agentos_status read_claim(arena *a, const char *text, struct mint_claim *out,
                                 agentos_error *err)
{
    str rest = str_of(text);
    str name = str_split(&rest, '=');
    const json_t *list = NULL;
    agentos_error why;

    if (name.len == 0 || name.len == strlen(text))
        return fail(err, AGENTOS_INVALID, "--claim " QUOTED " is not NAME=JSON",
                    QUOTE(str_of(text)));
    if (mint_writes_claim(name))
        return fail(err, AGENTOS_INVALID, "claim " QUOTED " has its own option", QUOTE(name));
    /* The parser accepts only lists and objects. */
    str wrapped = str_of(arena_printf(a, "[%s]", rest.ptr));
    if (json_parse(a, wrapped, &list, &why) != AGENTOS_OK || json_array_size(list) != 1)
        return fail(err, AGENTOS_INVALID,
                    "the value of claim " QUOTED " is not JSON; a string needs double quotes",
                    QUOTE(name));
    *out = (struct mint_claim){ .name = name, .value = json_array_get(list, 0) };
    return AGENTOS_OK;
}

/* Parses every --claim into out, which holds texts->count. Fails if a claim is given twice. */
static agentos_status read_claims(arena *a, const struct texts *texts, struct mint_claim *out,
                                  agentos_error *err)
{
    for (size_t i = 0; i < texts->count; i++) {
        TRY(read_claim(a, texts->items[i], &out[i], err));
        for (size_t earlier = 0; earlier < i; earlier++)
            if (str_equal(out[earlier].name, out[i].name))
                return fail(err, AGENTOS_INVALID, "duplicate claim " QUOTED, QUOTE(out[i].name));
    }
    return AGENTOS_OK;
}

/* Reads the key of --key, which the caller frees. */
static agentos_status read_key(const struct mint_flags *m, struct key **out, agentos_error *err)
{
    const struct alg *alg = NULL; /* the key's default */

    ensure(m->key_path != NULL);
    if (m->alg_name != NULL)
        TRY(argument_read_alg(m->alg_name, &alg, err));
    return signer_read_key(m->key_path, alg, out, err);
}

/* Returns the claims of the options. `claims` are those of --claim. */
static struct mint mint_of(const struct mint_flags *m, const struct mint_claim *claims)
{
    return (struct mint){
        .issuer = m->issuer,
        .subject = m->subject,
        .audiences = m->audiences.items,
        .audience_count = m->audiences.count,
        .scopes = m->scopes.items,
        .scope_count = m->scopes.count,
        .issued_at_s = clock_now_s(),
        .lifetime_s = m->ttl_s,
        .claims = claims,
        .claim_count = m->claims.count,
    };
}

/* Signs a token with the claims of the options and prints it. */
static agentos_status mint_and_print(arena *a, const struct mint_flags *m, agentos_error *err)
{
    AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);
    struct mint_claim *claims = arena_array(a, m->claims.count + 1, sizeof(*claims));
    struct key *key = NULL;

    TRY(read_claims(a, &m->claims, claims, err));
    TRY(read_key(m, &key, err));
    const struct mint mint = mint_of(m, claims);
    agentos_status status = mint_token(&mint, key, m->kid, &token, err);
    if (status == AGENTOS_OK)
        (void)printf("%s\n", token.ptr);
    key_free(key);
    return status;
}

static int usage(const char *why)
{
    return command_usage("agentos token mint", why);
}

/* Checks that the mandatory options are given and prints a token. Returns the exit status. */
static int check_and_mint(arena *a, const struct mint_flags *m)
{
    agentos_error err;

    if (m->key_path == NULL)
        return usage("--key FILE is missing");
    if (m->subject == NULL || m->subject[0] == '\0')
        return usage("--sub SUBJECT is missing");
    for (size_t i = 0; i < m->scopes.count; i++)
        scope_warn(a, m->scopes.items[i]);
    return mint_and_print(a, m, &err) == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

// clang-format off
static const struct option options[] = {
    { "key",   required_argument, NULL, 'k' },
    { "alg",   required_argument, NULL, 'a' },
    { "kid",   required_argument, NULL, 'K' },
    { "sub",   required_argument, NULL, 's' },
    { "scope", required_argument, NULL, 'S' },
    { "aud",   required_argument, NULL, 'A' },
    { "iss",   required_argument, NULL, 'i' },
    { "ttl",   required_argument, NULL, 't' },
    { "claim", required_argument, NULL, 'c' },
    { "help",  no_argument,       NULL, 'h' },
    { NULL,    0,                 NULL, 0 },
};
// clang-format on

enum { DEFAULT_TTL_S = 3600 };

/* Stores the value of one option. Returns false if the option or its value is not valid. */
static bool take_option(int option, const char *value, struct mint_flags *m)
{
    switch (option) {
    case 'k': m->key_path = value; return true;
    case 'a': m->alg_name = value; return true;
    case 'K': m->kid = value; return true;
    case 's': m->subject = value; return true;
    case 'S': texts_add(&m->scopes, value); return true;
    case 'A': texts_add(&m->audiences, value); return true;
    case 'i': m->issuer = value; return true;
    case 't': return read_ttl(value, &m->ttl_s);
    case 'c': texts_add(&m->claims, value); return true;
    default: return false;
    }
}

/* Prints what is wrong with the value of --ttl. Returns EXIT_USAGE. */
static int refuse_ttl(arena *a, const char *value)
{
    int64_t number;

    if (str_to_int(str_of(value), &number) && number > 0)
        return usage(arena_printf(a,
                                  "--ttl %" PRId64 " has no unit: %" PRId64 "s, %" PRId64
                                  "m, %" PRId64 "h or %" PRId64 "d",
                                  number, number, number, number, number));
    return usage("--ttl must be a number and s, m, h or d, at most 100 years: 90s, 1h, 30d");
}

int token_mint(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct mint_flags m = {
        .ttl_s = DEFAULT_TTL_S,
        .scopes = texts_for(a, argc),
        .audiences = texts_for(a, argc),
        .claims = texts_for(a, argc),
    };

    for (int option; (option = argument_next("agentos token mint", argc, argv, options)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        if (take_option(option, optarg, &m))
            continue;
        if (option == 't')
            return refuse_ttl(a, optarg);
        return usage(NULL);
    }
    if (optind < argc)
        return argument_unexpected("agentos token mint", argv[optind], false);
    return check_and_mint(a, &m);
}
