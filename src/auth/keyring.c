/* Static keys, in the order of the configuration. Fetches nothing. */
#include "auth/keyring.h"

agentos_status keyring_add(struct keyring *keyring, const char *name, str text,
                           const struct alg *alg, enum key_strength strength, agentos_error *err)
{
    struct keyring_entry *entry = &keyring->entries[keyring->count];
    agentos_error reason = { 0 };

    if (keyring->count == STATIC_KEYS_MAX)
        return fail(err, AGENTOS_INVALID, "%s: more than %d verification keys", name,
                    STATIC_KEYS_MAX);

    agentos_status status = key_read_verification(text, alg, strength, &entry->key, &reason);
    if (status != AGENTOS_OK)
        return fail(err, status, "%s: %s", name, reason.message);
    entry->name = name;
    keyring->count++;
    return AGENTOS_OK;
}

void keyring_clear(struct keyring *keyring)
{
    while (keyring->count > 0)
        key_unref(keyring->entries[--keyring->count].key);
}

const struct keyring_entry *keyring_next(const struct keyring *keyring, size_t *position)
{
    return *position < keyring->count ? &keyring->entries[(*position)++] : NULL;
}
