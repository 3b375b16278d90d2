/* Implements `agentos db restore`, which puts a copy of the database in its place. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/db.h"
#include "os/audit_key.h"
#include "store/restore.h"
#include "store/schema.h"
#include "json/writer.h"

static const char program[] = "agentos db restore";

static const char help[] =
    "usage: agentos db restore [--config FILE] COPY\n"
    "\n"
    "Puts a copy, of `agentos db backup` or one that an upgrade kept as FILE.before-N, in the "
    "place\n"
    "of the database, after a check that it is whole. It is not migrated, so that the version "
    "which\n"
    "wrote it can serve it again. What was there is kept as FILE.before-restore. No server may "
    "use\n"
    "the database meanwhile. The audit log gets a row.\n"
    "\n"
    "  --config FILE  the one whose database and audit.key to use; default: agentos.yaml here\n"
    "\n"
    "Exit 0: restored; 1: it cannot be; 2: usage, or a server uses the database.\n"
    "\n"
    "Examples:\n"
    "  agentos db restore agentos-2026-12-01.db\n"
    "  agentos db restore --config /etc/agentos/agentos.yaml "
    "/var/lib/agentos/agentos.db.before-5\n";

/* Appends the audit row of the restore, and moves the mark to the restored log. */
static agentos_status record_restoring(struct db_conn *conn, struct restoring *restoring,
                                       agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF after = buf_with_limit(64 * KiB);
    writer w = { .out = &after };

    write_object(&w);
    write_member(&w, "file", restoring->file);
    write_member_if(&w, "kept", restoring->kept[0] != '\0' ? restoring->kept : NULL);
    write_end(&w);
    const struct audit_row row = {
        .created_at = clock_now_s(),
        .actor = arena_printf(a, "system:%ld", (long)getuid()),
        .action = "database restored",
        .target = "database",
        .after = buf_ok(&after) ? arena_copy(a, buf_view(&after)) : NULL,
    };

    return audit_append_restored(restoring->user, conn, &row, err);
}

/* Restores the configured database from this copy. */
static agentos_status restore_from(const struct options *options, struct restoring *restoring,
                                   agentos_error *err)
{
    static const str sqlite = STR_INIT("sqlite:");
    char real[PATH_MAX];
    struct audit *audit = NULL;

    ensure(options->database != NULL);
    if (!str_starts(str_of(options->database), sqlite))
        return fail(err, AGENTOS_INVALID, "A database in memory cannot be restored");
    const char *path = options->database + sqlite.len;
    restoring->path = realpath(path, real) != NULL ? real : path;
    TRY(audit_open(options, &audit, err));
    restoring->user = audit;
    agentos_status status = restore_database(restoring, err);
    audit_free(audit);
    return status;
}

/* Restores the configured database and prints the result. Returns the exit code. */
static int restore_and_print(const char *config, const char *copy)
{
    AUTO(arena) *a = arena_new();
    struct restoring restoring = {
        .file = copy,
        .schema = &agentos_schema,
        .record = record_restoring,
    };
    struct options options;
    agentos_error err;

    if (configured_options(config, a, &options, &err) != AGENTOS_OK ||
        restore_from(&options, &restoring, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%s is restored from %s\n", options.database, copy);
    if (restoring.kept[0] != '\0')
        (void)printf("what was there is kept in %s\n", restoring.kept);
    if (!restoring.is_recorded)
        (void)fprintf(
            stderr, "agentos: the audit log does not mention it: %s; see `agentos audit verify`\n",
            restoring.why.message);
    return EXIT_DONE;
}

int db_restore_command(int argc, char **argv)
{
    static const struct option options[] = { { "config", required_argument, NULL, 'c' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *config = NULL;

    for (int option; (option = argument_next(program, argc, argv, options)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage(program, NULL);
        }
    }
    if (argc - optind != 1)
        return command_usage(program, "give the name of one copy");
    return restore_and_print(config, argv[optind]);
}
