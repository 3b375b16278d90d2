/* Implements `agentos token list`. */
#include <inttypes.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/accounts.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/token.h"
#include "json/writer.h"

static const char help[] =
    "usage: agentos token list [OPTION]...\n"
    "\n"
    "Shows the service accounts, oldest first: name, beginning of the token, when it was made and\n"
    "expires, when it was last used, whether it is active, and its scopes. Times are UTC.\n"
    "\n" REMOTE_HELP "  --active                  leave out those that were revoked\n"
    "  --json                    print them as the server sends them, as one JSON list\n"
    "\n"
    "Exit 0: shown; 1: refused, with the server's reason on standard error; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos token list\n"
    "  agentos token list --active --json --url https://os.example.com\n";

struct listing {
    struct remote_flags remote;
    bool active, json;
    int64_t now_s;
    size_t count;
};

static const char row_format[] = "%-24s %-16s  %-10s  %-10s  %-10s  %-7s  ";

/* Returns the date of a timestamp, such as "2026-11-21", or `none` if it is absent. */
static const char *day_of(const json_t *account, const char *name, const char *none,
                          char out[CLOCK_TEXT_SIZE])
{
    int64_t seconds = json_int(account, name, 0);

    if (seconds <= 0)
        return none;
    (void)clock_iso8601(seconds, out);
    out[strlen("2026-11-21")] = '\0'; /* without the time of day */
    return out;
}

static const char *state_of(const json_t *account, int64_t now_s)
{
    int64_t expires_at = json_int(account, "expires_at", INT64_MAX);

    if (json_int(account, "revoked_at", 0) > 0)
        return "revoked";
    return expires_at <= now_s ? "expired" : "active";
}

/* Prints an account as one line of the table. */
static void print_row(const json_t *account, int64_t now_s)
{
    AUTO_BUF text = buf_with_limit(ACCOUNT_TEXT_MAX_BYTES);
    char made[CLOCK_TEXT_SIZE], ends[CLOCK_TEXT_SIZE], used[CLOCK_TEXT_SIZE];
    const json_t *scope;
    size_t i;

    buf_printf(&text, row_format, account_text(account, "name"),
               account_text(account, "token_prefix"), day_of(account, "created_at", "-", made),
               day_of(account, "expires_at", "never", ends),
               day_of(account, "last_used_at", "never", used), state_of(account, now_s));
    json_array_foreach(json_object_get(account, "scopes"), i, scope)
        buf_printf(&text, "%s%s", i > 0 ? " " : "", account_text(scope, "raw"));
    output_line(stdout, "", text.ptr);
}

/* Prints the table header before the first account, so that a failed request prints nothing. */
static void print_header_once(const struct listing *listing)
{
    if (listing->count > 0 || listing->json)
        return;
    (void)printf(row_format, "NAME", "TOKEN", "MADE", "EXPIRES", "LAST USED", "STATE");
    (void)puts("SCOPES");
}

/* Prints one account. Returns true to continue. */
static bool print_account(void *user, const json_t *account)
{
    struct listing *listing = user;
    AUTO_BUF text = buf_with_limit(ACCOUNT_TEXT_MAX_BYTES);

    print_header_once(listing);
    if (listing->json) {
        write_json(&(writer){ .out = &text }, account);
        output_line(stdout, listing->count > 0 ? "," : "[", text.ptr);
    } else {
        print_row(account, listing->now_s);
    }
    listing->count++;
    return true;
}

/* Fetches and prints the accounts. The caller must close *remote, on failure too. */
static agentos_status list_accounts(arena *a, struct listing *listing, struct remote *remote,
                                    agentos_error *err)
{
    TRY(remote_open(a, &listing->remote, remote, err));
    TRY(accounts_visit(remote, !listing->active, print_account, listing, err));
    print_header_once(listing);
    if (listing->json)
        (void)puts(listing->count > 0 ? "]" : "[]");
    return AGENTOS_OK;
}

// clang-format off
static const struct option list_options[] = {
    REMOTE_OPTIONS,
    { "active", no_argument, NULL, 'a' },
    { "json",   no_argument, NULL, 'j' },
    { "help",   no_argument, NULL, 'h' },
    { NULL,     0,           NULL, 0 },
};
// clang-format on

int token_list(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct listing listing = { .now_s = clock_now_s() };
    struct remote remote = { .url = NULL };
    agentos_error err;

    for (int option;
         (option = argument_next("agentos token list", argc, argv, list_options)) != -1;) {
        switch (option) {
        case 'a': listing.active = true; break;
        case 'j': listing.json = true; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default:
            if (!remote_take_flag(option, optarg, &listing.remote))
                return command_usage("agentos token list", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos token list", argv[optind], false);
    agentos_status status = list_accounts(a, &listing, &remote, &err);
    remote_close(&remote);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}
