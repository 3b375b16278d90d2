/* agentos db: bring the database to this version's schema, or copy it while it is in use. The
 * server migrates by itself when it starts; `db migrate` does it beforehand. */
#include <getopt.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "config/faults.h"
#include "os/options.h"
#include "store/db.h"
#include "store/schema.h"

static const char help[] =
    "usage: agentos db migrate [--config FILE | --database URL]\n"
    "       agentos db backup [--config FILE | --database URL] COPY\n"
    "\n"
    "migrate brings the database to the schema of this version; there is no way back.\n"
    "backup copies it into the new file COPY, as it is, while a server may be using it.\n"
    "\n"
    "  --config FILE   whose `database` is meant; default: agentos.yaml here, if there is one\n"
    "  --database URL  sqlite:PATH, instead of the configuration's\n";

struct db_arguments {
    const char *url;
    const char *copy; /* of backup */
};

static int usage(const char *problem)
{
    return command_usage("agentos db", problem);
}

/* The configuration's database. */
static int read_url(const char *config, arena *a, const char **url)
{
    const struct option_flags flags = { .config = config, .port = -1 };
    struct config_faults faults = { 0 };
    struct options options = { 0 };
    agentos_error err;

    agentos_status status = options_load(&flags, a, &options, &faults, &err);
    faults_print(&faults, stderr);
    if (status != AGENTOS_OK)
        return faults.count > 0 ? EXIT_USAGE : command_fail(&err);
    *url = options.database;
    return EXIT_DONE;
}

/* out->url stays NULL when there is nothing more to do. */
static int read_arguments(int argc, char **argv, arena *a, struct db_arguments *out)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' },
        { "database", required_argument, NULL, 'd' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    bool takes_copy = strcmp(argv[0], "backup") == 0;
    const char *config = NULL, *url = NULL;

    for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'd': url = optarg; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return EXIT_USAGE;
        }
    }
    if (argc - optind != (takes_copy ? 1 : 0))
        return usage(takes_copy ? "backup needs one file to make" : "migrate takes no file");
    out->copy = argv[optind];
    out->url = url;
    return url != NULL ? EXIT_DONE : read_url(config, a, &out->url);
}

static int db_migrate(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { 0 };
    struct db *db = NULL;
    agentos_error err;
    int code = read_arguments(argc, argv, a, &arguments);

    if (arguments.url == NULL)
        return code;
    if (db_open(&(struct db_options){ .url = arguments.url }, &agentos_schema, &db, &err) !=
        AGENTOS_OK)
        return command_fail(&err);
    db_close(db);
    (void)printf("%s is up to date\n", arguments.url);
    return EXIT_DONE;
}

static int db_copy(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { 0 };
    struct db *db = NULL;
    agentos_error err;
    int code = read_arguments(argc, argv, a, &arguments);

    if (arguments.url == NULL)
        return code;
    if (db_open(&(struct db_options){ .url = arguments.url, .as_is = true }, &agentos_schema, &db,
                &err) != AGENTOS_OK)
        return command_fail(&err);
    agentos_status status = db_backup(db, arguments.copy, &err);
    db_close(db);
    if (status != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%s is copied to %s\n", arguments.url, arguments.copy);
    return EXIT_DONE;
}

int cmd_db(int argc, char **argv)
{
    static const struct command commands[] = {
        { "migrate", "bring the database to this version's schema", db_migrate },
        { "backup", "copy the database while it is in use", db_copy },
    };

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(help, stdout);
        return EXIT_DONE;
    }
    return command_dispatch("agentos db", commands, COUNT(commands), argc, argv);
}
