/* Reads the plain verification keys and the key set of the `authorization:` block. */
#include <limits.h>
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "config/file.h"
#include "http/certificates.h"
#include "os/options_reading.h"

/* Returns true if the key is in the list. Compares in constant time, since keys may be secrets. */
static bool is_listed(const struct key_list *keys, const char *text)
{
    size_t len = strlen(text);

    ensure(keys->count <= STATIC_KEYS_MAX);
    for (size_t i = 0; i < keys->count; i++)
        if (strlen(keys->texts[i]) == len && CRYPTO_memcmp(keys->texts[i], text, len) == 0)
            return true;
    return false;
}

/* Appends a key unless it is listed. Returns false if the list is full. */
static bool append_key(struct key_list *keys, const char *text, const char *name)
{
    ensure(text != NULL && name != NULL && keys->count <= STATIC_KEYS_MAX);
    if (is_listed(keys, text))
        return true;
    if (keys->count == STATIC_KEYS_MAX)
        return false;
    keys->texts[keys->count] = text;
    keys->names[keys->count] = name;
    keys->count++;
    return true;
}

/* Adds a fault if the text of a key is the path of an existing file. */
void check_key_is_no_path(struct config_reading *r, struct place at, const char *text)
{
    str path = str_of(text);

    ensure(text != NULL);
    if (at.node->kind != YAML_SCALAR || path.len >= PATH_MAX || str_has(path, '\n'))
        return;
    if (file_exists(str_of(path_resolve(r, path))))
        fault_at(r, at, "this looks like a path: write {file: %s}", text);
}

/* Reads one key of the file. A fault marks the list as incomplete. */
static void take_listed_key(struct config_reading *r, struct place at)
{
    ensure(at.path != NULL);
    struct key_list *keys = &draft_of(r)->keys;
    size_t errors_before = r->faults.errors;
    const char *text = text_resolve(r, at);

    if (text != NULL)
        check_key_is_no_path(r, at, text);
    if (text != NULL && !append_key(keys, text, at.path))
        fault_at(r, at, "more than %d keys", STATIC_KEYS_MAX);
    if (r->faults.errors > errors_before)
        keys->is_incomplete = true;
}

/* Reads the verification keys of the file into the draft. */
void read_keys(struct config_reading *r, const struct option_row *row, struct place at,
               void *target)
{
    ensure(at.path != NULL);
    size_t index = 0;

    (void)row;    /* unused */
    (void)target; /* unused */
    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, MUST_BE_LIST);
        draft_of(r)->keys.is_incomplete = true;
        return;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next) {
        take_listed_key(r, place_item(r, at, child, index));
        index++;
    }
}

/* Copies the array, but not the texts. */
static const char *const *copy_texts(arena *a, const char *const *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    const char **copy = arena_array(a, count, sizeof(*copy));

    for (size_t i = 0; i < count; i++)
        copy[i] = texts[i];
    return copy;
}

/* Appends JWT_VERIFICATION_KEY and stores all keys in the options. */
void keys_finish(struct config_reading *r)
{
    static const char variable[] = "JWT_VERIFICATION_KEY";
    struct authority_options *authorization = &draft_of(r)->options->authorization;
    struct key_list *keys = &draft_of(r)->keys;
    const char *text = env_get(&r->env, variable);

    ensure(authorization->keys == NULL);
    /* append_key fails only if the list is full. */
    if (text != NULL && !append_key(keys, arena_copy(r->a, str_of(text)), variable))
        fault_of_variable(r, variable,
                          "too many keys; remove one from authorization.verification_keys");
    authorization->keys = copy_texts(r->a, keys->texts, keys->count);
    authorization->key_names = copy_texts(r->a, keys->names, keys->count);
    authorization->key_count = keys->count;
}

/* ---- the key set ---- */

#define UNREADABLE "cannot read " QUOTED " (%s); %s"

/* Reads and watches a key set file. Returns NULL and sets *why if it cannot be read. */
const char *key_set_read(struct config_reading *r, const char *path, const char **why)
{
    ensure(path != NULL && why != NULL);
    AUTO_BUF bytes = buf_with_limit(JWKS_MAX_BYTES);
    agentos_error err;

    path_watch(r, path);
    agentos_status status = file_read(path, &bytes, &err);
    if (status == AGENTOS_OK && str_has(buf_view(&bytes), '\0'))
        status = fail(&err, AGENTOS_INVALID, "NUL bytes");
    if (status == AGENTOS_OK && str_starts(str_trim(buf_view(&bytes)), STR("-----BEGIN "))) {
        *why = "this is PEM: use verification_keys, or make a set with `agentos jwks`";
        return NULL;
    }
    if (status == AGENTOS_OK)
        return arena_copy(r->a, buf_view(&bytes));
    *why = arena_printf(r->a, UNREADABLE, QUOTE(str_of(path)), err.message, file_advice(&err));
    return NULL;
}

/* Reads and watches a file of authorities' certificates, for the row's member. */
void read_ca_file(struct config_reading *r, const struct option_row *row, struct place at,
                  void *target)
{
    AUTO_BUF pem = buf_with_limit(CERTIFICATES_MAX_BYTES);
    const char *written_path = text_resolve(r, at);
    agentos_error err;

    if (written_path == NULL)
        return;
    const char *path = path_resolve(r, str_of(written_path));
    path_watch(r, path);
    if (file_read(path, &pem, &err) != AGENTOS_OK)
        fault_at(r, at, UNREADABLE, QUOTE(str_of(path)), err.message, file_advice(&err));
    else if (certificates_check(buf_view(&pem), &err) != AGENTOS_OK)
        fault_at(r, at, QUOTED " %s", QUOTE(str_of(path)), err.message);
    else
        *(const char **)row_member(target, row->at) = arena_copy(r->a, buf_view(&pem));
}

/* Sets the key set and its name for messages. `text` is NULL if it could not be read. */
static void set_key_set(struct config_reading *r, const char *text, const char *name)
{
    ensure(name != NULL);
    draft_of(r)->options->authorization.jwks = text;
    draft_of(r)->options->authorization.jwks_name = name;
}

void read_path(struct config_reading *r, const struct option_row *row, struct place at,
               void *target)
{
    const char *written = text_resolve(r, at);

    if (written != NULL)
        *(const char **)row_member(target, row->at) = path_resolve(r, str_of(written));
}

/* Reads the file's key set into the options. */
void read_jwks_path(struct config_reading *r, const struct option_row *row, struct place at,
                    void *target)
{
    ensure(at.path != NULL);
    const char *written_path = text_resolve(r, at);
    const char *why = NULL;

    (void)row;    /* unused */
    (void)target; /* unused */
    if (written_path == NULL)
        return;
    const char *path = path_resolve(r, str_of(written_path));
    set_key_set(r, key_set_read(r, path, &why), at.path);
    if (why != NULL) {
        draft_of(r)->keys.is_incomplete = true;
        fault_at(r, at, "%s", why);
    }
}

/* Reads the key set file that a variable names. Paths in .env are relative to the configuration. */
static void take_key_set_file(struct config_reading *r, const char *variable, const char *path)
{
    ensure(path != NULL);
    const char *resolved, *why = NULL;

    if (env_is_from_file(&r->env, variable))
        resolved = path_resolve(r, str_of(path));
    else
        resolved = arena_copy(r->a, str_of(path));
    set_key_set(r, key_set_read(r, resolved, &why), variable);
    if (why != NULL) {
        draft_of(r)->keys.is_incomplete = true;
        fault_of_variable(r, variable, why);
    }
}

/* Takes the key set of the environment if the file has none. */
void key_set_finish(struct config_reading *r)
{
    static const char path_variable[] = "JWT_JWKS_FILE", set_variable[] = "JWT_JWKS";
    const char *path = env_get(&r->env, path_variable);
    const char *set = env_get(&r->env, set_variable);

    ensure(draft_of(r)->options != NULL);
    if (draft_of(r)->options->authorization.jwks_name != NULL)
        return; /* the file overrides these variables */
    if (path != NULL)
        take_key_set_file(r, path_variable, path);
    else if (set != NULL)
        set_key_set(r, arena_copy(r->a, str_of(set)), set_variable);
}
