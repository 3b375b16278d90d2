/* Resolves the strings and paths of a configuration. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "config/file.h"
#include "config/reading.h"

/* Resolves a relative path against the configuration's folder. */
const char *path_resolve(struct config_reading *r, str path)
{
    ensure(r->folder != NULL);
    const char *folder = str_starts(path, STR("/")) ? "" : r->folder;

    return arena_printf(r->a, "%s%.*s", folder, (int)path.len, path.ptr);
}

/* Copies a string. Adds a fault and returns NULL if it is empty, not UTF-8, or contains a NUL. */
static const char *copy_text(struct config_reading *r, struct place at, str text)
{
    ensure(text.ptr != NULL || text.len == 0);
    if (text.len == 0) {
        fault_at(r, at, "must not be empty");
        return NULL;
    }
    if (str_has(text, '\0') || !str_is_utf8(text)) {
        fault_at(r, at, "must be UTF-8 text without NUL bytes");
        return NULL;
    }
    return arena_copy(r->a, text);
}

/* Adds a file to watch for changes. Ignored beyond WATCHES_MAX. */
void path_watch(struct config_reading *r, const char *path)
{
    ensure(path != NULL && r->watched_count <= WATCHES_MAX);
    if (r->watched_count < WATCHES_MAX)
        r->watched[r->watched_count++] = path;
}

/* Returns the content of a file without its final newline, or NULL after adding a fault. Watches
 * the file in either case. */
static const char *text_of_file(struct config_reading *r, struct place at, str path)
{
    ensure(r->watched_count <= WATCHES_MAX);
    AUTO_BUF bytes = buf_with_limit(KEY_FILE_MAX_BYTES);
    const char *where = path_resolve(r, path);
    agentos_error err;

    path_watch(r, where);
    if (file_read(where, &bytes, &err) != AGENTOS_OK) {
        fault_at(r, at, "cannot read " QUOTED " (%s); %s", QUOTE(str_of(where)), err.message,
                 file_advice(&err));
        return NULL;
    }
    str text = buf_view(&bytes);
    if (str_ends(text, STR("\n")))
        text.len--;
    const char *copy = copy_text(r, at, text);
    if (bytes.ptr != NULL)
        OPENSSL_cleanse(bytes.ptr, bytes.len);
    return copy;
}

/* Returns the value of an environment variable, or NULL after adding a warning if it is unset. */
static const char *text_of_variable(struct config_reading *r, struct place at, str name)
{
    ensure(at.path != NULL);
    const char *value = env_get(&r->env, arena_copy(r->a, name));

    if (value != NULL)
        return copy_text(r, at, str_of(value));
    warn_at(r, at, "the environment variable " QUOTED " is not set; the key is ignored",
            QUOTE(name));
    return NULL;
}

/* Warns of a ${NAME}, which shells and Compose replace, and this file does not. */
static void warn_of_placeholder(struct config_reading *r, struct place at)
{
    static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    const char *begin = strstr(at.node->text.ptr, "${");
    size_t len = begin != NULL ? strspn(begin + strlen("${"), name_chars) : 0;

    if (len > 0 && begin[strlen("${") + len] == '}')
        warn_at(r, at, "${%.*s} is not replaced; write {env: %.*s}", (int)len, begin + strlen("${"),
                (int)len, begin + strlen("${"));
}

/* Returns the string of a scalar, {file: PATH} or {env: NAME}, or NULL if it is absent or not
 * valid. */
const char *text_resolve(struct config_reading *r, struct place at)
{
    ensure(at.node != NULL && at.path != NULL);
    const struct yaml_node *node = at.node;

    if (node->kind == YAML_NULL)
        return NULL;
    if (node->kind == YAML_SCALAR) {
        warn_of_placeholder(r, at);
        return copy_text(r, at, node->text);
    }
    if (node->kind == YAML_MAP && node->count == 1 && node->first->kind == YAML_SCALAR) {
        const struct yaml_node *source = node->first;

        if (str_equal(source->key, STR("file")))
            return text_of_file(r, at, source->text);
        if (str_equal(source->key, STR("env")))
            return text_of_variable(r, at, source->text);
    }
    fault_at(r, at, "must be a text, {file: PATH} or {env: NAME}");
    return NULL;
}
