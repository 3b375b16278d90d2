/* Opens the audit log with its key. The key comes from the configuration or from a file next to the
 * database; if the file does not exist, a new key is generated. A database in memory gets a new key
 * for each process. */
#include "os/audit_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/hex.h"
#include "base/random.h"
#include "config/file.h"

enum { KEY_BYTES = 32, KEY_TEXT_SIZE = 2 * KEY_BYTES + 1 };

/* UNAVAILABLE, with what errno says. */
static agentos_status cannot_make(const char *path, agentos_error *err)
{
    ensure(path != NULL);
    return fail(err, AGENTOS_UNAVAILABLE,
                "The audit's key '%.256s' cannot be made: %s; set audit.key", path,
                strerror(errno));
}

static void draw_key(char text[KEY_TEXT_SIZE])
{
    unsigned char bytes[KEY_BYTES];

    random_bytes(bytes, sizeof(bytes));
    (void)hex_encode(bytes, sizeof(bytes), text); /* returns the text it wrote */
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

/* Writes a new key under another name and links it to the path: nobody reads half a key, and two
 * servers that start together use the key of one of them. */
static agentos_status make_key(arena *a, const char *path, agentos_error *err)
{
    ensure(path != NULL);
    const char *draft = arena_printf(a, "%s.%ld", path, (long)getpid());
    char text[KEY_TEXT_SIZE];
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return cannot_make(path, err);
    draw_key(text);
    bool is_written = write(fd, text, KEY_TEXT_SIZE - 1) == KEY_TEXT_SIZE - 1 && fsync(fd) == 0;
    OPENSSL_cleanse(text, sizeof(text));
    (void)close(fd); /* fsync has said what there is to say */
    bool is_there = is_written && (link(draft, path) == 0 || errno == EEXIST);
    int why = errno;
    (void)unlink(draft); /* if it stays, nothing reads it */
    errno = why;
    return is_there ? AGENTOS_OK : cannot_make(path, err);
}

static agentos_status open_with_file(arena *a, const char *path, struct audit **out,
                                     agentos_error *err)
{
    ensure(path != NULL && out != NULL);
    AUTO_BUF text = buf_with_limit(KEY_FILE_MAX_BYTES);

    if (access(path, F_OK) != 0)
        TRY(make_key(a, path, err));
    TRY(file_read(path, &text, err));
    agentos_status status = audit_new(buf_view(&text), out, err);
    OPENSSL_cleanse(text.ptr, text.len);
    return status;
}

agentos_status audit_open(const struct options *options, struct audit **out, agentos_error *err)
{
    ensure(options->database != NULL && out != NULL);
    AUTO(arena) *a = arena_new();
    str database = str_of(options->database);
    char text[KEY_TEXT_SIZE];

    if (options->audit_key != NULL)
        return audit_new(str_of(options->audit_key), out, err);
    if (str_starts(database, STR("sqlite:")))
        return open_with_file(a, arena_printf(a, "%s.audit-key", database.ptr + strlen("sqlite:")),
                              out, err);
    draw_key(text);
    agentos_status status = audit_new(str_of(text), out, err);
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}
