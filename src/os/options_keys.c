/* Reads the keys of the plain `authorization:` block: the verification keys of the file, then those
 * of the environment, and the key set of the first source that names one. authority_new checks
 * later whether a key fits its algorithm. */
#include <openssl/crypto.h>

#include "base/ensure.h"
#include "config/file.h"
#include "os/options_reading.h"

static bool is_listed(const struct key_list *keys, const char *text)
{
    size_t len = strlen(text);

    ensure(keys->count <= STATIC_KEYS_MAX);
    for (size_t i = 0; i < keys->count; i++)
        if (strlen(keys->texts[i]) == len && CRYPTO_memcmp(keys->texts[i], text, len) == 0)
            return true;
    return false;
}

/* False: there is no room. A key that is listed already is not added again. */
static bool append_key(struct key_list *keys, const char *text, const char *name)
{
    ensure(text != NULL && name != NULL);
    if (is_listed(keys, text))
        return true;
    if (keys->count == STATIC_KEYS_MAX)
        return false;
    keys->texts[keys->count] = text;
    keys->names[keys->count++] = name;
    return true;
}

static void take_listed_key(struct config_reading *r, struct place at)
{
    ensure(at.path != NULL);
    size_t errors = r->faults.errors;
    const char *text = text_resolve(r, at);

    if (text != NULL && !append_key(&draft_of(r)->keys, text, at.path))
        fault_at(r, at, "more than %d keys", STATIC_KEYS_MAX);
    draft_of(r)->keys.is_incomplete |= r->faults.errors > errors;
}

void read_keys(struct config_reading *r, const struct option_row *row, struct place at,
               void *target)
{
    size_t index = 0;

    (void)row;    /* keys have no further rules */
    (void)target; /* keys_finish fills it in, once the environment has been read */
    if (at.node->kind != YAML_LIST) {
        fault_at(r, at, "must be a list");
        draft_of(r)->keys.is_incomplete = true;
        return;
    }
    for (const struct yaml_node *child = at.node->first; child != NULL; child = child->next)
        take_listed_key(r, place_item(r, at, child, index++));
}

static const char *const *copy_texts(arena *a, const char *const *texts, size_t count)
{
    ensure(texts != NULL || count == 0);
    const char **copy = arena_alloc(a, (count + 1) * sizeof(*copy));

    for (size_t i = 0; i < count; i++)
        copy[i] = texts[i];
    return copy;
}

void keys_finish(struct config_reading *r)
{
    ensure(draft_of(r)->options->authorization.keys == NULL);
    static const char variable[] = "JWT_VERIFICATION_KEY";
    struct authority_options *authorization = &draft_of(r)->options->authorization;
    const struct key_list *found = &draft_of(r)->keys;
    const char *text = env_get(&r->env, variable);

    if (text != NULL && !append_key(&draft_of(r)->keys, arena_copy(r->a, str_of(text)), variable))
        fault_of_variable(r, variable,
                          "one key too many; remove one from authorization.verification_keys");
    authorization->keys = copy_texts(r->a, found->texts, found->count);
    authorization->key_names = copy_texts(r->a, found->names, found->count);
    authorization->key_count = found->count;
}

/* ---- the key set ---- */

const char *key_set_read(struct config_reading *r, const char *path, const char **why)
{
    ensure(path != NULL && why != NULL);
    AUTO_BUF bytes = buf_with_limit(JWKS_MAX_BYTES);
    agentos_error err;

    path_watch(r, path);
    if (file_read(path, &bytes, &err) == AGENTOS_OK && !str_has(buf_view(&bytes), '\0'))
        return arena_copy(r->a, buf_view(&bytes));
    *why = arena_printf(r->a, "cannot read " QUOTED " (%s); create it or correct the path",
                        QUOTE(str_of(path)), buf_view(&bytes).len > 0 ? "NUL bytes" : err.message);
    return NULL;
}

static void set_key_set(struct config_reading *r, const char *text, const char *name)
{
    ensure(name != NULL);
    draft_of(r)->options->authorization.jwks = text;
    draft_of(r)->options->authorization.jwks_name = name;
}

void read_jwks_path(struct config_reading *r, const struct option_row *row, struct place at,
                    void *target)
{
    ensure(at.path != NULL);
    const char *text = text_resolve(r, at), *why = NULL;

    (void)row;    /* a path has no further rules */
    (void)target; /* the draft's options have the key set */
    if (text == NULL)
        return;
    set_key_set(r, key_set_read(r, path_resolve(r, str_of(text)), &why), at.path);
    draft_of(r)->keys.is_incomplete |= why != NULL;
    if (why != NULL)
        fault_at(r, at, "%s", why);
}

/* A path in .env is relative to that file, one in the environment to the working folder. */
static void take_key_set_file(struct config_reading *r, const char *variable, const char *path)
{
    ensure(path != NULL);
    const char *where = env_is_from_file(&r->env, variable) ? path_resolve(r, str_of(path))
                                                            : arena_copy(r->a, str_of(path));
    const char *why = NULL;

    set_key_set(r, key_set_read(r, where, &why), variable);
    draft_of(r)->keys.is_incomplete |= why != NULL;
    if (why != NULL)
        fault_of_variable(r, variable, why);
}

void key_set_finish(struct config_reading *r)
{
    static const char file[] = "JWT_JWKS_FILE", text[] = "JWT_JWKS";
    const char *path = env_get(&r->env, file), *json = env_get(&r->env, text);

    if (draft_of(r)->options->authorization.jwks_name != NULL)
        return; /* the file's takes precedence */
    if (path != NULL)
        take_key_set_file(r, file, path);
    else if (json != NULL)
        set_key_set(r, arena_copy(r->a, str_of(json)), text);
}
