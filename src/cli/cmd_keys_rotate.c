/* Implements `agentos keys rotate` and `agentos keys list`. */

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/key_rotation.h"
#include "cli/keys.h"
#include "cli/output.h"

#define DEFAULT_SET "keys/jwks.json"

static const char rotate_help[] =
    "usage: agentos keys rotate [--jwks FILE]\n"
    "       agentos keys rotate --switch [--jwks FILE]\n"
    "       agentos keys rotate --retire KID [--jwks FILE]\n"
    "\n"
    "Replaces the key pair that signs tokens, private.pem and public.pem beside the key set, in\n"
    "three steps, so that no caller is refused. The server reads the set (`jwks_file`).\n"
    "First, without an option: makes the next pair, publishes it in the set, and prints its key\n"
    "id. Second, when the server's log says `reloaded`: --switch makes it the pair that signs.\n"
    "Third, when the last token of the old key has expired: --retire takes the old key out of\n"
    "the set and removes its files. A retired key is listed in retired.txt and never published\n"
    "again. Each step can be repeated.\n"
    "\n"
    "  --switch      sign with the next pair from now on; the old one stays published\n"
    "  --retire KID  refuse this key's tokens from now on; `agentos keys list` shows the ids\n"
    "  --jwks FILE   the key set; default: " DEFAULT_SET "\n"
    "\n"
    "Exit 0: done, or done before; 1: refused, nothing is changed; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos keys rotate\n"
    "  agentos keys rotate --switch\n"
    "  agentos keys rotate --retire lvzWSmB4cyDRYxnSUaWeHWSWd6wwW8xSxrPTa8sbZ64\n";

static const char list_help[] =
    "usage: agentos keys list [--jwks FILE]\n"
    "\n"
    "Shows the keys of a key set: current signs tokens, next will after the switch, old does not\n"
    "any more, and other has no files here.\n"
    "\n"
    "  --jwks FILE   the key set; default: " DEFAULT_SET "\n"
    "\n"
    "Examples:\n"
    "  agentos keys list\n"
    "  agentos keys list --jwks /etc/agentos/keys/jwks.json\n";

struct rotate_flags {
    const char *set_path, *retired_kid;
    bool is_switch;
};

/* ---- the steps, and what to do next ---- */

static agentos_status publish(struct rotation *rotation, agentos_error *err)
{
    TRY(rotation_publish(rotation, err));
    (void)printf("%s\n", rotation->next_kid);
    (void)fprintf(stderr,
                  "agentos: the next key is %s, published in %s\n"
                  "agentos: next: `agentos keys rotate --switch`, when the server's log says "
                  "`reloaded`\n",
                  rotation->next.private_path, rotation->set.path);
    return AGENTOS_OK;
}

static agentos_status switch_keys(struct rotation *rotation, agentos_error *err)
{
    TRY(rotation_switch(rotation, err));
    bool is_finished_only = rotation->next_kid[0] == '\0';
    (void)fprintf(stderr, "agentos: %s signs from now on; sign with it everywhere\n",
                  rotation->current.private_path);
    if (!is_finished_only)
        (void)fprintf(
            stderr,
            "agentos: next: `agentos keys rotate --retire %s`, when the last token of the "
            "old key has expired, or now if it has leaked\n",
            rotation->current_kid);
    return AGENTOS_OK;
}

static agentos_status retire(struct rotation *rotation, const char *kid, agentos_error *err)
{
    TRY(rotation_retire(rotation, kid, err));
    (void)fprintf(stderr,
                  "agentos: %.256s is retired: its tokens are refused as soon as the server "
                  "has read the set\n",
                  kid);
    return AGENTOS_OK;
}

static agentos_status rotate(struct rotation *rotation, const struct rotate_flags *flags,
                             agentos_error *err)
{
    if (flags->retired_kid != NULL)
        return retire(rotation, flags->retired_kid, err);
    return flags->is_switch ? switch_keys(rotation, err) : publish(rotation, err);
}

/* Performs one step of the rotation. Returns the exit status. */
static int rotate_keys(const struct rotate_flags *flags)
{
    AUTO(arena) *a = arena_new();
    struct rotation rotation;
    agentos_error err;

    agentos_status status = rotation_open(a, flags->set_path, &rotation, &err);
    if (status == AGENTOS_OK)
        status = rotate(&rotation, flags, &err);
    rotation_close(&rotation);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

static int usage(const char *why)
{
    return command_usage("agentos keys rotate", why);
}

// clang-format off
static const struct option rotate_options[] = {
    { "switch", no_argument,       NULL, 's' },
    { "retire", required_argument, NULL, 'r' },
    { "jwks",   required_argument, NULL, 'j' },
    { "help",   no_argument,       NULL, 'h' },
    { NULL,     0,                 NULL, 0 },
};
// clang-format on

int keys_rotate(int argc, char **argv)
{
    struct rotate_flags flags = { .set_path = DEFAULT_SET };

    for (int option;
         (option = argument_next("agentos keys rotate", argc, argv, rotate_options)) != -1;) {
        switch (option) {
        case 's': flags.is_switch = true; break;
        case 'r': flags.retired_kid = optarg; break;
        case 'j': flags.set_path = optarg; break;
        case 'h': (void)fputs(rotate_help, stdout); return EXIT_DONE;
        default: return usage(NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos keys rotate", argv[optind], false);
    if (flags.is_switch && flags.retired_kid != NULL)
        return usage("--switch and --retire are different steps");
    return rotate_keys(&flags);
}

/* ---- the list ---- */

/* Prints the keys of the set. Returns the exit status. */
static int list_keys(const char *set_path)
{
    AUTO(arena) *a = arena_new();
    struct rotation rotation;
    agentos_error err;

    agentos_status status = rotation_open(a, set_path, &rotation, &err);
    for (size_t i = 0; status == AGENTOS_OK && i < rotation.set.count; i++) {
        const struct set_key *key = &rotation.set.keys[i];

        (void)printf("%-8s %-8s ", rotation_state(&rotation, key->thumbprint),
                     key->alg != NULL ? key->alg->name : "-");
        output_line(stdout, "", key->kid);
    }
    rotation_close(&rotation);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}

int keys_list(int argc, char **argv)
{
    static const struct option options[] = { { "jwks", required_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *set_path = DEFAULT_SET;

    for (int option; (option = argument_next("agentos keys list", argc, argv, options)) != -1;) {
        switch (option) {
        case 'j': set_path = optarg; break;
        case 'h': (void)fputs(list_help, stdout); return EXIT_DONE;
        default: return command_usage("agentos keys list", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos keys list", argv[optind], false);
    return list_keys(set_path);
}
