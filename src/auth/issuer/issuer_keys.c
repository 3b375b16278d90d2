/* Reads the keys of an issuer: its algorithms, its local keys and its remote key set. Issuers with
 * the same key source and the same rules share one remote key set. */
#include "auth/issuer/issuer_make.h"

#include "base/ensure.h"

/* How the option with the algorithms is called: the plain block has one of them. */
static const char *algorithms_key(const struct issuer_options *from)
{
    return from->is_plain ? "algorithm" : "algorithms";
}

/* The only algorithms that its tokens may name (RFC 8725 §3.1). */
static agentos_status read_algorithms(const struct issuer_options *from, struct keyring *keys,
                                      agentos_error *err)
{
    ensure(keys->alg_count == 0);
    ensure(from->algorithm_count > 0); /* the preset names one */
    if (from->algorithm_count > ALGS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s.algorithms", "more than %d", from->name,
                          ALGS_MAX);
    for (size_t i = 0; i < from->algorithm_count; i++) {
        const struct alg *alg = alg_find(str_of(from->algorithms[i]));

        if (alg == NULL)
            return fail_about(err, AGENTOS_INVALID, "%s.%s",
                              QUOTED " is not a signature algorithm; RS256 is the "
                                     "usual one",
                              from->name, algorithms_key(from), QUOTE(str_of(from->algorithms[i])));
        keys->algs[keys->alg_count++] = alg;
    }
    return AGENTOS_OK;
}

/* Local keys: the key set, then single keys in their order. */
static agentos_status read_local_keys(const struct issuer_making *making, struct keyring *keys,
                                      enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = making->from;

    if (from->jwks != NULL)
        TRY(keyring_set(keys, arena_copy_text(making->arena, from->jwks_name), str_of(from->jwks),
                        strength, err));
    for (size_t i = 0; i < from->key_count; i++)
        TRY(keyring_add(keys, arena_copy_text(making->arena, from->key_names[i]),
                        str_of(from->keys[i]), strength, err));
    return AGENTOS_OK;
}

/* ---- remote keys ---- */

static bool has_local_keys(const struct issuer_options *from)
{
    return from->jwks != NULL || from->key_count > 0;
}

/* Where the key set is fetched from; *key is the option that says so. false: it is not fetched. An
 * issuer without any source is asked for its discovery document, the plain block is not. */
static bool find_key_place(const struct issuer_options *from, struct key_place *place,
                           const char **key)
{
    *place = (struct key_place){ .issuer = NULL };
    if ((place->url = from->jwks_url) != NULL) {
        *key = "jwks_url";
        return true;
    }
    if ((place->url = from->x509_url) != NULL) {
        *key = "x509_url";
        return true;
    }
    place->issuer = from->issuer;
    place->url = from->discovery_url;
    *key = from->discovery_url != NULL ? "discovery_url" : "issuer";
    return from->discovery_url != NULL || (!has_local_keys(from) && !from->is_plain);
}

/* The remote set, a reference of the verifier's; fetched only once the pool is opened. */
static agentos_status read_remote_keys(const struct issuer_making *making, struct verifier *out,
                                       enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = making->from;
    struct remote_keys_options options = {
        .rules = { out->keys.algs, out->keys.alg_count, true, strength },
        .max_stale_s = from->max_stale_s,
    };
    const char *key;

    ensure(out->remote == NULL);
    if (!find_key_place(from, &options.place, &key))
        return AGENTOS_OK;
    options.name = arena_printf(making->arena, "%s.%s", from->name, key);
    return key_pool_get(making->pool, &options, &out->remote, err);
}

/* ---- all of them ---- */

/* A listed issuer names one source at most. */
static agentos_status refuse_second_source(const struct issuer_options *from, agentos_error *err)
{
    if (issuer_source_count(from) > 1 && !from->is_plain)
        return fail_about(err, AGENTOS_INVALID, "%s",
                          "more than one of jwks_url, jwks_file, verification_keys, x509_url and "
                          "discovery_url; keep one",
                          from->name);
    return AGENTOS_OK;
}

agentos_status issuer_read_keys(const struct issuer_making *making, struct issuer *out,
                                agentos_error *err)
{
    const struct issuer_options *from = making->from;
    enum key_strength strength = from->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    ensure(from->name != NULL && from->preset != NULL); /* expanded */
    ensure(making->arena != NULL && making->pool != NULL);
    out->name = arena_copy_text(making->arena, from->name);
    TRY(refuse_second_source(from, err));
    TRY(read_algorithms(from, &out->verifier.keys, err));
    TRY(read_local_keys(making, &out->verifier.keys, strength, err));
    return read_remote_keys(making, &out->verifier, strength, err);
}

void issuer_clear(struct issuer *issuer)
{
    remote_keys_unref(issuer->verifier.remote);
    issuer->verifier.remote = NULL;
    verifier_clear(&issuer->verifier);
}

/* ---- one key in two places ---- */

/* The single keys, then those of the set. */
static const struct key *key_at(const struct keyring *keys, size_t i)
{
    ensure(i < keyring_count(keys));
    return i < keys->count ? keys->entries[i].key : jwks_entry(keys->set, i - keys->count)->key;
}

/* The same key, also when it is bound to different algorithms. A secret has no thumbprint. */
static bool is_same_key(const struct key *a, const struct key *b)
{
    char print_a[KEY_THUMBPRINT_SIZE], print_b[KEY_THUMBPRINT_SIZE];

    return key_equal(a, b) || (key_thumbprint(a, print_a)[0] != '\0' &&
                               strcmp(print_a, key_thumbprint(b, print_b)) == 0);
}

agentos_status issuer_refuse_shared_key(const struct issuer *issuer, const struct keyring *other,
                                        agentos_error *err)
{
    const struct keyring *own = &issuer->verifier.keys;

    ensure(own != other);
    for (size_t i = 0; i < keyring_count(own); i++)
        for (size_t j = 0; j < keyring_count(other); j++)
            if (is_same_key(key_at(own, i), key_at(other, j)))
                return fail_about(err, AGENTOS_INVALID, "%s",
                                  "one of its keys stands in another place too; each issuer needs "
                                  "keys of its own",
                                  issuer->name);
    return AGENTOS_OK;
}
