/* A key set: every key is found by its kid, a set equals itself, and what is told is text. */
#include <stdint.h>

#include "base/limits.h"
#include "jose/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_found(const struct jwks *set, const struct jwks_entry *entry)
{
    const struct key *keys[JWKS_CANDIDATES_MAX];
    size_t count = jwks_find(set, str_of(entry->kid), str_of(key_alg(entry->key)->name), keys);

    for (size_t i = 0; i < count; i++)
        if (keys[i] == entry->key)
            return true;
    return entry->kid[0] == '\0' && count == JWKS_CANDIDATES_MAX;
}

static void check(struct jwks *set)
{
    for (size_t i = 0; i < jwks_count(set); i++)
        if (is_found(set, jwks_entry(set, i)) == jwks_entry(set, i)->is_ambiguous)
            abort();
    if (!jwks_equal(set, set))
        abort();
    jwks_unref(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct alg *algs[ALG_COUNT];

    for (size_t i = 0; i < ALG_COUNT; i++)
        algs[i] = alg_at(i);
    for (int is_remote = 0; is_remote < 2; is_remote++) {
        const struct jwks_rules rules = { .algs = algs,
                                          .alg_count = ALG_COUNT,
                                          .is_remote = is_remote };
        AUTO_BUF skipped = buf_with_limit(KiB);
        struct jwks *set = NULL;
        agentos_error err = { .message = "" };

        if (jwks_read((str){ (const char *)data, size }, &rules, &set, &skipped, &err) ==
            AGENTOS_OK)
            check(set);
        if (!str_is_utf8(buf_view(&skipped)) || !str_is_utf8(str_of(err.message)))
            abort();
    }
    return 0;
}
