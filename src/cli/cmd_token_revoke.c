/* Implements `agentos token revoke`. */
#include <ctype.h>

#include "auth/scope/scope.h"
#include "base/random.h"
#include "cli/accounts.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/token.h"

static const char help[] =
    "usage: agentos token revoke NAME|ID [OPTION]...\n"
    "\n"
    "Revokes a service account: its token is refused from now on. A name is "
    "looked up among the active\n"
    "accounts, which takes the scope service_accounts:read too.\n"
    "\n" REMOTE_HELP "\n"
    "Exit 0: revoked; 1: refused, or there is none; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos token revoke ci-bot\n"
    "  agentos token revoke 0198c0de-7a5b-7c3e-9d43-5f0e9a1b2c3d --url https://os.example.com\n";

/* Returns whether the text is a UUID: 8-4-4-4-12 hexadecimal digits (RFC 9562 §4). */
static bool is_uuid(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (is_dash && text.ptr[i] != '-')
            return false;
        if (!is_dash && !isxdigit((unsigned char)text.ptr[i]))
            return false;
    }
    return text.len == UUID_SIZE - 1;
}

struct lookup {
    arena *arena;
    const char *name;
    const char *id; /* NULL until it is found */
};

/* Stores the id of the account with this name. Returns false to stop. */
static bool match_name(void *user, const json_t *account)
{
    struct lookup *lookup = user;

    ensure(lookup->id == NULL);
    if (strcmp(account_text(account, "name"), lookup->name) == 0)
        lookup->id = arena_copy(lookup->arena, str_of(account_text(account, "id")));
    return lookup->id == NULL;
}

/* Finds the id of an account by its id, or by its name if it is active. */
static agentos_status find_id(arena *a, struct remote *remote, const char *account,
                              const char **out, agentos_error *err)
{
    struct lookup lookup = { .arena = a, .name = account };

    if (is_uuid(str_of(account)))
        lookup.id = account;
    if (lookup.id == NULL)
        TRY(accounts_visit(remote, false, match_name, &lookup, err));
    if (lookup.id == NULL)
        return fail(err, AGENTOS_NOT_FOUND, "%s has no active service account " QUOTED, remote->url,
                    QUOTE(str_of(account)));
    if (!scope_id_is_valid(str_of(lookup.id)))
        return fail(err, AGENTOS_UPSTREAM, "%s returned an invalid account id", remote->url);
    *out = lookup.id;
    return AGENTOS_OK;
}

/* Revokes the account with this name or id. The caller must close *remote, on failure too. */
static agentos_status revoke_account(arena *a, const struct remote_flags *flags,
                                     const char *account, struct remote *remote, agentos_error *err)
{
    const json_t *nothing = NULL; /* the answer is empty */
    const char *id = NULL;

    TRY(remote_open(a, flags, remote, err));
    TRY(find_id(a, remote, account, &id, err));
    const char *path = arena_printf(a, "/service-accounts/%s", id);
    const struct remote_request request = { .method = DELETE, .path = path, .body = STR("") };
    TRY(remote_call(remote, a, &request, &nothing, err));
    output_line(stdout, "revoked ", account);
    return AGENTOS_OK;
}

// clang-format off
static const struct option revoke_options[] = {
    REMOTE_OPTIONS,
    { "help", no_argument, NULL, 'h' },
    { NULL,   0,           NULL, 0 },
};
// clang-format on

int token_revoke(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct remote_flags flags = { .url = NULL };
    struct remote remote = { .url = NULL };
    agentos_error err;

    for (int option;
         (option = argument_next("agentos token revoke", argc, argv, revoke_options)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return EXIT_DONE;
        }
        if (!remote_take_flag(option, optarg, &flags))
            return command_usage("agentos token revoke", NULL);
    }
    if (argc - optind != 1)
        return command_usage("agentos token revoke", "give one NAME or ID");
    agentos_status status = revoke_account(a, &flags, argv[optind], &remote, &err);
    remote_close(&remote);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}
