/* Parses .env files and looks up environment variables. Values from a .env file are kept apart and
 * never put into the process's environment, because child processes would inherit them. */
#include "config/env.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Returns the value of the variable, or NULL if it is not set or empty. The process's own variable
 * overrides the one of the .env file. */
const char *env_get(const struct env *env, const char *name)
{
    ensure(name != NULL);
    const char *value = getenv(name);

    if (value == NULL || *value == '\0')
        value = map_get(&env->from_file, str_of(name));
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Returns true if env_get takes the variable from the .env file. */
bool env_is_from_file(const struct env *env, const char *name)
{
    ensure(name != NULL);
    const char *own = getenv(name);

    return (own == NULL || *own == '\0') && env_get(env, name) != NULL;
}

void env_clear(struct env *env)
{
    map_clear(&env->from_file);
}

/* The text of a .env file as far as it has not been read. */
struct dotenv {
    str rest;
    int line; /* of its first character */
};

/* Returns true if nothing is left to read. */
static bool is_done(const struct dotenv *d)
{
    return d->rest.len == 0;
}

/* Returns the next character without taking it. The end of the text counts as the end of a line, so
 * that the last line needs no newline. */
static char next_char(const struct dotenv *d)
{
    return is_done(d) ? '\n' : d->rest.ptr[0];
}

/* Takes the next character. The caller has checked that there is one. */
static char take_char(struct dotenv *d)
{
    ensure(!is_done(d));
    char c = d->rest.ptr[0];

    if (c == '\n')
        d->line++;
    d->rest = str_from(d->rest, 1);
    return c;
}

static bool is_blank(char c)
{
    return char_is_blank(c) || c == '\r';
}

static void skip_blanks(struct dotenv *d)
{
    while (!is_done(d) && is_blank(next_char(d)))
        (void)take_char(d); /* a blank */
}

/* Skips the rest of the line and its newline. */
static void skip_line(struct dotenv *d)
{
    ensure(d->line > 0);
    while (!is_done(d) && take_char(d) != '\n')
        continue;
}

/* Takes the name of a variable: letters, digits and underscores. Returns "" if there is no name or
 * if it begins with a digit. */
static str take_name(struct dotenv *d)
{
    ensure(d->line > 0);
    size_t len = 0;

    while (len < d->rest.len &&
           (isalnum((unsigned char)d->rest.ptr[len]) || d->rest.ptr[len] == '_'))
        len++;
    str name = { d->rest.ptr, len };
    d->rest = str_from(d->rest, len);
    if (name.len > 0 && isdigit((unsigned char)name.ptr[0]))
        return STR("");
    return name;
}

/* Takes the character after a backslash in double quotes and appends its meaning. A character
 * without a special meaning is appended with its backslash. */
static void take_escape(struct dotenv *d, buf *value)
{
    ensure(!is_done(d) && value != NULL);
    static const char letters[] = "nrt\"\\$", meanings[] = "\n\r\t\"\\$";
    _Static_assert(sizeof(letters) == sizeof(meanings), "each letter has a meaning");
    char c = take_char(d);
    const char *letter = c != '\0' ? strchr(letters, c) : NULL; /* strchr would find the NUL */

    if (letter != NULL) {
        buf_append_char(value, meanings[letter - letters]);
        return;
    }
    buf_append_char(value, '\\');
    buf_append_char(value, c);
}

/* Takes a quoted value, which may span lines, and the quotes around it. Only double quotes have
 * escapes. Returns false if the closing quote is missing. */
static bool take_quoted(struct dotenv *d, buf *value)
{
    ensure(next_char(d) == '"' || next_char(d) == '\'');
    char quote = take_char(d);

    while (!is_done(d)) {
        char c = take_char(d);

        if (c == quote)
            return true;
        if (c == '\\' && quote == '"' && !is_done(d))
            take_escape(d, value);
        else
            buf_append_char(value, c);
    }
    return false;
}

/* Takes a value without quotes. It ends at the end of the line or at a # that follows a blank.
 * Blanks around the value are not part of it. */
static void take_plain(struct dotenv *d, buf *value)
{
    ensure(value != NULL);
    str line = d->rest;
    str text = str_split(&line, '\n');

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '#' && (i == 0 || is_blank(text.ptr[i - 1])))
            text.len = i;
    d->rest = str_from(d->rest, text.len);
    while (text.len > 0 && is_blank(text.ptr[text.len - 1]))
        text.len--;
    buf_append(value, text);
}

/* Takes the value after the "=", with or without quotes, and the rest of its line. */
static agentos_status take_value(struct dotenv *d, str name, buf *value, agentos_error *err)
{
    ensure(name.len > 0);
    skip_blanks(d);
    if (next_char(d) != '"' && next_char(d) != '\'') {
        take_plain(d, value);
        skip_line(d);
        return AGENTOS_OK;
    }
    if (!take_quoted(d, value))
        return fail(err, AGENTOS_INVALID, QUOTED " begins with a quote that is not closed",
                    QUOTE(name));
    skip_blanks(d);
    if (next_char(d) != '\n' && next_char(d) != '#')
        return fail(err, AGENTOS_INVALID, "something follows the closing quote of " QUOTED,
                    QUOTE(name));
    skip_line(d);
    return AGENTOS_OK;
}

/* Skips the word "export" and the blanks after it, which a shell would allow before a name. */
static void skip_export(struct dotenv *d)
{
    ensure(d->line > 0);
    if (!str_starts(d->rest, STR("export ")) && !str_starts(d->rest, STR("export\t")))
        return;
    d->rest = str_from(d->rest, strlen("export"));
    skip_blanks(d);
}

/* Takes one assignment, NAME=VALUE, and puts it into env. A quoted value may span several lines. If
 * a name is assigned twice, the later value is kept. */
static agentos_status take_assignment(struct env *env, struct dotenv *d, arena *a,
                                      agentos_error *err)
{
    ensure(!is_done(d));
    AUTO_BUF value = buf_with_limit(CONFIG_MAX_BYTES);

    skip_export(d);
    str name = take_name(d);
    skip_blanks(d);
    if (name.len == 0 || next_char(d) != '=')
        return fail(err, AGENTOS_INVALID, "not of the form NAME=VALUE");
    (void)take_char(d); /* the '=' */
    TRY(take_value(d, name, &value, err));
    if (str_has(buf_view(&value), '\0'))
        return fail(err, AGENTOS_INVALID, QUOTED " holds a NUL byte", QUOTE(name));
    ensure(buf_ok(&value)); /* the file itself is not larger than the limit */
    (void)map_put(&env->from_file, name, arena_copy(a, buf_view(&value)));
    return AGENTOS_OK;
}

/* Parses the text of a .env file into env. On failure *line is the line of the faulty assignment.
 */
agentos_status env_read(struct env *env, str text, arena *a, int *line, agentos_error *err)
{
    ensure(a != NULL && line != NULL);
    static const str byte_order_mark = STR_INIT("\xEF\xBB\xBF");
    struct dotenv d = { .rest = text, .line = 1 };

    *line = 0; /* the file as a whole */
    if (text.len > CONFIG_MAX_BYTES)
        return fail(err, AGENTOS_INVALID, "larger than 1 MiB");
    if (str_starts(d.rest, byte_order_mark))
        d.rest = str_from(d.rest, byte_order_mark.len);
    while (!is_done(&d)) {
        skip_blanks(&d);
        *line = d.line;
        if (next_char(&d) == '\n' || next_char(&d) == '#')
            skip_line(&d);
        else
            TRY(take_assignment(env, &d, a, err));
    }
    return AGENTOS_OK;
}
