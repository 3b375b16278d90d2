/* Implements `agentos db purge`, which deletes the sessions of a user, or old ones, with their
 * runs. */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/configured.h"
#include "cli/db.h"
#include "os/audit_key.h"
#include "store/schema.h"
#include "store/session_purge.h"
#include "json/writer.h"

static const char program[] = "agentos db purge";

static const char help[] =
    "usage: agentos db purge [--config FILE] [--dry-run] --user ISSUER SUB\n"
    "       agentos db purge [--config FILE] [--dry-run] --older-than AGE\n"
    "\n"
    "Deletes sessions and their runs. No server may use the database meanwhile, except with\n"
    "--dry-run. The audit log gets a row; service accounts stay.\n"
    "\n"
    "  --user             those of the user SUB of ISSUER; '' is the plain authorization block\n"
    "  --older-than AGE   those that have not changed for AGE, such as 90d or 12h\n"
    "  --dry-run          only say how many there are\n"
    "  --config FILE      the one whose database and audit.key to use; default: agentos.yaml here\n"
    "\n"
    "Exit 0: done; 1: failed; 2: usage, or a server uses the database.\n"
    "\n"
    "Examples:\n"
    "  agentos db purge --user '' ann --dry-run\n"
    "  agentos db purge --user https://api.workos.com user_01ANN\n"
    "  agentos db purge --older-than 90d\n";

enum { AGE_MAX_DAYS = 36500, DAY_S = 24 * 60 * 60 };

struct purging {
    struct db_job job;
    struct session_purge purge;
    const struct audit *audit;
    bool is_dry;
    int64_t age_s;              /* of --older-than; 0 with --user */
    struct purge_counts counts; /* before */
    int64_t deleted, left;      /* of the last step */
};

/* Reads an age such as 90d or 12h, in seconds. Returns false for anything else. */
static bool read_age(const char *text, int64_t *out)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 'h', 60 * 60 }, { 'd', DAY_S } };
    str number = str_of(text);

    if (number.len < 2)
        return false;
    number.len--;
    if (!str_to_int(number, out) || *out < 1 || *out > (int64_t)AGE_MAX_DAYS * 24)
        return false;
    for (size_t i = 0; i < COUNT(units); i++)
        if (text[number.len] == units[i].unit) {
            *out *= units[i].seconds;
            return *out <= (int64_t)AGE_MAX_DAYS * DAY_S;
        }
    return false;
}

/* Returns the JSON for the audit row of the purge, in the arena. */
static const char *describe_purge(arena *a, const struct purging *p)
{
    AUTO_BUF text = buf_with_limit(64 * KiB);
    writer w = { .out = &text };

    write_object(&w);
    if (p->purge.user_id != NULL) {
        write_member(&w, "issuer", p->purge.issuer);
        write_member(&w, "user_id", p->purge.user_id);
    } else {
        write_member_int(&w, "older_than_s", p->age_s);
    }
    write_member_int(&w, "sessions", p->counts.sessions);
    write_member_int(&w, "runs", p->counts.runs);
    write_end(&w);
    return buf_ok(&text) ? arena_copy(a, buf_view(&text)) : NULL;
}

/* Counts the rows. Unless this is a dry run, also records the purge and deletes the first
 * sessions, in one transaction. Called on a database thread. */
static agentos_status begin_purge(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct purging *p = LIST_OWNER(job, struct purging, job);
    AUTO(arena) *a = arena_new();

    TRY(session_purge_count(conn, &p->purge, &p->counts, err));
    if (p->is_dry || p->counts.sessions == 0)
        return AGENTOS_OK;
    TRY(audit_start(p->audit, conn, clock_now_s(), err));
    const struct audit_row row = {
        .created_at = clock_now_s(),
        .actor = arena_printf(a, "system:%ld", (long)getuid()),
        .action = "sessions purged",
        .target = "database",
        .after = describe_purge(a, p),
    };
    TRY(audit_append(p->audit, conn, &row, err));
    return session_purge_some(conn, &p->purge, &p->deleted, err);
}

/* Deletes the next sessions, and counts what is not removed yet. The writer removes some rows after
 * each job. Runs on the database's thread. */
static agentos_status go_on(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct purging *p = LIST_OWNER(job, struct purging, job);

    TRY(session_purge_some(conn, &p->purge, &p->deleted, err));
    return session_purge_left(conn, &p->left, err);
}

/* Runs one job and waits for it. */
static agentos_status run_step(struct db *db, struct purging *p,
                               agentos_status (*step)(struct db_conn *, struct db_job *,
                                                      agentos_error *),
                               agentos_error *err)
{
    p->job = (struct db_job){ .run = step };
    if (db_write_now(db, &p->job) != AGENTOS_OK)
        return fail(err, p->job.status, "%s", p->job.err.message);
    return AGENTOS_OK;
}

/* Purges the open database. Waits until the rows are removed. */
static agentos_status purge_in(struct db *db, struct purging *p, agentos_error *err)
{
    TRY(run_step(db, p, begin_purge, err));
    bool has_more = !p->is_dry && p->counts.sessions > 0;
    while (has_more) {
        TRY(run_step(db, p, go_on, err));
        has_more = p->deleted > 0 || p->left > 0;
    }
    return AGENTOS_OK;
}

/* Opens the configured database and purges it. No server may be using it, except for a dry run. */
static agentos_status purge(const char *config, struct purging *p, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    struct options options;
    struct audit *audit = NULL;
    struct db *db = NULL;

    TRY(configured_options(config, a, &options, err));
    ensure(options.database != NULL); /* it has a default */
    const struct db_options database = { .url = options.database, .as_is = p->is_dry };
    TRY(db_open(&database, &agentos_schema, &db, err));
    agentos_status status = p->is_dry ? AGENTOS_OK : audit_open(&options, &audit, err);
    p->audit = audit;
    if (status == AGENTOS_OK)
        status = purge_in(db, p, err);
    db_close(db);
    audit_free(audit);
    return status;
}

/* Purges and prints what was deleted. Returns the exit code. */
static int purge_and_print(const char *config, struct purging *p)
{
    agentos_error err;

    if (purge(config, p, &err) != AGENTOS_OK)
        return command_fail(&err);
    (void)printf("%" PRId64 " sessions with %" PRId64 " runs %s\n", p->counts.sessions,
                 p->counts.runs, p->is_dry ? "would be deleted" : "are deleted");
    if (p->counts.elsewhere > 0)
        (void)printf("%" PRId64 " runs of this user in other users' sessions stay\n",
                     p->counts.elsewhere);
    return EXIT_DONE;
}

/* Returns whether the arguments are a SUB if one is needed, and otherwise none. */
static bool has_subject(int count, char *const *arguments, bool is_needed)
{
    if (!is_needed)
        return count == 0;
    return count == 1 && arguments[0][0] != '\0';
}

// clang-format off
static const struct option options[] = {
    { "config",     required_argument, NULL, 'c' },
    { "user",       required_argument, NULL, 'u' },
    { "older-than", required_argument, NULL, 'o' },
    { "dry-run",    no_argument,       NULL, 'n' },
    { "help",       no_argument,       NULL, 'h' },
    { NULL,         0,                 NULL, 0 },
};
// clang-format on

/* Sets what to purge: the data of a user (ISSUER from the option, SUB from the arguments), or what
 * is older than an age. Returns NULL, or an error message. */
static const char *set_condition(struct purging *p, const char *age, int count,
                                 char *const *arguments)
{
    if ((p->purge.issuer == NULL) == (age == NULL))
        return "give either --user ISSUER SUB or --older-than AGE";
    if (!has_subject(count, arguments, age == NULL))
        return "--user needs ISSUER and SUB, --older-than only an age";
    if (age != NULL && !read_age(age, &p->age_s))
        return "--older-than needs an age such as 90d or 12h";
    if (age == NULL)
        p->purge.user_id = arguments[0];
    p->purge.before_s = clock_now_s() - p->age_s;
    return NULL;
}

int db_purge_command(int argc, char **argv)
{
    const char *config = NULL, *age = NULL;
    struct purging p = { .is_dry = false };

    for (int option; (option = argument_next(program, argc, argv, options)) != -1;) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'u': p.purge.issuer = optarg; break;
        case 'o': age = optarg; break;
        case 'n': p.is_dry = true; break;
        case 'h': (void)fputs(help, stdout); return EXIT_DONE;
        default: return command_usage(program, NULL);
        }
    }
    const char *error = set_condition(&p, age, argc - optind, argv + optind);
    return error != NULL ? command_usage(program, error) : purge_and_print(config, &p);
}
