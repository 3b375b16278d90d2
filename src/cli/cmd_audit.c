/* Implements `agentos audit verify`, which checks the chain of the audit log. The check changes
 * nothing, but it runs as a write job, so that no row is appended while it reads. */
#include <getopt.h>
#include <inttypes.h>

#include "base/list.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "os/audit_key.h"
#include "store/schema.h"

static const char help[] =
    "usage: agentos audit verify [--config FILE]\n"
    "\n"
    "Checks every row of the audit log against its key: none was changed, removed or reordered.\n"
    "\n"
    "  --config FILE  the one whose database and audit.key to use; default: agentos.yaml here\n"
    "\n"
    "Exit 0: the chain is whole; 1: it is not, or cannot be read; 2: usage.\n";

struct check {
    struct db_job job;
    const struct audit *audit;
    int64_t count; /* of rows that were checked */
};

/* Verifies the chain. Runs on the database's thread. */
static agentos_status run_check(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct check *check = LIST_OWNER(job, struct check, job);

    ensure(check->audit != NULL);
    return audit_verify(check->audit, conn, &check->count, err);
}

/* Verifies the chain in the open database, with the configured audit key. Waits for the database.
 * Writes the number of checked rows to *count. */
static agentos_status check_open_chain(struct db *db, const struct options *options, int64_t *count,
                                       agentos_error *err)
{
    struct check check = { .job.run = run_check };
    struct audit *audit = NULL;

    TRY(audit_open(options, &audit, err));
    check.audit = audit;
    agentos_status status = db_write_now(db, &check.job);
    audit_free(audit);
    *count = check.count;
    if (status != AGENTOS_OK)
        return fail(err, status, "%s", check.job.err.message);
    return AGENTOS_OK;
}

/* Opens the configured database and verifies its chain. A server may be using the database, so it
 * is not migrated (as_is). Writes the number of checked rows to *count. */
static agentos_status check_chain(const struct options *options, int64_t *count, agentos_error *err)
{
    ensure(options->database != NULL);
    const struct db_options db_options = { .url = options->database, .as_is = true };
    struct db *db = NULL;

    TRY(db_open(&db_options, &agentos_schema, &db, err));
    agentos_status status = check_open_chain(db, options, count, err);
    db_close(db);
    return status;
}

/* Checks the chain of the configured database and prints the result. Returns the exit code. */
static int verify_audit(const char *config)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    int64_t count = 0;
    agentos_error err;

    if (configured_options(config, a, &options, &err) != AGENTOS_OK)
        return command_fail(&err);
    if (check_chain(&options, &count, &err) != AGENTOS_OK) {
        (void)fprintf(stderr, "agentos: %s\n", err.message);
        return EXIT_FAILED; /* for every status: EXIT_USAGE would mean a misused command */
    }
    (void)printf("%" PRId64 " rows, none changed, removed or reordered\n", count);
    return EXIT_DONE;
}

/* Parses the arguments of `agentos audit verify` and runs it. */
static int audit_verify_command(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *config = NULL;

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos audit verify", NULL);
        }
    }
    if (optind < argc)
        return command_usage("agentos audit verify", "it takes no arguments");
    return verify_audit(config);
}

/* Runs the subcommand of `agentos audit` that argv names. */
int cmd_audit(int argc, char **argv)
{
    static const struct command commands[] = {
        { "verify", "check that no row was changed, removed or reordered", audit_verify_command },
    };

    return command_dispatch("agentos audit", commands, COUNT(commands), argc, argv);
}
