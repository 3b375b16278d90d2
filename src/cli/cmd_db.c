/* Implements `agentos db migrate` and `agentos db backup`. */

#include "base/ensure.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/db.h"
#include "config/database_url.h"
#include "store/db.h"
#include "store/schema.h"

#define DATABASE_HELP                                                                          \
    "  --config FILE   the one whose `database` to use; default: agentos.yaml here, if there " \
    "is one\n"                                                                                 \
    "  --database URL  sqlite:PATH, instead of the configuration's\n"

static const char migrate_help[] =
    "usage: agentos db migrate [--config FILE | --database URL] [--no-copy]\n"
    "\n"
    "Brings the database to the schema of this version; there is no way back. What was before is\n"
    "kept in FILE.before-N, N being the schema that it is brought to.\n"
    "\n" DATABASE_HELP "  --no-copy       keep no copy of what was before the migration\n"
    "\n"
    "Examples:\n"
    "  agentos db migrate\n"
    "  agentos db migrate --database sqlite:/var/lib/agentos/agentos.db --no-copy\n";

static const char backup_help[] =
    "usage: agentos db backup [--config FILE | --database URL] COPY\n"
    "\n"
    "Copies the database into the new file COPY, as it is, while a server may be using it.\n"
    "\n" DATABASE_HELP "\n"
    "Examples:\n"
    "  agentos db backup agentos-$(date +%F).db\n"
    "  agentos db backup --database sqlite:data/agentos.db copy.db\n";

struct db_arguments {
    const char *config; /* NULL: agentos.yaml, if it exists */
    const char *url;    /* NULL: the configured database */
    const char *copy;   /* for backup */
    bool without_copy;  /* for migrate */
};

// clang-format off
static const struct option migrate_options[] = {
    { "config",   required_argument, NULL, 'c' },
    { "database", required_argument, NULL, 'd' },
    { "no-copy",  no_argument,       NULL, 'n' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};

static const struct option backup_options[] = {
    { "config",   required_argument, NULL, 'c' },
    { "database", required_argument, NULL, 'd' },
    { "help",     no_argument,       NULL, 'h' },
    { NULL,       0,                 NULL, 0 },
};
// clang-format on

/* What a subcommand is called, its help and its options. */
struct db_words {
    const char *program, *help;
    const struct option *options;
};

static const struct db_words migrate_words = { "agentos db migrate", migrate_help,
                                               migrate_options };
static const struct db_words backup_words = { "agentos db backup", backup_help, backup_options };

/* Parses the options of a subcommand. Returns false with the exit status in *code if the command
 * ends here, because of --help or wrong usage. */
static bool read_options(int argc, char **argv, const struct db_words *words,
                         struct db_arguments *out, int *code)
{
    ensure(out->config == NULL && out->url == NULL);
    for (int option; (option = argument_next(words->program, argc, argv, words->options)) != -1;) {
        switch (option) {
        case 'c': out->config = optarg; break;
        case 'd': out->url = optarg; break;
        case 'n': out->without_copy = true; break;
        case 'h':
            (void)fputs(words->help, stdout);
            *code = EXIT_DONE;
            return false;
        default: *code = command_usage(words->program, NULL); return false;
        }
    }
    if (out->config == NULL || out->url == NULL)
        return true;
    *code = command_usage(words->program, "--config and --database are mutually exclusive");
    return false;
}

/* Converts the URL of --database to the form that db_open takes. Allocated from the arena. */
static agentos_status read_given_url(struct db_arguments *arguments, arena *a, agentos_error *err)
{
    str path;

    ensure(arguments->url != NULL);
    const char *error = database_url_read(str_of(arguments->url), &path);
    if (error != NULL)
        return fail(err, AGENTOS_INVALID, "--database %s", error);
    arguments->url = "memory";
    if (path.len > 0)
        arguments->url = arena_printf(a, "sqlite:%.*s", (int)path.len, path.ptr);
    return AGENTOS_OK;
}

/* Sets the URL from --database or the configuration. Allocated from the arena. */
static agentos_status find_url(struct db_arguments *arguments, arena *a, agentos_error *err)
{
    struct options options;

    if (arguments->url != NULL)
        return read_given_url(arguments, a, err);
    TRY(configured_options(arguments->config, a, &options, err));
    ensure(options.database != NULL); /* it has a default */
    arguments->url = options.database;
    return AGENTOS_OK;
}

/* Migrates the database by opening it. */
static agentos_status migrate_database(struct db_arguments *arguments, arena *a, agentos_error *err)
{
    struct db *db = NULL;

    TRY(find_url(arguments, a, err));
    const struct db_options options = {
        .url = arguments->url,
        .without_copy = arguments->without_copy,
    };
    TRY(db_open(&options, &agentos_schema, &db, err));
    db_close(db);
    return AGENTOS_OK;
}

static int db_migrate(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { .url = NULL };
    agentos_error err;
    int code;

    if (!read_options(argc, argv, &migrate_words, &arguments, &code))
        return code;
    if (optind < argc)
        return argument_unexpected(migrate_words.program, argv[optind], true);
    if (migrate_database(&arguments, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%s is up to date\n", arguments.url);
    return EXIT_DONE;
}

/* Copies the database without migrating it, because a server may be using it. */
static agentos_status back_up_database(struct db_arguments *arguments, arena *a, agentos_error *err)
{
    struct db *db = NULL;

    ensure(arguments->copy != NULL);
    TRY(find_url(arguments, a, err));
    const struct db_options options = { .url = arguments->url, .as_is = true };
    TRY(db_open(&options, &agentos_schema, &db, err));
    agentos_status status = db_backup(db, arguments->copy, err);
    db_close(db);
    return status;
}

static int db_backup_command(int argc, char **argv)
{
    AUTO(arena) *a = arena_new();
    struct db_arguments arguments = { .url = NULL };
    agentos_error err;
    int code;

    if (!read_options(argc, argv, &backup_words, &arguments, &code))
        return code;
    if (argc - optind != 1)
        return command_usage(backup_words.program, "give the name of one new file");
    arguments.copy = argv[optind];
    if (back_up_database(&arguments, a, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%s is copied to %s\n", arguments.url, arguments.copy);
    return EXIT_DONE;
}

int cmd_db(int argc, char **argv)
{
    static const struct command commands[] = {
        { "migrate", "bring the database to this version's schema", db_migrate },
        { "backup", "copy the database while it is in use", db_backup_command },
        { "restore", "put a copy in the place of the database", db_restore_command },
        { "purge", "delete the sessions of a user, or old ones", db_purge_command },
        { "adopt", "take the audit log as it is", db_adopt_command },
    };

    static const struct command_group group = {
        .program = "agentos db",
        .commands = commands,
        .count = COUNT(commands),
        .examples = "  agentos db backup copy.db\n"
                    "  agentos db restore copy.db\n"
                    "  agentos db migrate\n",
    };

    return command_dispatch(&group, argc, argv);
}
