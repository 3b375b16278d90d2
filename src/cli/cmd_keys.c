/* Implements `agentos keys generate`. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "cli/arguments.h"
#include "cli/key_files.h"
#include "cli/keys.h"
#include "cli/output.h"
#include "jose/base64url.h"
#include "jose/key.h"

static const char generate_help[] =
    "usage: agentos keys generate [--alg RS256] [--out DIR]\n"
    "\n"
    "Makes a key pair: DIR/private.pem (PKCS#8) signs tokens, DIR/public.pem (SPKI) verifies "
    "them.\n"
    "For HS256, HS384 and HS512: DIR/secret.key, which does both. Prints the key id (RFC 7638).\n"
    "\n"
    "  --alg A    HS|RS|PS|ES 256, 384, 512, EdDSA or Ed25519; default RS256\n"
    "  --out DIR  made if absent; default: this directory\n"
    "\n"
    "Others can read public.pem alone. Files are never overwritten.\n"
    "\n"
    "Examples:\n"
    "  agentos keys generate --out keys\n"
    "  agentos keys generate --alg ES256 --out keys\n"
    "  agentos keys generate --alg HS256\n";

/* Creates a key pair. Prints only its key id to standard output. */
static agentos_status generate_pair(const struct alg *alg, const char *dir, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const struct pair pair = pair_at(a, dir, "");
    char kid[KEY_THUMBPRINT_SIZE];
    struct key *key = NULL;

    ensure(alg->key_type != KEY_OCT);
    TRY(output_check_absent(pair.private_path, err));
    TRY(output_check_absent(pair.public_path, err));
    TRY(output_make_folder(dir, 0700, err));
    TRY(key_generate(alg, &key, err));
    agentos_status status = pair_write(key, pair, err);
    if (status == AGENTOS_OK) {
        (void)fprintf(stderr, "created %s\ncreated %s\n", pair.private_path, pair.public_path);
        (void)printf("%s\n", key_thumbprint(key, kid));
    }
    key_free(key);
    return status;
}

/* Creates a secret as long as the algorithm's signature, encoded as base64url. */
static agentos_status generate_secret(const struct alg *alg, const char *dir, agentos_error *err)
{
    char path[PATH_SIZE], bytes[64]; /* the size for HS512 */
    AUTO_BUF text = buf_with_limit(2 * sizeof(bytes));

    ensure(alg->key_type == KEY_OCT && alg->signature_len <= sizeof(bytes));
    TRY(output_path(dir, "secret.key", path, err));
    TRY(output_check_absent(path, err));
    TRY(output_make_folder(dir, 0700, err));
    random_bytes(bytes, alg->signature_len);
    base64url_append(&text, (str){ bytes, alg->signature_len });
    buf_append_char(&text, '\n');
    ensure(buf_ok(&text));
    agentos_status status = output_write_new(path, buf_view(&text), 0600, err);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    OPENSSL_cleanse(text.ptr, text.len);
    if (status == AGENTOS_OK)
        (void)fprintf(stderr, "created %s\n", path);
    return status;
}

/* Prints `why` and how to get help. Returns EXIT_USAGE. */
static int refuse_usage(const char *why)
{
    (void)fprintf(stderr, "agentos: %s; ", why);
    return command_usage("agentos keys generate", NULL);
}

static int generate(const char *alg_name, const char *dir)
{
    const struct alg *alg = NULL;
    agentos_error err;

    agentos_status status = argument_read_alg(alg_name, &alg, &err);
    if (status == AGENTOS_OK)
        status = alg->key_type == KEY_OCT ? generate_secret(alg, dir, &err)
                                          : generate_pair(alg, dir, &err);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

// clang-format off
static const struct option generate_options[] = {
    { "alg",  required_argument, NULL, 'a' },
    { "out",  required_argument, NULL, 'o' },
    { "help", no_argument,       NULL, 'h' },
    { NULL,   0,                 NULL, 0 },
};
// clang-format on

static int keys_generate(int argc, char **argv)
{
    const char *alg_name = "RS256", *dir = ".";

    for (int option;
         (option = argument_next("agentos keys generate", argc, argv, generate_options)) != -1;) {
        switch (option) {
        case 'a': alg_name = optarg; break;
        case 'o': dir = optarg; break;
        case 'h': (void)fputs(generate_help, stdout); return EXIT_DONE;
        default: return command_usage("agentos keys generate", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos keys generate", argv[optind], false);
    if (dir[0] == '\0')
        return refuse_usage("--out must name a folder");
    return generate(alg_name, dir);
}

int cmd_keys(int argc, char **argv)
{
    static const struct command commands[] = {
        { "generate", "a new key pair, or a shared secret", keys_generate },
        { "rotate", "replace the key pair that signs tokens, in three steps", keys_rotate },
        { "list", "show the keys of a key set, and which one signs", keys_list },
    };
    static const struct command_group group = {
        .program = "agentos keys",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos keys generate --out keys\n"
                    "  agentos keys rotate\n"
                    "  agentos keys list\n",
    };

    return command_dispatch(&group, argc, argv);
}
