/* Resolves the texts of a configuration. A text can be given directly, as {file: PATH} or as {env:
 * NAME}. Files that are read here are watched for changes. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "config/file.h"
#include "config/reading.h"

const char *path_resolve(struct config_reading *r, str path)
{
    ensure(r->folder != NULL);
    bool is_relative = !str_starts(path, STR("/"));

    return arena_printf(r->a, "%s%.*s", is_relative ? r->folder : "", (int)path.len, path.ptr);
}

/* A copy of the text; NULL: it would be cut short or could not be written as JSON, which is a
 * fault.
 */
static const char *copy_text(struct config_reading *r, struct place at, str text)
{
    ensure(text.ptr != NULL || text.len == 0);
    if (text.len > 0 && !str_has(text, '\0') && str_is_utf8(text))
        return arena_copy(r->a, text);
    fault_at(r, at, text.len == 0 ? "must not be empty" : "must be UTF-8 text without NUL bytes");
    return NULL;
}

void path_watch(struct config_reading *r, const char *path)
{
    ensure(path != NULL && r->watched_count <= WATCHES_MAX);
    if (r->watched_count < WATCHES_MAX)
        r->watched[r->watched_count++] = path;
}

/* The file is watched also when it cannot be read yet. */
static const char *text_of_file(struct config_reading *r, struct place at, str path)
{
    ensure(r->watched_count <= WATCHES_MAX);
    AUTO_BUF bytes = buf_with_limit(KEY_FILE_MAX_BYTES);
    const char *where = path_resolve(r, path);
    agentos_error err;

    path_watch(r, where);
    if (file_read(where, &bytes, &err) != AGENTOS_OK) {
        fault_at(r, at, "cannot read " QUOTED " (%s); create it or correct the path",
                 QUOTE(str_of(where)), err.message);
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

static const char *text_of_variable(struct config_reading *r, struct place at, str name)
{
    ensure(at.path != NULL);
    const char *value = env_get(&r->env, arena_copy(r->a, name));

    if (value != NULL)
        return copy_text(r, at, str_of(value));
    warn_at(r, at, "the environment variable " QUOTED " is not set; as if the key were absent",
            QUOTE(name));
    return NULL;
}

const char *text_resolve(struct config_reading *r, struct place at)
{
    ensure(at.node != NULL && at.path != NULL);
    const struct yaml_node *node = at.node, *only = node->first;

    if (node->kind == YAML_NULL)
        return NULL;
    if (node->kind == YAML_SCALAR)
        return copy_text(r, at, node->text);
    if (node->kind == YAML_MAP && node->count == 1 && only->kind == YAML_SCALAR) {
        if (str_equal(only->key, STR("file")))
            return text_of_file(r, at, only->text);
        if (str_equal(only->key, STR("env")))
            return text_of_variable(r, at, only->text);
    }
    fault_at(r, at, "must be a text, {file: PATH} or {env: NAME}");
    return NULL;
}
