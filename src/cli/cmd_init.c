/* Implements `agentos init`, which never overwrites a file. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/set_file.h"
#include "jose/key.h"

static const char help[] =
    "usage: agentos init [DIR]\n"
    "\n"
    "Makes DIR (default: this folder) ready to serve: agentos.yaml with an agent that needs no\n"
    "network, a key pair and its public key set in keys/, .env.example, and a .gitignore that\n"
    "keeps secrets out of git. Never overwrites a file.\n"
    "\n"
    "Examples:\n"
    "  agentos init\n"
    "  agentos init my-os\n";

static const char config_text[] =
    "# `agentos config check` says what is wrong in this file; `agentos config schema` prints the\n"
    "# JSON Schema that editors complete it by.\n"
    "\n"
    "name: My AgentOS\n"
    "listen: 127.0.0.1:7777\n"
    "database: sqlite:data/agentos.db    # or memory: nothing is kept\n"
    "\n"
    "agents:\n"
    "  - id: echo\n"
    "    name: Echo\n"
    "    model: offline:echo             # answers without a network; real ones: openai:gpt-5.2\n"
    "    instructions: You are helpful.\n"
    "    add_history_to_context: true\n"
    "\n"
    "# A model behind any server that speaks Chat Completions (Ollama, vLLM, ...):\n"
    "# models:\n"
    "#   local: {provider: openai-chat, base_url: http://127.0.0.1:11434/v1}\n"
    "# and then `model: local:llama3.2`.\n"
    "\n"
    "# Who may call what. Tokens are signed with keys/private.pem (`agentos token mint`) or by "
    "your\n"
    "# own backend; this server needs the public key set alone (`agentos keys rotate` changes "
    "it).\n"
    "authorization:\n"
    "  enabled: true\n"
    "  algorithm: RS256\n"
    "  jwks_file: keys/jwks.json\n";

static const char env_text[] = "# Copy to .env, beside agentos.yaml; the process's own variables "
                               "go first. Keep .env private.\n"
                               "\n"
                               "# OPENAI_API_KEY=\n"
                               "# OPENAI_BASE_URL=https://api.openai.com/v1\n"
                               "# AGENT_OS_HOST=127.0.0.1\n"
                               "# AGENT_OS_PORT=7777\n"
                               "# JWT_VERIFICATION_KEY=\"-----BEGIN PUBLIC KEY-----\n"
                               "# ...several lines may stand between the quotes...\n"
                               "# -----END PUBLIC KEY-----\"\n";

static const char ignore_text[] = "# Secrets, and what the server writes.\n"
                                  ".env\n"
                                  "data/\n"
                                  "keys/*private*\n"
                                  "*.key\n";

static const char key_ignore_text[] = "*private*\n";

/* The files, in the order of creation. */
enum { CONFIG, ENV_EXAMPLE, IGNORE, KEY_IGNORE, PRIVATE_PEM, PUBLIC_PEM, KEY_SET, FILE_COUNT };

struct new_file {
    const char *name;
    mode_t mode;
    const char *text; /* NULL until the keys are generated */
    bool is_kept;     /* it exists, and is left as it is */
    char path[PATH_SIZE];
};

/* Sets the paths of the new files. Fails with CONFLICT if one of them exists. A .gitignore may:
 * many folders have one. */
static agentos_status plan_files(struct new_file *files, const char *dir, agentos_error *err)
{
    for (size_t i = 0; i < FILE_COUNT; i++) {
        TRY(output_path(dir, files[i].name, files[i].path, err));
        agentos_status status = output_check_absent(files[i].path, err);
        files[i].is_kept = status != AGENTOS_OK && i == IGNORE;
        if (status != AGENTOS_OK && !files[i].is_kept)
            return status;
    }
    return AGENTOS_OK;
}

/* A new key pair and its public key set. The private key must be wiped. */
struct new_keys {
    char *private_pem, *public_pem;
    buf set;
};

/* Writes the set that has this key alone. */
static agentos_status print_key_set(const struct key *key, buf *out, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct set_key room;
    struct set_file set = { .path = "keys/jwks.json", .keys = &room };

    TRY(set_file_add(a, &set, key, err));
    return set_file_print(&set, out, err);
}

/* Generates a key pair. The caller must release it with wipe_keys, on failure too. */
static agentos_status generate_keys(struct new_keys *keys, agentos_error *err)
{
    struct key *key = NULL;

    *keys = (struct new_keys){ .set = buf_with_limit(JWKS_MAX_BYTES) };
    TRY(key_generate(alg_find(STR("RS256")), &key, err));
    agentos_status status = key_public_pem(key, &keys->public_pem, err);
    if (status == AGENTOS_OK)
        status = key_private_pem(key, &keys->private_pem, err);
    if (status == AGENTOS_OK)
        status = print_key_set(key, &keys->set, err);
    key_free(key);
    return status;
}

/* Wipes the private key from memory and frees all texts. */
static void wipe_keys(struct new_keys *keys)
{
    if (keys->private_pem != NULL)
        OPENSSL_cleanse(keys->private_pem, strlen(keys->private_pem));
    free(keys->private_pem);
    free(keys->public_pem);
    buf_clear(&keys->set);
}

/* Creates the folders and the files. */
static agentos_status write_files(const struct new_file *files, const char *dir, agentos_error *err)
{
    char keys[PATH_SIZE];

    TRY(output_path(dir, "keys", keys, err));
    TRY(output_make_folder(dir, 0755, err));
    TRY(output_make_folder(keys, 0700, err));
    for (size_t i = 0; i < FILE_COUNT; i++) {
        ensure(files[i].text != NULL);
        if (!files[i].is_kept)
            TRY(output_write_new(files[i].path, str_of(files[i].text), files[i].mode, err));
    }
    return AGENTOS_OK;
}

/* Prints the created files, and commands to try next. */
static void print_next_steps(const struct new_file *files)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (!files[i].is_kept)
            (void)printf("created %s\n", files[i].path);
    if (files[IGNORE].is_kept)
        (void)fprintf(stderr,
                      "agentos: warning: %s already exists; add .env, data/ and *.key to it, which "
                      "have secrets\n",
                      files[IGNORE].path);
    (void)printf("\nNext:\n"
                 "  agentos serve --config %s\n"
                 "and in another terminal:\n"
                 "  TOKEN=$(agentos token mint --key %s --sub me --scope agents:read --scope "
                 "agents:run)\n"
                 "  curl -H \"Authorization: Bearer $TOKEN\" http://127.0.0.1:7777/agents\n"
                 "  curl -H \"Authorization: Bearer $TOKEN\" -F message=Hello "
                 "http://127.0.0.1:7777/agents/echo/runs\n",
                 files[CONFIG].path, files[PRIVATE_PEM].path);
}

/* Generates the key pair, writes all files, and wipes the private key from memory. */
static agentos_status write_all_files(struct new_file *files, const char *dir, agentos_error *err)
{
    struct new_keys keys;

    agentos_status status = generate_keys(&keys, err);
    files[PRIVATE_PEM].text = keys.private_pem;
    files[PUBLIC_PEM].text = keys.public_pem;
    files[KEY_SET].text = keys.set.ptr;
    if (status == AGENTOS_OK)
        status = write_files(files, dir, err);
    files[PRIVATE_PEM].text = files[PUBLIC_PEM].text = files[KEY_SET].text = NULL;
    wipe_keys(&keys);
    return status;
}

static agentos_status init_folder(const char *dir, agentos_error *err)
{
    struct new_file files[FILE_COUNT] = {
        [CONFIG] = { .name = "agentos.yaml", .mode = 0644, .text = config_text },
        [ENV_EXAMPLE] = { .name = ".env.example", .mode = 0644, .text = env_text },
        [IGNORE] = { .name = ".gitignore", .mode = 0644, .text = ignore_text },
        [KEY_IGNORE] = { .name = "keys/.gitignore", .mode = 0644, .text = key_ignore_text },
        [PRIVATE_PEM] = { .name = "keys/private.pem", .mode = 0600 },
        [PUBLIC_PEM] = { .name = "keys/public.pem", .mode = 0644 },
        [KEY_SET] = { .name = "keys/jwks.json", .mode = 0644 },
    };

    TRY(plan_files(files, dir, err));
    TRY(write_all_files(files, dir, err));
    print_next_steps(files);
    return AGENTOS_OK;
}

int cmd_init(int argc, char **argv)
{
    static const struct option options[] = {
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    agentos_error err;

    for (int option; (option = argument_next("agentos init", argc, argv, options)) != -1;) {
        if (option != 'h')
            return command_usage("agentos init", NULL);
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    if (argc - optind > 1 || (argc - optind == 1 && argv[optind][0] == '\0'))
        return command_usage("agentos init", "give one folder");
    if (init_folder(optind < argc ? argv[optind] : ".", &err) != AGENTOS_OK)
        return command_fail(&err);
    return EXIT_DONE;
}
