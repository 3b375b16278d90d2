/* Opens the audit log with its key. */
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

static agentos_status fail_to_create(const char *path, agentos_error *err)
{
    ensure(path != NULL);
    return fail(err, AGENTOS_UNAVAILABLE, "cannot create the audit key '%.256s': %s; set audit.key",
                path, strerror(errno));
}

static void draw_key(char text[KEY_TEXT_SIZE])
{
    unsigned char bytes[KEY_BYTES];

    random_bytes(bytes, sizeof(bytes));
    (void)hex_encode(bytes, sizeof(bytes), text); /* returns the text it wrote */
    OPENSSL_cleanse(bytes, sizeof(bytes));
}

/* Writes a new key and closes the file. Returns false and sets errno on failure. */
static bool write_new_key(int fd)
{
    ensure(fd >= 0);
    const size_t len = KEY_TEXT_SIZE - 1; /* without the final NUL */
    char text[KEY_TEXT_SIZE];

    draw_key(text);
    bool is_stored = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    int why = errno;
    OPENSSL_cleanse(text, sizeof(text));
    (void)close(fd); /* fsync has reported write errors */
    errno = why;
    return is_stored;
}

/* Creates the key file. If another process has created it, keeps that key. */
static agentos_status create_key(arena *a, const char *path, agentos_error *err)
{
    ensure(path != NULL);
    const char *draft = arena_printf(a, "%s.%ld", path, (long)getpid());

    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail_to_create(path, err);
    bool is_there = write_new_key(fd) && (link(draft, path) == 0 || errno == EEXIST);
    int why = errno;
    (void)unlink(draft); /* a leftover draft is harmless */
    errno = why;
    return is_there ? AGENTOS_OK : fail_to_create(path, err);
}

/* Opens the audit log with the key in the file. Creates the file if it does not exist. */
static agentos_status open_with_file(arena *a, const char *path, struct audit **out,
                                     agentos_error *err)
{
    ensure(path != NULL && out != NULL);
    AUTO_BUF text = buf_with_limit(KEY_FILE_MAX_BYTES);

    if (access(path, F_OK) != 0)
        TRY(create_key(a, path, err));
    TRY(file_read(path, &text, err));
    agentos_status status = audit_new(buf_view(&text), out, err);
    OPENSSL_cleanse(text.ptr, text.len);
    return status;
}

/* Opens the audit log with a new key that is not stored. */
static agentos_status open_with_new_key(struct audit **out, agentos_error *err)
{
    ensure(out != NULL);
    char text[KEY_TEXT_SIZE];

    draw_key(text);
    agentos_status status = audit_new(str_of(text), out, err);
    OPENSSL_cleanse(text, sizeof(text));
    return status;
}

/* Uses the key of the options, or the key file next to the database if there is a path. */
static agentos_status open_with_key(const struct options *options, const char *path, arena *a,
                                    struct audit **out, agentos_error *err)
{
    if (options->audit_key != NULL)
        return audit_new(str_of(options->audit_key), out, err);
    if (path == NULL)
        return open_with_new_key(out, err);
    return open_with_file(a, arena_printf(a, "%s.audit-key", path), out, err);
}

/* Opens the audit with its key and its mark. */
agentos_status audit_open(const struct options *options, struct audit **out, agentos_error *err)
{
    ensure(options->database != NULL && out != NULL);
    static const str sqlite = STR_INIT("sqlite:");
    AUTO(arena) *a = arena_new();
    bool is_file = str_starts(str_of(options->database), sqlite);
    const char *path = is_file ? options->database + sqlite.len : NULL;

    TRY(open_with_key(options, path, a, out, err));
    if (path != NULL)
        audit_keep_mark(*out, options->audit_mark != NULL ? options->audit_mark
                                                          : arena_printf(a, "%s.state.mark", path));
    return AGENTOS_OK;
}
