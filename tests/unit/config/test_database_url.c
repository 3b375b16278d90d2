/* Database URLs: as agno's db_url is read by SQLAlchemy, or refused with a sentence. */
#include "config/database_url.h"

#include "unit.h"

#define OTHER   "must be sqlite:PATH or memory"
#define SLASHES "must have three slashes before a relative path"
#define QUERY   "must not have parameters"

static const struct {
    const char *url, *path, *fault; /* path "": in memory; fault: how the sentence begins */
} cases[] = {
    { "memory", "", NULL },
    { "sqlite:data/agentos.db", "data/agentos.db", NULL },
    { "sqlite:/var/lib/agentos.db", "/var/lib/agentos.db", NULL },
    { "sqlite:a b.db", "a b.db", NULL },
    { "sqlite:x:y.db", "x:y.db", NULL },
    /* SQLAlchemy's: three slashes are relative, four absolute */
    { "sqlite:///data/x.db", "data/x.db", NULL },
    { "sqlite:////data/x.db", "/data/x.db", NULL },
    { "sqlite+pysqlite:///x.db", "x.db", NULL },
    /* what version 0.1.0 read as a file at the root, where there is one */
    { "sqlite:///etc/passwd", NULL, "must have four slashes" },
    { "sqlite:////etc/passwd", "/etc/passwd", NULL },
    { "sqlite:/etc/passwd", "/etc/passwd", NULL },
    { "sqlite+pysqlite:///etc/passwd", NULL, "must have four slashes" },
    { "sqlite+aiosqlite:////x.db", "/x.db", NULL },
    { "sqlite://", "", NULL },
    { "sqlite:///", "", NULL },
    { "sqlite:///:memory:", "", NULL },
    { "sqlite::memory:", "", NULL },
    /* what would silently be a file of that name */
    { "sqlite://data/x.db", NULL, SLASHES },
    { "sqlite://localhost/x.db", NULL, SLASHES },
    { "sqlite:x.db?mode=ro", NULL, QUERY },
    { "sqlite:///x.db?mode=ro&cache=shared", NULL, QUERY },
    { "sqlite:////x.db?", NULL, QUERY },
    { "sqlite:file:x.db", NULL, "must not be a file: URL" },
    { "sqlite:///file:x.db", NULL, "must not be a file: URL" },
    { "sqlite:~/x.db", NULL, "must not begin with '~'" },
    { "sqlite:///~/x.db", NULL, "must not begin with '~'" },
    { "sqlite:~ann/x.db", NULL, "must not begin with '~'" },
    { "sqlite::Memory:", NULL, "must name a file, or :memory:" },
    { "sqlite:data/", NULL, "must name a file, not a folder" },
    { "sqlite:", NULL, OTHER },
    { "sqlite+x:y.db", NULL, OTHER },
    { "sqlite+:///y.db", NULL, OTHER },
    { "SQLite:///x.db", NULL, OTHER },
    { "sqlite3:///x.db", NULL, OTHER },
    { "data/x.db", NULL, OTHER },
    { "mysql://x/y", NULL, OTHER },
    { "Memory", NULL, OTHER },
    { "", NULL, OTHER },
    { "postgresql+psycopg://u:p@h/db", NULL, "PostgreSQL is not supported in this version" },
};

static void urls_are_read_as_agno_reads_them_or_refused(void **state)
{
    (void)state;
    for (EACH(cases, c)) {
        str path = STR("unchanged");
        const char *fault = database_url_read(str_of(c->url), &path);
        const char *expected = c->path != NULL ? c->path : "unchanged";

        if (!str_equal(path, str_of(expected)) || (fault == NULL) != (c->fault == NULL))
            fail_msg("%s: %.*s", c->url, (int)path.len, path.ptr);
        if (fault != NULL && !str_starts(str_of(fault), str_of(c->fault)))
            fail_msg("%s: %s", c->url, fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_read_as_agno_reads_them_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
