/* Reads and writes the file of the mark. It is written to PATH.part and renamed, so that a process
 * that is killed leaves either the old mark or the new one. */
#include "audit/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "store/durable.h"

struct mark *mark_new(const char *path)
{
    size_t size = strlen(path) + 1;
    struct mark *mark = mem_zeroed(sizeof(*mark) + size);

    memcpy(mark->path, path, size);
    return mark;
}

/* Returns CONFLICT with the path and the reason why the mark is unusable. */
static agentos_status refuse_mark(struct mark *mark, const char *why, agentos_error *err)
{
    mark->place = (struct place_in_chain){ .row = 0 };
    mark->state = MARK_STAYS;
    return fail(err, AGENTOS_CONFLICT, "the mark '%.256s' %s", mark->path, why);
}

agentos_status mark_read(const struct audit *audit, agentos_error *err)
{
    struct mark *mark = audit->mark;
    char text[SEALED_PLACE_SIZE];

    ensure(mark != NULL);
    mark->place = (struct place_in_chain){ .row = 0 };
    int fd = open(mark->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
        mark->state = MARK_ABSENT;
        return AGENTOS_OK;
    }
    if (fd < 0)
        return refuse_mark(mark, strerror(errno), err);
    ssize_t len = read(fd, text, sizeof(text));
    (void)close(fd); /* it was only read */
    if (len <= 0 || !read_sealed(audit, SEAL_MARK, (str){ text, (size_t)len }, &mark->place))
        return refuse_mark(mark, "was changed or sealed with another key", err);
    mark->state = MARK_FOLLOWS;
    return AGENTOS_OK;
}

/* Writes the text to a new file. Returns false and sets errno unless it was written completely. */
static bool write_part(const char *part, str text)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return false;
    bool is_whole = write(fd, text.ptr, text.len) == (ssize_t)text.len;
    int why = is_whole ? 0 : errno;
    (void)close(fd); /* durable_publish flushes it and reports failures */
    errno = why != 0 ? why : ENOSPC;
    return is_whole;
}

/* Replaces the file at the path by this text. */
static agentos_status replace_file(const char *path, str text, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const char *part = arena_printf(a, "%s.part", path);

    if (!write_part(part, text))
        return fail(err, AGENTOS_UNAVAILABLE, "%s", strerror(errno));
    return durable_publish(part, path, err);
}

agentos_status mark_write(const struct audit *audit, const struct place_in_chain *place,
                          agentos_error *err)
{
    struct mark *mark = audit->mark;
    char text[SEALED_PLACE_SIZE];
    agentos_error why;

    ensure(mark != NULL);
    write_sealed(audit, SEAL_MARK, place, text);
    if (replace_file(mark->path, str_of(text), &why) != AGENTOS_OK)
        return fail(err, AGENTOS_UNAVAILABLE, "The mark '%.256s' cannot be written: %.256s",
                    mark->path, why.message);
    mark->place = *place;
    mark->state = MARK_FOLLOWS;
    return AGENTOS_OK;
}
