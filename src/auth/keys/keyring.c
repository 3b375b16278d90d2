/* The verification keys of the configuration. */
#include "auth/keys/keyring.h"

#include "base/ensure.h"

/* Rejects a key because the keyring is full. */
static agentos_status refuse_full(const struct keyring *keyring, const char *name,
                                  agentos_error *err)
{
    const char *things = "verification keys";

    if (keyring->alg_count > 1)
        things = "keys and algorithms";
    return fail_about(err, AGENTOS_INVALID, "%s", "more than %d %s", name, STATIC_KEYS_MAX, things);
}

/* Appends the key, taking over the reference. Releases it if the keyring is full. */
static agentos_status append_key(struct keyring *keyring, struct key *key, const char *name,
                                 agentos_error *err)
{
    ensure(keyring->count <= STATIC_KEYS_MAX);
    if (keyring->count == STATIC_KEYS_MAX) {
        key_free(key);
        return refuse_full(keyring, name, err);
    }
    keyring->entries[keyring->count].key = key;
    keyring->entries[keyring->count].name = name;
    keyring->count++;
    return AGENTOS_OK;
}

/* Adds the key once for each algorithm that it fits. A failure can leave some entries. */
agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                           enum key_strength strength, agentos_error *err)
{
    agentos_error reasons[ALGS_MAX]; /* why the key does not fit, for each algorithm */
    size_t fitting = 0;

    ensure(name != NULL);
    ensure(keyring->alg_count > 0 && keyring->alg_count <= ALGS_MAX);
    for (size_t i = 0; i < keyring->alg_count; i++) {
        const struct alg *alg = keyring->algs[i];
        struct key *key = NULL;

        if (key_read_verification(text, alg, strength, &key, &reasons[i]) != AGENTOS_OK)
            continue;
        TRY(append_key(keyring, key, name, err));
        fitting++;
    }
    if (fitting == 0)
        return fail_about(err, AGENTOS_INVALID, "%s", "%s", name, reasons[0].message);
    return AGENTOS_OK;
}

/* Rejects a key set without usable keys. `skipped` holds the reasons, or is empty. */
static agentos_status refuse_unusable_set(const struct keyring *keyring, const char *name,
                                          str skipped, agentos_error *err)
{
    const char *separator = skipped.len > 0 ? ": " : "";

    ensure(keyring->alg_count > 0);
    return fail_about(err, AGENTOS_INVALID, "%s", "none of its keys can be used with %s%s%.*s",
                      name, keyring->algs[0]->name, separator, (int)skipped.len, skipped.ptr);
}

/* Reads the keyring's only key set. A failure can leave a set, which keyring_clear releases. */
agentos_status keyring_set(struct keyring *keyring, const char *name, str text,
                           enum key_strength strength, agentos_error *err)
{
    const struct jwks_rules rules = {
        .algs = keyring->algs,
        .alg_count = keyring->alg_count,
        .strength = strength,
    };
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    agentos_error reason;

    ensure(name != NULL);
    ensure(keyring->alg_count > 0);
    ensure(keyring->set == NULL);
    agentos_status status = jwks_read(text, &rules, &keyring->set, &skipped, &reason);
    if (status != AGENTOS_OK)
        return fail_about(err, status, "%s", "%s", name, reason.message);
    keyring->set_name = name;
    if (jwks_count(keyring->set) == 0)
        return refuse_unusable_set(keyring, name, buf_view(&skipped), err);
    return AGENTOS_OK;
}

/* Releases all keys. A zeroed or cleared keyring is allowed. */
void keyring_clear(struct keyring *keyring)
{
    ensure(keyring->count <= STATIC_KEYS_MAX);
    while (keyring->count > 0) {
        keyring->count--;
        key_free(keyring->entries[keyring->count].key);
    }
    jwks_unref(keyring->set);
    keyring->set = NULL;
}

/* Returns the number of usable keys, including those of the key set. */
size_t keyring_count(const struct keyring *keyring)
{
    size_t count = keyring->count;

    if (keyring->set != NULL)
        count += jwks_count(keyring->set);
    return count;
}

/* Returns whether a token may use this alg. */
bool keyring_allows(const struct keyring *keyring, str alg)
{
    for (size_t i = 0; i < keyring->alg_count; i++)
        if (str_equal(alg, str_of(keyring->algs[i]->name)))
            return true;
    return false;
}

/* Fills `out` with borrowed keys to try: those of the set with this kid, then all single keys. */
size_t keyring_candidates(const struct keyring *keyring, str kid, str alg,
                          struct candidate out[KEY_CANDIDATES_MAX])
{
    const struct key *found[JWKS_CANDIDATES_MAX];
    size_t found_count = 0, count = 0;

    ensure(keyring->count <= STATIC_KEYS_MAX);
    if (keyring->set != NULL)
        found_count = jwks_find(keyring->set, kid, alg, found);
    ensure(found_count <= JWKS_CANDIDATES_MAX); /* so both kinds fit into `out` */
    for (size_t i = 0; i < found_count; i++) {
        out[count].key = found[i];
        out[count].name = keyring->set_name;
        count++;
    }
    for (size_t i = 0; i < keyring->count; i++) {
        out[count].key = keyring->entries[i].key;
        out[count].name = keyring->entries[i].name;
        count++;
    }
    return count;
}
