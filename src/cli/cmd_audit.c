/* Implements `agentos audit verify`. */
#include <inttypes.h>

#include "base/list.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "os/audit_key.h"
#include "store/schema.h"

static const char help[] =
    "usage: agentos audit verify [--config FILE]\n"
    "\n"
    "Checks every row of the audit log against its key and its mark: none was changed, removed or\n"
    "reordered, and none is missing at the end.\n"
    "\n"
    "  --config FILE  the one whose database and audit.key to use; default: agentos.yaml here\n"
    "\n"
    "Exit 0: the chain is whole; 1: it is not, or cannot be read; 2: usage.\n"
    "\n"
    "Examples:\n"
    "  agentos audit verify\n"
    "  agentos audit verify --config /etc/agentos/agentos.yaml\n";

struct check {
    struct db_job job;
    const struct audit *audit;
    struct audit_extent extent;
};

/* Verifies the chain, as a write job, so that no row is added meanwhile. */
static agentos_status run_check(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct check *check = LIST_OWNER(job, struct check, job);

    ensure(check->audit != NULL);
    return audit_verify(check->audit, conn, &check->extent, err);
}

/* Verifies the chain of an open database. Waits for the result. */
static agentos_status check_open_chain(struct db *db, const struct options *options,
                                       struct audit_extent *extent, agentos_error *err)
{
    struct check check = { .job.run = run_check };
    struct audit *audit = NULL;

    TRY(audit_open(options, &audit, err));
    check.audit = audit;
    agentos_status status = db_write_now(db, &check.job);
    audit_free(audit);
    *extent = check.extent;
    if (status != AGENTOS_OK)
        return fail(err, status, "%s", check.job.err.message);
    return AGENTOS_OK;
}

/* Opens the configured database without migrating it, because a server may be using it. */
static agentos_status check_chain(const struct options *options, struct audit_extent *extent,
                                  agentos_error *err)
{
    ensure(options->database != NULL);
    const struct db_options db_options = { .url = options->database, .as_is = true };
    struct db *db = NULL;

    TRY(db_open(&db_options, &agentos_schema, &db, err));
    agentos_status status = check_open_chain(db, options, extent, err);
    db_close(db);
    return status;
}

/* Verifies the configured database and prints the result. Returns the exit status. */
static int verify_audit(const char *config)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct audit_extent extent = { 0 };
    agentos_error err;

    if (configured_options(config, a, &options, &err) != AGENTOS_OK)
        return command_fail(&err);
    if (check_chain(&options, &extent, &err) != AGENTOS_OK) {
        (void)fprintf(stderr, "agentos: %s\n", err.message);
        return EXIT_FAILED; /* not EXIT_USAGE, even for INVALID */
    }
    (void)printf("%" PRId64 " rows, none changed, removed or reordered\n", extent.checked);
    if (extent.before > 0)
        (void)printf("rows up to %" PRId64 " were removed or adopted, and are not checked\n",
                     extent.before);
    return EXIT_DONE;
}

static int audit_verify_command(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *config = NULL;

    for (int option; (option = argument_next("agentos audit verify", argc, argv, options)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage("agentos audit verify", NULL);
        }
    }
    if (optind < argc)
        return argument_unexpected("agentos audit verify", argv[optind], true);
    return verify_audit(config);
}

int cmd_audit(int argc, char **argv)
{
    static const struct command commands[] = {
        { "verify", "check that no row was changed, removed or reordered", audit_verify_command },
    };
    static const struct command_group group = {
        .program = "agentos audit",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos audit verify\n"
                    "  agentos audit verify --config /etc/agentos/agentos.yaml\n",
    };

    return command_dispatch(&group, argc, argv);
}
