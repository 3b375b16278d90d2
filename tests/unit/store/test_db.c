/* Opening, refusing to open, and copying a database. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/mem.h"

#include "store_threads.h"

static agentos_status try_open(const char *url, agentos_error *err)
{
    const struct db_options options = { .url = url, .busy_ms = 20 };
    struct db *db = NULL;
    agentos_status status = db_open(&options, &agentos_schema, &db, err);

    db_close(db);
    return status;
}

/* The refusal is UNAVAILABLE, says `what` and names the file. */
static void expect_refused(const struct place *place, const char *what)
{
    agentos_error err = { 0 };

    assert_int_equal(try_open(place->url, &err), AGENTOS_UNAVAILABLE);
    if (strstr(err.message, what) == NULL)
        print_error("%s\n", err.message);
    assert_non_null(strstr(err.message, what));
    assert_non_null(strstr(err.message, place->folder));
}

static void put_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void an_url_that_is_no_database_is_invalid(void **state)
{
    static const char *const urls[] = {
        "",       "data/agentos.db", "sqlite:",  "postgres://localhost/x",
        "Memory", "memory:",         "SQLITE:x", NULL
    };

    (void)state;
    for (size_t i = 0; i < COUNT(urls); i++)
        assert_int_equal(try_open(urls[i], NULL), AGENTOS_INVALID);
    assert_int_equal(try_open("memory", NULL), AGENTOS_OK);
}

static void folders_and_file_are_made_for_the_owner_alone(void **state)
{
    struct place place = place_new();
    char url[128], path[128];
    struct stat info;
    mode_t before = umask(0);

    (void)state;
    (void)snprintf(url, sizeof(url), "sqlite:%s/a/b/test.db", place.folder);
    assert_int_equal(try_open(url, NULL), AGENTOS_OK);
    assert_int_equal(try_open(url, NULL), AGENTOS_OK); /* and again */
    (void)umask(before);
    (void)snprintf(path, sizeof(path), "%s/a", place.folder);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    (void)snprintf(path, sizeof(path), "%s/a/b/test.db", place.folder);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/a/b/test.db.lock", place.folder);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof(path), "%s/a/b", place.folder);
    assert_int_equal(rmdir(path), 0);
    (void)snprintf(path, sizeof(path), "%s/a", place.folder);
    assert_int_equal(rmdir(path), 0);
    place_remove(&place);
}

/* SQLite would take both for something else than a file's name. */
static void a_relative_path_is_nothing_but_a_path(void **state)
{
    static const char *const names[] = { ":memory:", "file:x?mode=memory", "plain.db" };
    struct place place = place_new();
    int here = open(".", O_RDONLY | O_DIRECTORY);

    (void)state;
    assert_int_equal(chdir(place.folder), 0);
    for (size_t i = 0; i < 3; i++) {
        char url[64], lock[64];
        (void)snprintf(url, sizeof(url), "sqlite:%s", names[i]);
        (void)snprintf(lock, sizeof(lock), "%s.lock", names[i]);
        assert_int_equal(try_open(url, NULL), AGENTOS_OK);
        assert_int_equal(unlink(names[i]), 0);
        assert_int_equal(unlink(lock), 0);
    }
    assert_int_equal(fchdir(here), 0);
    (void)close(here);
    place_remove(&place);
}

static void a_file_that_is_no_database_is_refused_and_left_alone(void **state)
{
    static char text[8192];
    struct place place = place_new();
    struct stat info;

    (void)state;
    memset(text, 'x', sizeof(text));
    put_file(place.path, text, sizeof(text));
    expect_refused(&place, "The database file is not a database");
    assert_int_equal(stat(place.path, &info), 0);
    assert_int_equal(info.st_size, sizeof(text));
    place_remove(&place);
}

static void a_database_cut_short_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(try_open(place.url, NULL), AGENTOS_OK);
    assert_int_equal(truncate(place.path, 8192), 0);
    expect_refused(&place, "The database file is damaged");
    place_remove(&place);
}

static void a_folder_is_no_database(void **state)
{
    struct place place = place_new();
    char url[64];

    (void)state;
    (void)snprintf(url, sizeof(url), "sqlite:%s", place.folder);
    agentos_error err;
    assert_int_equal(try_open(url, &err), AGENTOS_UNAVAILABLE);
    assert_non_null(strstr(err.message, "Is a directory"));
    (void)snprintf(url, sizeof(url), "sqlite:/dev/null/x/test.db");
    assert_int_equal(try_open(url, &err), AGENTOS_UNAVAILABLE);
    place_remove(&place);
}

static void a_locked_database_is_refused(void **state)
{
    static const char *const locks[] = { "BEGIN EXCLUSIVE", "BEGIN IMMEDIATE" };
    struct place place = place_new();

    (void)state;
    put_file(place.path, "", 0);
    for (size_t i = 0; i < 2; i++) { /* a new file, then a migrated one */
        struct db_conn *other = NULL;
        assert_int_equal(connect_to(place.path, 0, &other), AGENTOS_OK);
        assert_int_equal(sql_script(other, locks[i], NULL), AGENTOS_OK);
        expect_refused(&place, "The database is locked");
        sql_disconnect(other);
        assert_int_equal(try_open(place.url, NULL), AGENTOS_OK);
    }
    place_remove(&place);
}

static void a_newer_schema_is_refused(void **state)
{
    struct place place = place_new();
    struct db_conn *conn = NULL;

    (void)state;
    assert_int_equal(try_open(place.url, NULL), AGENTOS_OK);
    assert_int_equal(connect_to(place.path, 0, &conn), AGENTOS_OK);
    assert_int_equal(sql_script(conn, "PRAGMA user_version = 1000", NULL), AGENTOS_OK);
    sql_disconnect(conn);
    expect_refused(&place, "written by a newer version of agentos (schema 1000");
    place_remove(&place);
}

/* As a user whom permissions bind: root they do not. */
static int as_nobody(void (*check)(const struct place *place), const struct place *place)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(9);
        check(place);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_read_only(const struct place *place)
{
    agentos_error err = { 0 };

    if (try_open(place->url, &err) != AGENTOS_UNAVAILABLE)
        _exit(1);
    if (strstr(err.message, "The database is read-only") == NULL) {
        (void)fprintf(stderr, "%s\n", err.message);
        _exit(2);
    }
}

static void a_read_only_file_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(try_open(place.url, NULL), AGENTOS_OK);
    assert_int_equal(chmod(place.folder, 0777), 0);
    assert_int_equal(chmod(place.path, 0444), 0);
    assert_int_equal(as_nobody(check_read_only, &place), 0);
    place_remove(&place);
}

static void a_read_only_folder_is_refused(void **state)
{
    struct place place = place_new();

    (void)state;
    assert_int_equal(chmod(place.folder, 0555), 0);
    assert_int_equal(as_nobody(check_read_only, &place), 0); /* nothing there */
    assert_int_equal(try_open(place.url, NULL), geteuid() == 0 ? AGENTOS_OK : AGENTOS_UNAVAILABLE);
    if (geteuid() == 0) {
        assert_int_equal(chmod(place.path, 0666), 0);
        assert_int_equal(as_nobody(check_read_only, &place), 0); /* a file, no room for its log */
    }
    assert_int_equal(chmod(place.folder, 0755), 0);
    place_remove(&place);
}

static void put_run(struct db *db, size_t number)
{
    struct tally tally = TALLY_INIT;
    struct task task;

    task_init(&task, &tally, number, "s1");
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_OK);
}

static void a_backup_is_a_database_and_overwrites_nothing(void **state)
{
    struct place place = place_new();
    char copy[96], url[112];
    struct stat info;
    agentos_error err;

    (void)state;
    (void)snprintf(copy, sizeof(copy), "%s.copy", place.path);
    (void)snprintf(url, sizeof(url), "sqlite:%s", copy);
    struct db *db = db_at(place.url);
    put_run(db, 1);
    assert_int_equal(db_backup(db, copy, &err), AGENTOS_OK);
    put_run(db, 2);
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(db_backup(db, copy, &err), AGENTOS_CONFLICT);
    assert_non_null(strstr(err.message, "already exists"));
    assert_int_equal(db_backup(db, "/nowhere/copy.db", &err), AGENTOS_UNAVAILABLE);
    db_close(db);

    db = db_at(url);
    assert_int_equal(runs_in(db), 1);
    db_close(db);
    (void)snprintf(url, sizeof(url), "%s.lock", copy);
    assert_int_equal(unlink(url), 0);
    place_remove(&place);
}

static void a_file_that_is_served_is_refused_to_another_and_read_beside_it(void **state)
{
    struct place place = place_new();
    const struct db_options beside = { .url = place.url, .as_is = true };
    struct db *db = db_at(place.url), *other = NULL;
    char expected[256];
    agentos_error err;

    (void)state;
    put_run(db, 1);
    assert_int_equal(try_open(place.url, &err), AGENTOS_INVALID);
    (void)snprintf(expected, sizeof(expected),
                   "The database is in use by the process %ld: '%s'; a file can be served by one "
                   "process at a time",
                   (long)getpid(), place.path);
    assert_string_equal(err.message, expected);
    assert_int_equal(db_open(&beside, &agentos_schema, &other, NULL), AGENTOS_OK);
    assert_int_equal(runs_in(other), 1);
    db_close(other);
    put_run(db, 2); /* the first was not disturbed */
    db_close(db);
    assert_int_equal(try_open(place.url, NULL), AGENTOS_OK);
    place_remove(&place);
}

static void a_file_that_is_served_is_refused_under_a_symbolic_link_too(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    char link[128], url[160];

    (void)state;
    (void)snprintf(link, sizeof(link), "%s/link.db", place.folder);
    (void)snprintf(url, sizeof(url), "sqlite:%s", link);
    assert_int_equal(symlink(place.path, link), 0);
    assert_int_equal(try_open(url, NULL), AGENTOS_INVALID);
    db_close(db);
    assert_int_equal(try_open(url, NULL), AGENTOS_OK);
    assert_int_equal(unlink(link), 0);
    place_remove(&place);
}

/* Another program's tables, in the same store. */
static void a_second_database_is_another_schema(void **state)
{
    static const struct schema_step steps[] = { { .script =
                                                      "CREATE TABLE people (id $id) $strict" } };
    static const char *const owned[] = { "people" };
    static const struct schema other = { .program = "agentos control",
                                         .application_id = 7,
                                         .steps = steps,
                                         .step_count = 1,
                                         .owned_tables = owned,
                                         .owned_count = 1 };
    struct place place = place_new();
    const struct db_options options = { .url = place.url };
    struct db *db = NULL;

    (void)state;
    assert_int_equal(db_open(&options, &other, &db, NULL), AGENTOS_OK);
    db_close(db);
    assert_int_equal(db_open(&options, &other, &db, NULL), AGENTOS_OK); /* again: nothing to do */
    db_close(db);
    expect_refused(&place, "The database belongs to another program");
    place_remove(&place);
}

static void a_database_in_memory_has_no_backup(void **state)
{
    struct db *db = db_at("memory");
    agentos_error err;

    (void)state;
    assert_int_equal(db_backup(db, "/tmp/agentos-never", &err), AGENTOS_INVALID);
    db_close(db);
}

static void as_is_neither_makes_nor_migrates(void **state)
{
    struct place place = place_new();
    const struct db_options options = { .url = place.url, .as_is = true };
    struct db_conn *conn = NULL;
    struct db *db = NULL;
    int64_t version;
    agentos_error err;

    (void)state;
    assert_int_equal(db_open(&options, &agentos_schema, &db, &err), AGENTOS_UNAVAILABLE);
    assert_non_null(strstr(err.message, "No such file"));
    put_file(place.path, "", 0);
    assert_int_equal(db_open(&options, &agentos_schema, &db, &err), AGENTOS_OK);
    db_close(db);
    assert_int_equal(connect_to(place.path, 0, &conn), AGENTOS_OK);
    assert_int_equal(sql_number(conn, "PRAGMA user_version", &version, NULL), AGENTOS_OK);
    assert_int_equal(version, 0);
    sql_disconnect(conn);
    place_remove(&place);
}

static agentos_status read_mode(struct db_conn *conn, struct task *task, agentos_error *err)
{
    int64_t *is_right = task->user;

    return sql_number(conn,
                      "SELECT (SELECT journal_mode FROM pragma_journal_mode) = 'wal'"
                      " AND (SELECT synchronous FROM pragma_synchronous) = 2"
                      " AND (SELECT foreign_keys FROM pragma_foreign_keys) = 1",
                      is_right, err);
}

static void commits_reach_the_disk(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    int64_t is_right = 0;
    struct task task = task_other(&tally, read_mode, &is_right);

    (void)state;
    assert_int_equal(db_write_now(db, &task.job), AGENTOS_OK);
    assert_int_equal(is_right, 1);
    db_close(db);
    place_remove(&place);
}

static agentos_status write_something(struct db_conn *conn, struct task *task, agentos_error *err)
{
    (void)task;
    return sql_script(conn, "CREATE TABLE t (x INTEGER) STRICT", err);
}

static void a_reader_cannot_write(void **state)
{
    struct place place = place_new();
    struct db *db = db_at(place.url);
    struct tally tally = TALLY_INIT;
    struct task task = task_other(&tally, write_something, NULL);

    (void)state;
    assert_int_equal(db_read_now(db, &task.job), AGENTOS_UNAVAILABLE);
    assert_string_equal(task.job.err.message, "The database is read-only");
    db_close(db);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_url_that_is_no_database_is_invalid),
        cmocka_unit_test(folders_and_file_are_made_for_the_owner_alone),
        cmocka_unit_test(a_relative_path_is_nothing_but_a_path),
        cmocka_unit_test(a_file_that_is_no_database_is_refused_and_left_alone),
        cmocka_unit_test(a_database_cut_short_is_refused),
        cmocka_unit_test(a_folder_is_no_database),
        cmocka_unit_test(a_locked_database_is_refused),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(a_read_only_file_is_refused),
        cmocka_unit_test(a_read_only_folder_is_refused),
        cmocka_unit_test(a_file_that_is_served_is_refused_to_another_and_read_beside_it),
        cmocka_unit_test(a_file_that_is_served_is_refused_under_a_symbolic_link_too),
        cmocka_unit_test(a_second_database_is_another_schema),
        cmocka_unit_test(a_backup_is_a_database_and_overwrites_nothing),
        cmocka_unit_test(a_database_in_memory_has_no_backup),
        cmocka_unit_test(as_is_neither_makes_nor_migrates),
        cmocka_unit_test(commits_reach_the_disk),
        cmocka_unit_test(a_reader_cannot_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
