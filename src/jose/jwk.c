/* Reads one JWK (RFC 7517 §4) into keys, each bound to one algorithm. */
#include "jose/jwk.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "jose/jwk_material.h"
#include "jose/key_format.h"
#include "jose/key_parts.h"
#include "jose/key_rules.h"

/* Returns true if the JWK has a private member, or `k` without being a secret (RFC 7517 §9.3). */
static bool has_private_part(const json_t *jwk)
{
    static const char *const names[] = { "d", "p", "q", "dp", "dq", "qi", "oth" };
    const char *type = json_text(jwk, "kty");

    for (size_t i = 0; i < COUNT(names); i++)
        if (jwk_member(jwk, names[i]) != NULL)
            return true;
    return jwk_member(jwk, "k") != NULL && (type == NULL || strcmp(type, "oct") != 0);
}

/* Returns true if the kid is absent or a string of at most KID_MAX_BYTES. */
static bool has_valid_kid(const json_t *jwk)
{
    const json_t *kid = jwk_member(jwk, "kid");

    return kid == NULL || (json_is_string(kid) && json_string_length(kid) <= KID_MAX_BYTES);
}

static bool equals_text(const json_t *value, const char *text)
{
    return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static bool has_operation(const json_t *operations, const char *name)
{
    const json_t *item;
    size_t i;

    json_array_foreach(operations, i, item)
    {
        if (equals_text(item, name))
            return true;
    }
    return false;
}

/* Returns true if `use` and `key_ops` allow the key to verify (RFC 7517 §4.2-4.3). */
static bool is_for_verifying(const json_t *jwk)
{
    const json_t *use = jwk_member(jwk, "use"), *operations = jwk_member(jwk, "key_ops");

    return (use == NULL || equals_text(use, "sig")) &&
           (operations == NULL || has_operation(operations, "verify"));
}

static bool is_listed(const struct alg *alg, const struct jwks_rules *rules)
{
    for (size_t i = 0; i < rules->alg_count; i++)
        if (rules->algs[i] == alg)
            return true;
    return false;
}

/* Reads `alg` into *out, NULL if absent. Returns JWK_FOREIGN if the rules do not list it. */
static enum jwk_verdict read_alg(const json_t *jwk, const struct jwks_rules *rules,
                                 const struct alg **out)
{
    const json_t *named = jwk_member(jwk, "alg");

    *out = NULL;
    if (named == NULL)
        return JWK_USABLE;
    if (!json_is_string(named))
        return JWK_DAMAGED;
    *out = alg_find(str_of(json_string_value(named)));
    return *out != NULL && is_listed(*out, rules) ? JWK_USABLE : JWK_FOREIGN;
}

/* Returns true if the key has the type and curve of the algorithm. */
static bool material_fits(const struct jwk_material *material, const struct alg *alg)
{
    return material->pair != NULL ? key_rules_fit(material->pair, alg) : alg->key_type == KEY_OCT;
}

/* Makes a key for one algorithm. Fails if it is too weak. The caller must free *out. */
static agentos_status make_key(const struct jwk_material *material, const struct alg *alg,
                               enum key_strength strength, struct key **out)
{
    ensure((material->pair == NULL) == (alg->key_type == KEY_OCT));
    if (material->pair == NULL) {
        str secret = { (const char *)material->secret, material->secret_len };

        TRY(key_rules_secret(secret, alg, strength, NULL));
        return key_of_secret(secret, alg, out, NULL);
    }
    TRY(key_rules_pair(material->pair, alg, strength, NULL));
    if (EVP_PKEY_up_ref(material->pair) != 1)
        abort();
    return key_of_pair_take(material->pair, alg, false, out, NULL);
}

static bool has_key_for(const struct jwk_keys *keys, const struct alg *alg)
{
    for (size_t i = 0; i < keys->count; i++)
        if (key_alg(keys->keys[i]) == alg)
            return true;
    return false;
}

/* Returns true if the algorithm fits and has no key yet. `named` is the JWK's `alg`, or NULL. */
static bool needs_key(const struct jwk_material *material, const struct alg *alg,
                      const struct alg *named, const struct jwk_keys *made)
{
    if (named != NULL && alg != named)
        return false;
    if (has_key_for(made, alg)) /* the rules list it twice */
        return false;
    return material_fits(material, alg);
}

/* Makes a key for each fitting algorithm, or only for `named`. Returns JWK_WEAK if all are weak. */
static enum jwk_verdict bind_keys(const struct jwk_material *material, const struct alg *named,
                                  const struct jwks_rules *rules, struct jwk_keys *out)
{
    enum jwk_verdict failure = JWK_FOREIGN;

    ensure((material->pair != NULL) != (material->secret != NULL));
    ensure(out->count == 0);
    if (named != NULL && !material_fits(material, named))
        return JWK_DAMAGED;
    for (size_t i = 0; i < rules->alg_count; i++) {
        const struct alg *alg = rules->algs[i];

        if (!needs_key(material, alg, named, out))
            continue;
        ensure(out->count < JWK_ALGS_MAX); /* no key fits more rows of alg.c */
        if (make_key(material, alg, rules->strength, &out->keys[out->count]) == AGENTOS_OK)
            out->count++;
        else
            failure = JWK_WEAK;
    }
    return out->count > 0 ? JWK_USABLE : failure;
}

/* Reads one JWK. On JWK_USABLE the caller must free the keys in *out; otherwise it is empty. */
enum jwk_verdict jwk_read(const json_t *jwk, const struct jwks_rules *rules, struct jwk_keys *out)
{
    AUTO_MATERIAL material = { .pair = NULL };
    const struct alg *named = NULL;

    ensure(rules->algs != NULL || rules->alg_count == 0);
    *out = (struct jwk_keys){ .count = 0 };
    if (has_private_part(jwk))
        return JWK_PRIVATE;
    if (rules->is_remote && equals_text(json_object_get(jwk, "kty"), "oct"))
        return JWK_SECRET;
    if (!json_is_object(jwk) || !has_valid_kid(jwk))
        return JWK_DAMAGED;
    if (!is_for_verifying(jwk))
        return JWK_ENCRYPTING;

    enum jwk_verdict verdict = read_alg(jwk, rules, &named);
    if (verdict != JWK_USABLE)
        return verdict;
    verdict = jwk_material_read(jwk, &material);
    if (verdict != JWK_USABLE)
        return verdict;
    return bind_keys(&material, named, rules, out);
}

/* Reads a public key or certificate in PEM, like jwk_read. PEM names no algorithm. */
enum jwk_verdict jwk_read_pem(str text, const struct jwks_rules *rules, struct jwk_keys *out)
{
    AUTO_PEM pem = { .der = NULL };
    AUTO_MATERIAL material = { .pair = NULL };

    ensure(rules->algs != NULL || rules->alg_count == 0);
    *out = (struct jwk_keys){ .count = 0 };
    if (str_contains(text, STR("PRIVATE KEY-----")))
        return JWK_PRIVATE;
    if (pem_read(text, &pem, NULL) != AGENTOS_OK ||
        key_format_read(&pem, KEY_PUBLIC, &material.pair, NULL) != AGENTOS_OK)
        return JWK_DAMAGED;
    return bind_keys(&material, NULL, rules, out);
}
