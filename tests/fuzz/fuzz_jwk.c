/* One JWK, under the rules of a provider's and of a local file: what is usable verifies nothing
 * that nobody signed, has no private half, and is written so that it reads as the same key. */
#include <stdint.h>

#include "base/limits.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "jose/key_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const struct key *key)
{
    const struct alg *algs[] = { key_alg(key) };
    const struct jwks_rules rules = {
        .algs = algs, .alg_count = 1, .is_remote = true, .strength = KEY_WEAK_ALLOWED
    };
    AUTO_BUF text = buf_with_limit(8 * KiB);
    struct jwks *set = NULL;

    if (jwk_write_public(key, "k", &text, NULL) != AGENTOS_OK ||
        jwks_read(buf_view(&text), &rules, &set, NULL, NULL) != AGENTOS_OK ||
        jwks_count(set) != 1 || !key_equal(jwks_entry(set, 0)->key, key))
        abort();
    jwks_unref(set);
}

static void check_key(struct key *key, bool is_remote)
{
    const struct jws jws = { .signing_input = STR("a.b"),
                             .signature = STR(""),
                             .alg = str_of(key_alg(key)->name) };

    if (jws_verify(&jws, key, NULL) == AGENTOS_OK)
        abort();
    bool is_secret = key_alg(key)->key_type == KEY_OCT;
    if (is_secret ? is_remote : key->can_sign)
        abort();
    if (!is_secret)
        check_written(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) *a = arena_new();
    const struct alg *algs[ALG_COUNT];
    const json_t *jwk = NULL;

    for (size_t i = 0; i < ALG_COUNT; i++)
        algs[i] = alg_at(i);
    if (json_parse(a, (str){ (const char *)data, size }, &jwk, NULL) != AGENTOS_OK)
        return 0;
    for (int is_remote = 0; is_remote < 2; is_remote++) {
        const struct jwks_rules rules = { .algs = algs,
                                          .alg_count = ALG_COUNT,
                                          .is_remote = is_remote,
                                          .strength = KEY_WEAK_ALLOWED };
        struct jwk_keys keys;

        if ((jwk_read(jwk, &rules, &keys) == JWK_USABLE) != (keys.count > 0))
            abort();
        for (size_t i = 0; i < keys.count; i++) {
            check_key(keys.keys[i], is_remote);
            key_free(keys.keys[i]);
        }
    }
    return 0;
}
