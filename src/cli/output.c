/* O_EXCL does the refusing; the check before it is for commands that write several files or none.
 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

agentos_status output_path(const char *dir, const char *name, char out[PATH_SIZE],
                           agentos_error *err)
{
    int len = snprintf(out, PATH_SIZE, "%s/%s", dir, name);

    if (len < 0 || len >= PATH_SIZE)
        return fail(err, AGENTOS_INVALID, "the path of the folder is too long");
    return AGENTOS_OK;
}

agentos_status output_check_absent(const char *path, agentos_error *err)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        return fail(err, AGENTOS_CONFLICT, "%.512s exists; it is not overwritten", path);
    return AGENTOS_OK;
}

agentos_status output_make_folder(const char *path, mode_t mode, agentos_error *err)
{
    char part[PATH_SIZE];

    (void)snprintf(part, sizeof(part), "%s", path); /* output_path has refused longer ones */
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        (void)mkdir(part, mode); /* checked by the last one, below */
        *at = '/';
    }
    if (mkdir(part, mode) != 0 && errno != EEXIST)
        return fail(err, AGENTOS_INTERNAL, "cannot make %.512s: %s", path, strerror(errno));
    return AGENTOS_OK;
}

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

agentos_status output_write_new(const char *path, str text, mode_t mode, agentos_error *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (file < 0)
        return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(errno));
    bool is_written = write_all(file, text) && fsync(file) == 0;
    int why = errno;
    if (close(file) == 0 && is_written)
        return AGENTOS_OK;
    (void)unlink(path); /* an incomplete file is worse than none */
    return fail(err, AGENTOS_INTERNAL, "cannot write %.512s: %s", path, strerror(why));
}

/* The control character that text begins with, in *code; returns its bytes, 0 if there is none. */
static size_t read_control(const char *text, unsigned *code)
{
    unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];

    if (first < ' ' || first == 0x7f) {
        *code = first;
        return 1;
    }
    *code = second;
    return first == 0xC2 && second >= 0x80 && second < 0xA0 ? 2 : 0;
}

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
