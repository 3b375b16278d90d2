/* Parses database URLs. Parameters are rejected, lest they become part of the file name. */
#include "config/database_url.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "config/file.h"

static const char unsupported_url[] = "must be sqlite:PATH or memory";

/* Returns what is wrong with the path of a database file, or NULL. */
static const char *check_path(str path)
{
    if (str_has(path, '?'))
        return "must not have parameters ('?')";
    if (str_starts(path, STR("file:")))
        return "must not be a file: URL; write sqlite:PATH";
    if (str_starts(path, STR("~")))
        return "must not begin with '~', which is not expanded; write the whole path";
    if (str_starts(path, STR(":")))
        return "must name a file, or :memory:";
    if (str_ends(path, STR("/")))
        return "must name a file, not a folder";
    return NULL;
}

/* Stores the path of a database file, "" for a database in memory. */
static const char *take_path(str path, str *out)
{
    if (path.len == 0 || str_equal(path, STR(":memory:"))) {
        *out = STR("");
        return NULL;
    }
    const char *error = check_path(path);
    if (error == NULL)
        *out = path;
    return error;
}

/* Parses the URL after "//". Rejects a relative path if the file exists at the absolute path, where
 * version 0.1.0 stored it. */
static const char *take_url(str rest, str *out)
{
    bool is_relative = !str_starts(rest, STR("//"));

    if (is_relative && rest.len > 1 && file_exists(rest))
        return "must have four slashes, or be sqlite:/PATH: three slashes begin a relative path, "
               "and "
               "there is a file at the absolute one, which version 0.1.0 used";
    if (rest.len == 0 || str_starts(rest, STR("/")))
        return take_path(str_from(rest, 1), out);
    return "must have three slashes before a relative path and four before an absolute one, as "
           "sqlite:///data/agentos.db and sqlite:////var/lib/agentos.db";
}

/* Returns whether the scheme is "sqlite" or "sqlite+DRIVER". */
static bool is_sqlite(str scheme, bool *has_driver)
{
    str driver = scheme;
    str name = str_split(&driver, '+');

    *has_driver = name.len < scheme.len;
    return str_equal(name, STR("sqlite")) && (!*has_driver || driver.len > 0);
}

const char *database_url_read(str url, str *path)
{
    str rest = url;
    bool has_driver = false;

    ensure(path != NULL);
    if (str_equal(url, STR("memory")))
        return take_path(STR(""), path);
    str scheme = str_split(&rest, ':');
    if (str_starts(scheme, STR("postgres")))
        return "PostgreSQL is not supported in this version; use sqlite:PATH or memory";
    if (!is_sqlite(scheme, &has_driver))
        return unsupported_url;
    if (str_starts(rest, STR("//")))
        return take_url(str_from(rest, 2), path);
    if (rest.len == 0 || has_driver)
        return unsupported_url;
    return take_path(rest, path);
}
