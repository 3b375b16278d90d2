/* Writes the output of commands: new files, folders, and lines for a terminal. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"

/* Writes "DIR/NAME" to out. */
agentos_status output_path(const char *dir, const char *name, char out[PATH_SIZE],
                           agentos_error *err)
{
    int len = snprintf(out, PATH_SIZE, "%s/%s", dir, name);

    if (len < 0 || len >= PATH_SIZE)
        return fail(err, AGENTOS_INVALID, "the path is too long");
    return AGENTOS_OK;
}

/* Fails with CONFLICT if the path exists. */
agentos_status output_check_absent(const char *path, agentos_error *err)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        return fail(err, AGENTOS_CONFLICT, "%.512s already exists", path);
    return AGENTOS_OK;
}

/* Creates the missing parents of a path, which is modified temporarily. Errors are ignored:
 * creating the folder then fails. */
static void make_parents(char *path, mode_t mode)
{
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        (void)mkdir(path, mode);
        *at = '/';
    }
}

/* Creates the folder and its missing parents. An existing path is no error. */
agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err)
{
    char copy[PATH_SIZE];

    ensure(path[0] != '\0');
    ensure(strlen(path) < sizeof(copy)); /* see output_path */
    (void)snprintf(copy, sizeof(copy), "%s", path);
    make_parents(copy, mode);
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return fail(err, AGENTOS_INTERNAL, "cannot create %.512s: %s", path, strerror(errno));
    return AGENTOS_OK;
}

/* Writes the whole text. Returns false and sets errno on failure. */
static bool write_all(int file, str text)
{
    while (text.len > 0) {
        ssize_t written = write(file, text.ptr, text.len);

        if (written < 0 && errno != EINTR)
            return false;
        text = str_from(text, written > 0 ? (size_t)written : 0);
    }
    return true;
}

/* Creates a file and flushes it to disk. Removes it if it is incomplete. */
agentos_status output_write_new(const char *path, str text, mode_t mode, agentos_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (file < 0)
        return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(errno));
    bool is_written = write_all(file, text) && fsync(file) == 0;
    int why = errno;
    if (close(file) == 0 && is_written)
        return AGENTOS_OK;
    (void)unlink(path);
    return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(why));
}

agentos_status output_rename(const char *from, const char *to, agentos_error *err)
{
    if (rename(from, to) != 0)
        return fail(err, AGENTOS_INTERNAL, "cannot rename %.256s to %.256s: %s", from, to,
                    strerror(errno));
    return AGENTOS_OK;
}

agentos_status output_link(const char *from, const char *to, agentos_error *err)
{
    if (link(from, to) != 0 && errno != EEXIST)
        return fail(err, AGENTOS_INTERNAL, "cannot copy %.256s to %.256s: %s", from, to,
                    strerror(errno));
    return AGENTOS_OK;
}

agentos_status output_remove(const char *path, agentos_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fail(err, AGENTOS_INTERNAL, "cannot remove %.512s: %s", path, strerror(errno));
    return AGENTOS_OK;
}

/* Writes a new file beside the old one and renames it. */
agentos_status output_replace(const char *path, str text, mode_t mode, agentos_error *err)
{
    char copy[PATH_SIZE];
    int len = snprintf(copy, sizeof(copy), "%s.new", path);

    if (len < 0 || (size_t)len >= sizeof(copy))
        return fail(err, AGENTOS_INVALID, "the path is too long");
    TRY(output_remove(copy, err)); /* of an attempt that was interrupted */
    TRY(output_write_new(copy, text, mode, err));
    return output_rename(copy, path, err);
}

/* Returns the length of the control character that begins the text, or 0. Stores its code. */
static size_t read_control(const char *text, unsigned *code)
{
    unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

    if (first < ' ' || first == 0x7F) { /* C0 and DEL */
        *code = first;
        return 1;
    }
    if (first == 0xC2 && second >= 0x80 && second < 0xA0) { /* C1, U+0080 to U+009F, in UTF-8 */
        *code = second;
        return 2;
    }
    return 0;
}

/* Prints the text, with control characters as \u00XX, except for those in `kept`. */
static void print_escaped(FILE *out, const char *text, const char *kept)
{
    unsigned code = 0;

    while (*text != '\0') {
        size_t len = strchr(kept, *text) == NULL ? read_control(text, &code) : 0;

        if (len > 0)
            (void)fprintf(out, "\\u%04x", code);
        else
            (void)fputc(*text, out);
        text += len > 0 ? len : 1;
    }
}

/* Prints the prefix and the text as one line, with control characters as \u00XX. */
void output_line(FILE *out, const char *prefix, const char *text)
{
    (void)fputs(prefix, out);
    print_escaped(out, text, "");
    (void)fputc('\n', out);
}

/* Prints a part of a text of several lines. */
void output_text(FILE *out, const char *text)
{
    print_escaped(out, text, "\n\t");
}
