/* Implements `agentos db migrate`, which updates a database to the schema of this version, and
 * `agentos db backup`, which copies a database while it is in use. The server also migrates its
 * database when it starts. */
#include <getopt.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "store/db.h"
#include "store/schema.h"

static const char help[] =
    "usage: agentos db migrate [--config FILE | --database URL] [--no-copy]\n"
    "       agentos db backup [--config FILE | --database URL] COPY\n"
    "\n"
    "migrate brings the database to the schema of this version; there is no way back. What was\n"
    "before is kept in FILE.before-N, N being the schema that it is brought to.\n"
    "backup copies it into the new file COPY, as it is, while a server may be using it.\n"
    "\n"
    "  --config FILE   the one whose `database` to use; default: agentos.yaml here, if there is "
    "one\n"
    "  --database URL  sqlite:PATH, instead of the configuration's\n"
    "  --no-copy       keep no copy of what was before the migration\n";

struct db_arguments {
    const char *url;
    const char *copy;  /* of backup */
    bool without_copy; /* of migrate */
};

/* Prints why the command was misused, unless `why` is NULL, and how to get help. Stores the exit
 * code in *code. Always returns false. */
static bool refuse_usage(const char *why, int *code)
{
    *code = command_usage("agentos db", why);
    return false;
}

/* Sets *url to the URL of the configured database, unless it is set already. Returns false and
 * stores the exit code in *code if the configuration cannot be used. */
static bool find_url(const char *config, arena *a, const char **url, int *code)
{
    struct options options;
    agentos_error err;

    if (*url != NULL)
        return true;
    if (configured_options(config, a, &options, &err) != AGENTOS_OK) {
        *code = command_fail(&err);
        return false;
    }
    ensure(options.database != NULL); /* it has a default */
    *url = options.database;
    return true;
}

/* Fills in *out from the command line and the configuration. Returns false if the command is over:
 * help was printed, or the usage or the configuration is wrong. *code is then the exit code. */
static bool read_arguments(int argc, char **argv, arena *a, struct db_arguments *out, int *code)
{
    static const struct option options[] = {
        { "no-copy", no_argument, NULL, 'n' }, /* first, since backup does without it */
        { "config", required_argument, NULL, 'c' }, { "database", required_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    bool takes_copy = strcmp(argv[0], "backup") == 0;
    const struct option *allowed = takes_copy ? &options[1] : options;
    const char *config = NULL;

    ensure(out->url == NULL && out->copy == NULL);
    for (int option; (option = getopt_long(argc, argv, "h", allowed, NULL)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'd': out->url = optarg; break;
        case 'n': out->without_copy = true; break;
        case 'h':
            (void)fputs(help, stdout);
            *code = EXIT_DONE;
            return false;
        default: return refuse_usage(NULL, code);
        }
    }
    if (config != NULL && out->url != NULL)
        return refuse_usage("--config and --database exclude each other", code);
    if (argc - optind != (takes_copy ? 1 : 0))
        return refuse_usage(
            takes_copy ? "backup takes the name of one new file" : "migrate takes no file", code);
    out->copy = argv[optind]; /* NULL for migrate: it is the end of argv */
    return find_url(config, a, &out->url, code);
}

/* Implements `agentos db migrate`. Opening the database brings its schema up to date. */
static int db_migrate(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { 0 };
    struct db *db = NULL;
    agentos_error err;
    int code;

    if (!read_arguments(argc, argv, a, &arguments, &code))
        return code;
    const struct db_options options = { .url = arguments.url,
                                        .without_copy = arguments.without_copy };
    if (db_open(&options, &agentos_schema, &db, &err) != AGENTOS_OK)
        return command_fail(&err);
    db_close(db);
    (void)printf("%s is up to date\n", arguments.url);
    return EXIT_DONE;
}

/* Implements `agentos db backup`. The schema of the database is not changed. */
static int db_backup_command(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { 0 };
    struct db *db = NULL;
    agentos_error err;
    int code;

    if (!read_arguments(argc, argv, a, &arguments, &code))
        return code;
    ensure(arguments.copy != NULL);
    /* as_is: the database is not migrated, and a server may be using it. */
    const struct db_options options = { .url = arguments.url, .as_is = true };
    if (db_open(&options, &agentos_schema, &db, &err) != AGENTOS_OK)
        return command_fail(&err);
    agentos_status status = db_backup(db, arguments.copy, &err);
    db_close(db);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%s is copied to %s\n", arguments.url, arguments.copy);
    return EXIT_DONE;
}

/* Runs the subcommand of `agentos db` that argv names. */
int cmd_db(int argc, char **argv)
{
    static const struct command commands[] = {
        { "migrate", "bring the database to this version's schema", db_migrate },
        { "backup", "copy the database while it is in use", db_backup_command },
    };

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    return command_dispatch("agentos db", commands, COUNT(commands), argc, argv);
}
