/* Writes the output of commands: new files and folders, and lines for a terminal. Existing files
 * are never overwritten (O_EXCL). */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"

/* Writes "DIR/NAME" to out. INVALID: the path is too long. */
agentos_status output_path(const char *dir, const char *name, char out[PATH_SIZE],
                           agentos_error *err)
{
    int len = snprintf(out, PATH_SIZE, "%s/%s", dir, name);

    if (len < 0 || len >= PATH_SIZE)
        return fail(err, AGENTOS_INVALID, "the path of the folder is too long");
    return AGENTOS_OK;
}

/* CONFLICT: the path exists. Commands that write several files call this first, so that they write
 * either all of them or none. */
agentos_status output_check_absent(const char *path, agentos_error *err)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        return fail(err, AGENTOS_CONFLICT, "%.512s exists; it is not overwritten", path);
    return AGENTOS_OK;
}

/* Creates the missing parents of a path, which is changed meanwhile and is the same again when this
 * returns. Errors are not reported, because creating the folder itself fails after them. */
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

/* Creates the folder and its missing parents, all with this mode. Succeeds if the path exists; if
 * it is a file, creating a file in it fails later. */
agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err)
{
    char copy[PATH_SIZE];

    ensure(path[0] != '\0');
    ensure(strlen(path) < sizeof(copy)); /* output_path has refused longer ones */
    (void)snprintf(copy, sizeof(copy), "%s", path);
    make_parents(copy, mode);
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return fail(err, AGENTOS_INTERNAL, "cannot make %.512s: %s", path, strerror(errno));
    return AGENTOS_OK;
}

/* Writes the whole text. Returns false and sets errno if it cannot be written. */
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

/* Creates a file. It is on the disk when this returns. INTERNAL: the path exists or cannot be
 * written. An incomplete file is removed. */
agentos_status output_write_new(const char *path, str text, mode_t mode, agentos_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (file < 0)
        return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(errno));
    bool is_written = write_all(file, text) && fsync(file) == 0;
    int why = errno; /* close and unlink may change it */
    if (close(file) == 0 && is_written)
        return AGENTOS_OK;
    (void)unlink(path); /* an incomplete file is worse than none */
    return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(why));
}

/* If the text begins with a control character, stores it in *code and returns its length in bytes.
 * Otherwise returns 0. The text must not be empty. */
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

/* Prints the prefix and the text as one line. Control characters in the text are printed as \u00XX,
 * so that a terminal does not obey them. */
void output_line(FILE *out, const char *prefix, const char *text)
{
    unsigned code;

    (void)fputs(prefix, out);
    while (*text != '\0') {
        size_t len = read_control(text, &code);

        if (len > 0)
            (void)fprintf(out, "\\u%04x", code);
        else
            (void)fputc(*text, out);
        text += len > 0 ? len : 1;
    }
    (void)fputc('\n', out);
}
