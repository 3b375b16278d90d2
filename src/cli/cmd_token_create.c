/* Implements `agentos token create`. */

#include "base/clock.h"
#include "base/limits.h"
#include "cli/accounts.h"
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/scope_warning.h"
#include "cli/token.h"
#include "json/writer.h"

static const char help[] =
    "usage: agentos token create NAME [OPTION]...\n"
    "\n"
    "Creates a service account, sa:NAME, and prints its token, which the server does not show "
    "again.\n"
    "\n" REMOTE_HELP
    "  --scope S                 repeatable; default: the server's, to run and to read\n"
    "  --expires-in-days N       1 to 3650; default: 90\n"
    "  --never-expires\n"
    "  --allow-privileged-scopes allow scopes that write, delete or administer\n"
    "  --json                    print all of the server's answer\n"
    "\n"
    "Exit 0: created; 1: refused, with the server's reason on standard error; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos token create ci-bot --scope agents:my-agent:run\n"
    "  agentos token create nightly --expires-in-days 30 --url https://os.example.com\n";

enum { PRINTED_MAX_BYTES = MiB };

struct creation {
    struct remote_flags remote;
    const char *name;
    struct texts scopes;
    int64_t days; /* until it expires; 0: the server's default */
    bool never_expires, allow_privileged, json;
};

static void write_scopes(const struct texts *scopes, writer *w)
{
    write_key(w, "scopes");
    write_array(w);
    for (size_t i = 0; i < scopes->count; i++) {
        write_object(w);
        write_member(w, "scope", scopes->items[i]);
        write_end(w);
    }
    write_end(w);
}

/* Writes the request body, without the members that keep the server's default. */
static agentos_status write_request(const struct creation *c, buf *out, agentos_error *err)
{
    writer w = { .out = out };

    ensure(c->name != NULL);
    ensure(c->days == 0 || !c->never_expires); /* see read_arguments */
    write_object(&w);
    write_member(&w, "name", c->name);
    if (c->scopes.count > 0)
        write_scopes(&c->scopes, &w);
    if (c->days > 0)
        write_member_int(&w, "expires_in_days", c->days);
    if (c->never_expires)
        write_member_bool(&w, "never_expires", true);
    if (c->allow_privileged)
        write_member_bool(&w, "allow_privileged_scopes", true);
    write_end(&w);
    if (!buf_ok(out) || !str_is_utf8(buf_view(out)))
        return fail(err, AGENTOS_INVALID, "the name or a scope is too long or not valid UTF-8");
    return AGENTOS_OK;
}

/* Appends the expiry time. */
static void append_expiry(buf *text, int64_t expires_at)
{
    char time[CLOCK_TEXT_SIZE];

    if (expires_at > 0)
        buf_printf(text, "until %s", clock_iso8601(expires_at, time));
    else
        buf_append(text, STR("never expires"));
}

/* Prints the new account to standard error, without its secret. */
static void print_summary(const json_t *account)
{
    AUTO_BUF text = buf_with_limit(PRINTED_MAX_BYTES);
    const json_t *scope;
    size_t i;

    buf_printf(&text, "%s, %s..., ", account_text(account, "principal"),
               account_text(account, "token_prefix"));
    append_expiry(&text, json_int(account, "expires_at", 0));
    buf_append_char(&text, ':');
    json_array_foreach(json_object_get(account, "scopes"), i, scope)
        buf_printf(&text, " %s", account_text(scope, "raw"));
    if (buf_ok(&text))
        output_line(stderr, "agentos: created ", text.ptr);
    else
        output_line(stderr, "agentos: created ", "it");
}

/* Prints the token, or the whole answer with --json, and a summary to standard error. */
static agentos_status print_account(const struct remote *remote, const json_t *account,
                                    bool as_json, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(ACCOUNT_TEXT_MAX_BYTES);
    const char *token = json_text(account, "token");

    if (token == NULL || token[0] == '\0' || !str_is_visible(str_of(token)))
        return fail(err, AGENTOS_UPSTREAM, "%s answered without a token", remote->url);
    if (as_json)
        write_json(&(writer){ .out = &text }, account);
    output_line(stdout, "", as_json ? text.ptr : token);
    if (fflush(stdout) != 0 || ferror(stdout) != 0)
        return fail(err, AGENTOS_INTERNAL,
                    "the token could not be written, and is not shown again: revoke %.128s",
                    account_text(account, "principal"));
    print_summary(account);
    return AGENTOS_OK;
}

/* Creates the account and prints it. The caller must close *remote, on failure too. */
static agentos_status create_account(arena *a, const struct creation *c, struct remote *remote,
                                     agentos_error *err)
{
    AUTO_BUF body = buf_with_limit(BODY_MAX_BYTES);
    const json_t *account = NULL;

    for (size_t i = 0; i < c->scopes.count; i++)
        scope_warn(a, c->scopes.items[i]);
    TRY(remote_open(a, &c->remote, remote, err));
    TRY(write_request(c, &body, err));
    const struct remote_request request = { .method = POST,
                                            .path = "/service-accounts",
                                            .body = buf_view(&body) };
    TRY(remote_call(remote, a, &request, &account, err));
    return print_account(remote, account, c->json, err);
}

// clang-format off
static const struct option create_options[] = {
    REMOTE_OPTIONS,
    { "scope",                   required_argument, NULL, 's' },
    { "expires-in-days",         required_argument, NULL, 'd' },
    { "never-expires",           no_argument,       NULL, 'n' },
    { "allow-privileged-scopes", no_argument,       NULL, 'P' },
    { "json",                    no_argument,       NULL, 'j' },
    { "help",                    no_argument,       NULL, 'h' },
    { NULL,                      0,                 NULL, 0 },
};
// clang-format on

/* Stores the value of one option. Returns false if the option or its value is not valid. */
static bool take_option(int option, const char *value, struct creation *c)
{
    switch (option) {
    case 's': texts_add(&c->scopes, value); return true;
    case 'd': return str_to_int(str_of(value), &c->days) && c->days > 0;
    case 'n': c->never_expires = true; return true;
    case 'P': c->allow_privileged = true; return true;
    case 'j': c->json = true; return true;
    default: return remote_take_flag(option, value, &c->remote);
    }
}

/* Prints `why` unless it is NULL, and sets *code. Returns false. */
static bool refuse_usage(const char *why, int *code)
{
    *code = command_usage("agentos token create", why);
    return false;
}

/* Prints why the option is not valid, unless getopt_long has. Returns false. */
static bool refuse_option(int option, int *code)
{
    if (option == 'd')
        return refuse_usage("--expires-in-days must be a number of days", code);
    return refuse_usage(NULL, code);
}

/* Parses the arguments. Returns false with the exit status in *code if the command ends here,
 * because of --help or wrong usage. */
static bool read_arguments(int argc, char **argv, struct creation *c, int *code)
{
    for (int option;
         (option = argument_next("agentos token create", argc, argv, create_options)) != -1;) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            *code = EXIT_DONE;
            return false;
        }
        if (!take_option(option, optarg, c))
            return refuse_option(option, code);
    }
    if (argc - optind != 1)
        return refuse_usage("give one NAME", code);
    if (c->days > 0 && c->never_expires)
        return refuse_usage("--expires-in-days and --never-expires are mutually exclusive", code);
    c->name = argv[optind];
    return true;
}

int token_create(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct creation c = { .scopes = texts_for(a, argc) };
    struct remote remote = { .url = NULL };
    agentos_error err;
    int code;

    if (!read_arguments(argc, argv, &c, &code))
        return code;
    agentos_status status = create_account(a, &c, &remote, &err);
    remote_close(&remote);
    return status == AGENTOS_OK ? EXIT_DONE : command_fail(&err);
}
