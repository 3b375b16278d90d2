/* Reads, changes and writes a key set in a file. */
#include "cli/set_file.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "cli/input.h"
#include "cli/output.h"
#include "json/writer.h"

struct jwks_rules set_file_rules(const struct alg *algs[ALG_COUNT])
{
    struct jwks_rules rules = { .algs = algs };

    for (size_t i = 0; i < ALG_COUNT; i++)
        if (alg_at(i)->key_type != KEY_OCT)
            algs[rules.alg_count++] = alg_at(i);
    return rules;
}

/* Fills in one key. entry is NULL if it cannot be used. */
static agentos_status read_key(arena *a, const json_t *jwk, const struct jwks_entry *entry,
                               struct set_key *out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);
    const char *kid = json_text(jwk, "kid");

    write_json(&(writer){ .out = &text }, jwk);
    if (!buf_ok(&text))
        return fail(err, AGENTOS_INVALID, "a key is too large");
    *out = (struct set_key){ .kid = kid != NULL ? kid : "",
                             .jwk = { arena_copy(a, buf_view(&text)), text.len } };
    if (entry == NULL)
        return AGENTOS_OK;
    (void)key_thumbprint(entry->key, out->thumbprint); /* returns it */
    out->alg = key_alg(entry->key);
    return AGENTOS_OK;
}

/* Returns the first entry of the JWK at this index, or NULL if it cannot be used. */
static const struct jwks_entry *entry_at(const struct jwks *keys, size_t index)
{
    for (size_t i = 0; i < jwks_count(keys); i++)
        if (jwks_entry(keys, i)->position == index)
            return jwks_entry(keys, i);
    return NULL;
}

/* Reads the members of the list. */
static agentos_status read_keys(arena *a, const json_t *list, const struct jwks *keys,
                                struct set_file *out, agentos_error *err)
{
    const json_t *jwk;
    size_t i;

    out->count = json_array_size(list);
    out->keys = arena_array(a, out->count + 1, sizeof(*out->keys));
    json_array_foreach(list, i, jwk) TRY(read_key(a, jwk, entry_at(keys, i), &out->keys[i], err));
    return AGENTOS_OK;
}

/* Reads a key set file by the same rules as a server. */
agentos_status set_file_read(arena *a, const char *path, struct set_file *out, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);
    const struct alg *algs[ALG_COUNT];
    const struct jwks_rules rules = set_file_rules(algs);
    const json_t *root = NULL;
    struct jwks *keys = NULL;
    agentos_error why;

    *out = (struct set_file){ .path = path };
    TRY(input_read(path, &text, err));
    if (jwks_read(buf_view(&text), &rules, &keys, NULL, &why) != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "%.256s: %.512s", path, why.message);
    agentos_status status = json_parse(a, buf_view(&text), &root, err);
    const json_t *list = json_object_get(root, "keys");
    if (status == AGENTOS_OK && !json_is_array(list))
        status = fail(err, AGENTOS_INVALID, "%.256s: not of the form {\"keys\":[...]}", path);
    if (status == AGENTOS_OK)
        status = read_keys(a, list, keys, out, err);
    jwks_unref(keys);
    return status;
}

agentos_status set_file_add(arena *a, struct set_file *set, const struct key *key,
                            agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);
    struct set_key *added = &set->keys[set->count];

    *added = (struct set_key){ .alg = key_alg(key) };
    added->kid = arena_copy(a, str_of(key_thumbprint(key, added->thumbprint)));
    TRY(jwk_write_public(key, added->kid, &text, err));
    added->jwk = (str){ arena_copy(a, buf_view(&text)), text.len };
    set->count++;
    return AGENTOS_OK;
}

void set_file_remove(struct set_file *set, size_t index)
{
    ensure(index < set->count);
    set->count--;
    memmove(&set->keys[index], &set->keys[index + 1], (set->count - index) * sizeof(set->keys[0]));
}

/* Appends the set's JSON, one key a line, after checking that a server would accept it. */
agentos_status set_file_print(const struct set_file *set, buf *out, agentos_error *err)
{
    const struct alg *algs[ALG_COUNT];
    const struct jwks_rules rules = set_file_rules(algs);
    struct jwks *keys = NULL;

    buf_append(out, STR("{\"keys\":["));
    for (size_t i = 0; i < set->count; i++)
        buf_printf(out, "%s%.*s", i > 0 ? ",\n" : "", (int)set->keys[i].jwk.len,
                   set->keys[i].jwk.ptr);
    buf_append(out, STR("]}\n"));
    if (!buf_ok(out))
        return fail(err, AGENTOS_INVALID, "%.256s would be too large", set->path);
    TRY(jwks_read(buf_view(out), &rules, &keys, NULL, err));
    jwks_unref(keys);
    return AGENTOS_OK;
}

agentos_status set_file_write(const struct set_file *set, agentos_error *err)
{
    AUTO_BUF text = buf_with_limit(JWKS_MAX_BYTES);

    TRY(set_file_print(set, &text, err));
    return output_replace(set->path, buf_view(&text), 0644, err);
}

const struct set_key *set_file_find(const struct set_file *set, const char *thumbprint)
{
    for (size_t i = 0; i < set->count; i++)
        if (thumbprint[0] != '\0' && strcmp(set->keys[i].thumbprint, thumbprint) == 0)
            return &set->keys[i];
    return NULL;
}

const struct set_key *set_file_find_kid(const struct set_file *set, const char *kid)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->keys[i].thumbprint[0] != '\0' && strcmp(set->keys[i].kid, kid) == 0)
            return &set->keys[i];
    return NULL;
}
