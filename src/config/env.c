/* Parses .env files and looks up environment variables. */
#include "config/env.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Returns the value of the variable, or NULL if it is unset or empty. The process environment
 * overrides the file. */
const char *env_get(const struct env *env, const char *name)
{
    ensure(name != NULL);
    const char *value = getenv(name);

    if (value == NULL || *value == '\0')
        value = map_get(&env->from_file, str_of(name));
    return value != NULL && *value != '\0' ? value : NULL;
}

/* Returns whether env_get returns the file's value. */
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

/* The rest of a .env file. */
struct dotenv {
    str rest;
    int line;         /* of its first character */
    bool follows_pem; /* the last value was the first line of a PEM text, without quotes */
};

static bool is_done(const struct dotenv *d)
{
    return d->rest.len == 0;
}

/* Returns the next character without consuming it, '\n' at the end of the text. */
static char peek_char(const struct dotenv *d)
{
    return is_done(d) ? '\n' : d->rest.ptr[0];
}

/* Consumes the next character. The text must not be at its end. */
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
    while (!is_done(d) && is_blank(peek_char(d)))
        (void)take_char(d); /* a blank */
}

/* Skips the rest of the line and its newline. */
static void skip_line(struct dotenv *d)
{
    ensure(d->line > 0);
    while (!is_done(d) && take_char(d) != '\n')
        continue;
}

/* Consumes a variable name. Returns "" if it is missing or begins with a digit. */
static str parse_name(struct dotenv *d)
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

/* Consumes the character after a backslash and appends its value. Keeps unknown escapes. */
static void parse_escape(struct dotenv *d, buf *value)
{
    ensure(!is_done(d) && value != NULL);
    static const char letters[] = "nrt\"\\$", meanings[] = "\n\r\t\"\\$";
    _Static_assert(sizeof(letters) == sizeof(meanings), "each letter has a meaning");
    char c = take_char(d);
    const char *letter = c != '\0' ? strchr(letters, c) : NULL; /* strchr also finds the NUL */

    if (letter != NULL) {
        buf_append_char(value, meanings[letter - letters]);
        return;
    }
    buf_append_char(value, '\\');
    buf_append_char(value, c);
}

/* Consumes a quoted value, which may span lines. Returns false if the closing quote is missing. */
static bool parse_quoted(struct dotenv *d, buf *value)
{
    ensure(peek_char(d) == '"' || peek_char(d) == '\'');
    char quote = take_char(d);

    while (!is_done(d)) {
        char c = take_char(d);

        if (c == quote)
            return true;
        if (c == '\\' && quote == '"' && !is_done(d))
            parse_escape(d, value);
        else
            buf_append_char(value, c);
    }
    return false;
}

/* Consumes an unquoted value, up to the end of the line or a # after a blank. Trims blanks. */
static void parse_plain(struct dotenv *d, buf *value)
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

/* Consumes the value after "=" and the rest of its line. */
static agentos_status parse_value(struct dotenv *d, str name, buf *value, agentos_error *err)
{
    ensure(name.len > 0);
    skip_blanks(d);
    if (peek_char(d) != '"' && peek_char(d) != '\'') {
        parse_plain(d, value);
        skip_line(d);
        return AGENTOS_OK;
    }
    if (!parse_quoted(d, value))
        return fail(err, AGENTOS_INVALID, "missing closing quote of " QUOTED, QUOTE(name));
    skip_blanks(d);
    if (peek_char(d) != '\n' && peek_char(d) != '#')
        return fail(err, AGENTOS_INVALID, "unexpected text after the closing quote of " QUOTED,
                    QUOTE(name));
    skip_line(d);
    return AGENTOS_OK;
}

/* Skips "export", which shells allow before a name. */
static void skip_export(struct dotenv *d)
{
    ensure(d->line > 0);
    if (!str_starts(d->rest, STR("export ")) && !str_starts(d->rest, STR("export\t")))
        return;
    d->rest = str_from(d->rest, strlen("export"));
    skip_blanks(d);
}

/* Consumes NAME=VALUE. A later assignment replaces an earlier one. */
static agentos_status parse_assignment(struct env *env, struct dotenv *d, arena *a,
                                       agentos_error *err)
{
    ensure(!is_done(d));
    AUTO_BUF value = buf_with_limit(CONFIG_MAX_BYTES);

    skip_export(d);
    str name = parse_name(d);
    skip_blanks(d);
    if (name.len == 0 || peek_char(d) != '=')
        return fail(err, AGENTOS_INVALID,
                    d->follows_pem ? "must be NAME=VALUE; a PEM needs quotes around it"
                                   : "must be NAME=VALUE");
    (void)take_char(d); /* the '=' */
    TRY(parse_value(d, name, &value, err));
    if (str_has(buf_view(&value), '\0'))
        return fail(err, AGENTOS_INVALID, QUOTED " contains a NUL byte", QUOTE(name));
    ensure(buf_ok(&value)); /* the whole file fits within the limit */
    d->follows_pem =
        str_starts(buf_view(&value), STR("-----BEGIN ")) && !str_has(buf_view(&value), '\n');
    (void)map_put(&env->from_file, name, arena_copy(a, buf_view(&value)));
    return AGENTOS_OK;
}

/* Parses a .env file into env. On failure, *line is the line of the error. */
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
        if (peek_char(&d) == '\n' || peek_char(&d) == '#')
            skip_line(&d);
        else
            TRY(parse_assignment(env, &d, a, err));
    }
    return AGENTOS_OK;
}
