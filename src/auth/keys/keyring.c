/* Implements a keyring: the verification keys that the configuration itself contains. remote_keys.c
 * has the keys that are fetched from other servers. */
#include "auth/keys/keyring.h"

#include "base/ensure.h"

static agentos_status refuse_full(const struct keyring *keyring, const char *name,
                                  agentos_error *err)
{
    return fail_about(err, AGENTOS_INVALID, "%s", "more than %d %s", name, STATIC_KEYS_MAX,
                      keyring->alg_count > 1 ? "keys and algorithms" : "verification keys");
}

agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                           enum key_strength strength, agentos_error *err)
{
    agentos_error first = { .message = "" };
    size_t before = keyring->count;

    ensure(name != NULL);
    ensure(keyring->alg_count > 0 && keyring->count <= STATIC_KEYS_MAX);
    for (size_t i = 0; i < keyring->alg_count; i++) {
        agentos_error reason;
        struct key *key = NULL;

        if (key_read_verification(text, keyring->algs[i], strength, &key, &reason) != AGENTOS_OK) {
            first = first.message[0] == '\0' ? reason : first;
            continue;
        }
        if (keyring->count == STATIC_KEYS_MAX) {
            key_free(key);
            return refuse_full(keyring, name, err);
        }
        keyring->entries[keyring->count++] = (struct keyring_entry){ key, name };
    }
    return keyring->count > before
               ? AGENTOS_OK
               : fail_about(err, AGENTOS_INVALID, "%s", "%s", name, first.message);
}

agentos_status keyring_set(struct keyring *keyring, const char *name, str text,
                           enum key_strength strength, agentos_error *err)
{
    const struct jwks_rules rules = { .algs = keyring->algs,
                                      .alg_count = keyring->alg_count,
                                      .strength = strength };
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    agentos_error reason = { 0 };

    ensure(name != NULL);
    ensure(keyring->alg_count > 0 && keyring->set == NULL);
    agentos_status status = jwks_read(text, &rules, &keyring->set, &skipped, &reason);
    if (status != AGENTOS_OK)
        return fail_about(err, status, "%s", "%s", name, reason.message);
    keyring->set_name = name;
    if (jwks_count(keyring->set) > 0)
        return AGENTOS_OK;
    str why = buf_view(&skipped);
    return fail_about(err, AGENTOS_INVALID, "%s", "none of its keys can be used with %s%s%.*s",
                      name, keyring->algs[0]->name, why.len > 0 ? ": " : "", (int)why.len, why.ptr);
}

void keyring_clear(struct keyring *keyring)
{
    while (keyring->count > 0)
        key_free(keyring->entries[--keyring->count].key);
    jwks_unref(keyring->set);
    keyring->set = NULL;
}

size_t keyring_count(const struct keyring *keyring)
{
    return keyring->count + (keyring->set != NULL ? jwks_count(keyring->set) : 0);
}

bool keyring_allows(const struct keyring *keyring, str alg)
{
    for (size_t i = 0; i < keyring->alg_count; i++)
        if (str_equal(alg, str_of(keyring->algs[i]->name)))
            return true;
    return false;
}

size_t keyring_candidates(const struct keyring *keyring, str kid, str alg,
                          struct candidate out[KEY_CANDIDATES_MAX])
{
    const struct key *found[JWKS_CANDIDATES_MAX];
    size_t count = keyring->set != NULL ? jwks_find(keyring->set, kid, alg, found) : 0;

    for (size_t i = 0; i < count; i++)
        out[i] = (struct candidate){ found[i], keyring->set_name };
    for (size_t i = 0; i < keyring->count; i++)
        out[count++] = (struct candidate){ keyring->entries[i].key, keyring->entries[i].name };
    return count;
}
