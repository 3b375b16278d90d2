/* Reads the input of commands, up to a limit. */
#include "cli/input.h"

#include <errno.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/limits.h"

/* Appends the rest of a file, named `path` in errors. */
static agentos_status read_all(FILE *file, const char *path, buf *out, agentos_error *err)
{
    char chunk[4096];
    size_t got;

    while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0 && buf_ok(out))
        buf_append(out, (str){ chunk, got });
    if (!buf_ok(out))
        return fail(err, AGENTOS_INVALID, "%.256s is larger than %zu bytes", path, out->limit);
    if (ferror(file))
        return fail(err, AGENTOS_NOT_FOUND, "cannot read %.256s: %s", path, strerror(errno));
    return AGENTOS_OK;
}

bool input_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Appends a file to out, or standard input if path is "-". Blocks. */
agentos_status input_read(const char *path, buf *out, agentos_error *err)
{
    ensure(path != NULL);
    if (strcmp(path, "-") == 0)
        return read_all(stdin, "standard input", out, err);

    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fail(err, AGENTOS_NOT_FOUND, "cannot read %.256s: %s", path, strerror(errno));
    agentos_status status = read_all(file, path, out, err);
    (void)fclose(file); /* opened for reading */
    return status;
}

/* Returns the text without its final line break. */
str input_line(const buf *text)
{
    str line = buf_view(text);

    if (str_ends(line, STR("\n")))
        line.len--;
    if (str_ends(line, STR("\r")))
        line.len--;
    return line;
}

/* Rejects text that is often copied along with a token, such as "Bearer ". */
static agentos_status check_token(str token, agentos_error *err)
{
    static const str scheme = STR_INIT("bearer ");
    bool has_scheme = str_equal_nocase(str_cut(token, scheme.len), scheme);
    bool is_quoted = token.len > 0 && strchr("'\"", token.ptr[0]) != NULL;

    if (has_scheme)
        return fail(err, AGENTOS_INVALID, "the token begins with 'Bearer '; give the token alone");
    if (is_quoted)
        return fail(err, AGENTOS_INVALID, "the token is in quotes; give the token alone");
    return AGENTOS_OK;
}

/* Copies a token into the arena, from the argument, or from standard input if that is "-". */
agentos_status input_token(arena *a, const char *argument, str *out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(TOKEN_MAX_BYTES + KiB); /* including surrounding space */

    ensure(argument != NULL);
    if (strcmp(argument, "-") == 0)
        TRY(input_read("-", &text, err));
    else
        buf_append(&text, str_of(argument));
    if (!buf_ok(&text))
        return fail(err, AGENTOS_UNAUTHENTICATED, "the token is larger than %d KiB",
                    TOKEN_MAX_BYTES / KiB);
    str line = str_trim(input_line(&text));
    *out = (str){ arena_copy(a, line), line.len };
    return check_token(*out, err);
}
