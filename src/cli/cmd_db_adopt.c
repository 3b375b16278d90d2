/* Implements `agentos db adopt`, which begins a new chain of the audit log where the old one is
 * broken. The old rows remain. */
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/list.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/db.h"
#include "os/audit_key.h"
#include "store/db.h"
#include "store/schema.h"

static const char help[] =
    "usage: agentos db adopt --reason TEXT [--config FILE]\n"
    "\n"
    "Takes the audit log as it is, where `agentos audit verify` finds that it was changed, cut "
    "off,\n"
    "or sealed with a key that is lost. The rows remain, a new chain begins behind them with a "
    "row\n"
    "that tells the reason, and only what follows is checked. No server may use the database.\n"
    "\n"
    "  --reason TEXT  why, for the audit log\n"
    "  --config FILE  the one whose database and audit.key to use; default: agentos.yaml here\n"
    "\n"
    "Exit 0: adopted; 1: it cannot be; 2: usage, or a server uses the database.\n"
    "\n"
    "Examples:\n"
    "  agentos db adopt --reason 'the key was lost'\n"
    "  agentos db adopt --config /etc/agentos/agentos.yaml --reason 'restored by hand'\n";

struct adopting {
    struct db_job job;
    const struct audit *audit;
    struct audit_adoption adoption;
};

/* Adopts the log. Runs on the database's thread. */
static agentos_status run_adopting(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct adopting *adopting = LIST_OWNER(job, struct adopting, job);

    return audit_adopt(adopting->audit, conn, &adopting->adoption, err);
}

/* Adopts the log of the open database. Waits for the database. */
static agentos_status adopt_in(struct db *db, const struct options *options, const char *reason,
                               agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct adopting adopting = {
        .job.run = run_adopting,
        .adoption = { .actor = arena_printf(a, "system:%ld", (long)getuid()),
                      .action = "audit adopted",
                      .reason = reason,
                      .now_s = clock_now_s() },
    };
    struct audit *audit = NULL;

    TRY(audit_open(options, &audit, err));
    adopting.audit = audit;
    agentos_status status = db_write_now(db, &adopting.job);
    audit_free(audit);
    if (status != AGENTOS_OK)
        return fail(err, status, "%s", adopting.job.err.message);
    return AGENTOS_OK;
}

/* Opens the configured database, which no server may use, and adopts its log. */
static agentos_status adopt(const char *config, const char *reason, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct db *db = NULL;

    TRY(configured_options(config, a, &options, err));
    ensure(options.database != NULL); /* it has a default */
    TRY(db_open(&(struct db_options){ .url = options.database }, &agentos_schema, &db, err));
    agentos_status status = adopt_in(db, &options, reason, err);
    db_close(db);
    return status;
}

static const char program[] = "agentos db adopt";

// clang-format off
static const struct option options[] = {
    { "config", required_argument, NULL, 'c' },
    { "reason", required_argument, NULL, 'r' },
    { "help",   no_argument,       NULL, 'h' },
    { NULL,     0,                 NULL, 0 },
};
// clang-format on

int db_adopt_command(int argc, char **argv)
{
    const char *config = NULL, *reason = NULL;
    agentos_error err;

    for (int option; (option = argument_next(program, argc, argv, options)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'r': reason = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage(program, NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected(program, argv[optind], true);
    if (reason == NULL || reason[0] == '\0')
        return command_usage(program, "it needs --reason TEXT");
    if (strlen(reason) > AUDIT_REASON_MAX_BYTES)
        return command_usage(program, "the reason is too long");
    if (adopt(config, reason, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)puts("the audit log is adopted; what follows is checked");
    return EXIT_DONE;
}
