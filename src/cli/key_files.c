/* The files of a key folder. */
#include "cli/key_files.h"

#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "cli/input.h"
#include "cli/output.h"

struct pair pair_at(arena *a, const char *dir, const char *name)
{
    return (struct pair){ .private_path = arena_printf(a, "%s/%sprivate.pem", dir, name),
                          .public_path = arena_printf(a, "%s/%spublic.pem", dir, name) };
}

const char *folder_of(arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return ".";
    return slash == path ? "/" : arena_copy(a, (str){ path, (size_t)(slash - path) });
}

/* Writes the private key, and wipes it from memory. */
static agentos_status write_private(const struct key *key, const char *path, agentos_error *err)
{
    char *pem = NULL;

    TRY(key_private_pem(key, &pem, err));
    agentos_status status = output_write_new(path, str_of(pem), 0600, err);
    OPENSSL_cleanse(pem, strlen(pem));
    free(pem);
    return status;
}

/* Writes both keys to new PEM files. */
agentos_status pair_write(const struct key *key, struct pair pair, agentos_error *err)
{
    char *pem = NULL;

    ensure(pair.public_path != NULL);
    if (pair.private_path != NULL)
        TRY(write_private(key, pair.private_path, err));
    TRY(key_public_pem(key, &pem, err));
    agentos_status status = output_write_new(pair.public_path, str_of(pem), 0644, err);
    free(pem);
    return status;
}

/* ---- keys that are never published again ---- */

#define RETIRED_HEAD "# Keys that are never published again, by thumbprint (RFC 7638).\n"

static const char *retired_path(arena *a, const char *dir)
{
    return arena_printf(a, "%s/retired.txt", dir);
}

agentos_status retired_read(arena *a, const char *dir, buf *out, agentos_error *err)
{
    const char *path = retired_path(a, dir);

    return input_exists(path) ? input_read(path, out, err) : AGENTOS_OK;
}

bool retired_has(const buf *list, const char *thumbprint)
{
    str rest = buf_view(list);

    while (rest.len > 0) {
        str line = str_split(&rest, '\n');

        if (thumbprint[0] != '\0' && str_equal(str_split(&line, ' '), str_of(thumbprint)))
            return true;
    }
    return false;
}

/* Adds a key to the list and writes it. */
agentos_status retired_add(arena *a, const char *dir, buf *list, const char *thumbprint,
                           agentos_error *err)
{
    char time[CLOCK_TEXT_SIZE];

    ensure(thumbprint[0] != '\0');
    if (retired_has(list, thumbprint))
        return AGENTOS_OK;
    if (list->len == 0)
        buf_append(list, STR(RETIRED_HEAD));
    else if (!str_ends(buf_view(list), STR("\n")))
        buf_append_char(list, '\n'); /* somebody has edited it */
    buf_printf(list, "%s %s\n", thumbprint, clock_iso8601(clock_now_s(), time));
    if (!buf_ok(list))
        return fail(err, AGENTOS_INVALID, "%.256s is too long", retired_path(a, dir));
    return output_replace(retired_path(a, dir), buf_view(list), 0644, err);
}
