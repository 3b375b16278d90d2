/* Reads the keys of an issuer: its algorithms, its local keys and its remote key set. Issuers with
 * the same key source and the same rules share one remote key set. */
#include "auth/issuer/issuer_make.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"

/* Refuses an algorithm that is unknown. The option has the singular name in the plain block, which
 * accepts only one algorithm. */
static agentos_status refuse_algorithm(const struct issuer_options *from, const char *algorithm,
                                       agentos_error *err)
{
    const char *option = from->is_plain ? "algorithm" : "algorithms";

    return fail_about(err, AGENTOS_INVALID, "%s.%s",
                      QUOTED " is not a signature algorithm; RS256 is the usual one", from->name,
                      option, QUOTE(str_of(algorithm)));
}

/* Adds the issuer's algorithms to the keyring. A token that names any other algorithm is refused
 * (RFC 8725 §3.1). */
static agentos_status read_algorithms(const struct issuer_options *from, struct keyring *keys,
                                      agentos_error *err)
{
    ensure(keys->alg_count == 0);
    ensure(from->algorithm_count > 0); /* the preset names one if the options do not */
    if (from->algorithm_count > ALGS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s.algorithms", "more than %d", from->name,
                          ALGS_MAX);
    for (size_t i = 0; i < from->algorithm_count; i++) {
        const struct alg *alg = alg_find(str_of(from->algorithms[i]));

        if (alg == NULL)
            return refuse_algorithm(from, from->algorithms[i], err);
        keys->algs[keys->alg_count++] = alg;
    }
    return AGENTOS_OK;
}

/* Adds the local keys to the keyring: first the key set, if there is one, then the single keys in
 * the order in which they are configured. If this fails, the keyring may already contain some of
 * the keys; the caller must release them with issuer_clear. */
static agentos_status read_local_keys(const struct issuer_making *making, struct keyring *keys,
                                      enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(keys->set == NULL && keys->count == 0);
    ensure(from->key_count == 0 || (from->keys != NULL && from->key_names != NULL));
    if (from->jwks != NULL) {
        const char *name = arena_copy_text(making->arena, from->jwks_name);

        TRY(keyring_set(keys, name, str_of(from->jwks), strength, err));
    }
    for (size_t i = 0; i < from->key_count; i++) {
        const char *name = arena_copy_text(making->arena, from->key_names[i]);

        TRY(keyring_add(keys, name, str_of(from->keys[i]), strength, err));
    }
    return AGENTOS_OK;
}

/* ---- remote keys ---- */

/* Returns true if the configuration itself contains keys of this issuer. */
static bool has_local_keys(const struct issuer_options *from)
{
    return from->jwks != NULL || from->key_count > 0;
}

/* Returns true if the issuer's keys are found by its discovery document. A listed issuer without
 * any other source of keys is discovered; the plain block is only if it has a discovery_url. */
static bool uses_discovery(const struct issuer_options *from)
{
    if (from->discovery_url != NULL)
        return true;
    if (from->is_plain)
        return false;
    return !has_local_keys(from);
}

/* Fills *place with the place from which the issuer's keys are fetched, and returns the name of the
 * option that decides this. Returns NULL if no keys are fetched. */
static const char *find_key_place(const struct issuer_options *from, struct key_place *place)
{
    *place = (struct key_place){
        .allow_http = from->allow_http,
        .authorities = from->authorities,
        .authorities_option = "ca_file",
    };
    if (from->jwks_url != NULL) {
        place->url = from->jwks_url;
        return "jwks_url";
    }
    if (from->x509_url != NULL) {
        place->url = from->x509_url;
        return "x509_url";
    }
    if (!uses_discovery(from))
        return NULL;
    place->issuer = from->issuer;
    place->url = from->discovery_url; /* NULL for the well-known URLs of the issuer */
    return from->discovery_url != NULL ? "discovery_url" : "issuer";
}

const char *issuer_key_url(const struct issuer_options *from)
{
    struct key_place place;

    if (find_key_place(from, &place) == NULL)
        return NULL;
    return place.url != NULL ? place.url : place.issuer;
}

bool issuer_url_is_exposed(const char *url)
{
    struct remote_url read;

    if (url == NULL || remote_url_read("url", str_of(url), &read, NULL) != AGENTOS_OK)
        return false; /* remote_keys_new refuses it */
    return !read.is_https && !read.is_loopback;
}

/* Refuses plain http beyond this machine where the issuer's options do not allow it. */
static agentos_status refuse_exposed_url(const struct issuer_options *from, const char *option,
                                         agentos_error *err)
{
    const char *url = issuer_key_url(from);

    if (from->is_plain || from->allow_http || !issuer_url_is_exposed(url))
        return AGENTOS_OK;
    return fail_about(err, AGENTOS_INVALID, "%s.%s",
                      QUOTED " is plain http beyond this machine, where anybody on the way could "
                             "put in keys; use https or, where the network is your own, "
                             "allow_http: true",
                      from->name, option, QUOTE(str_of(url)));
}

/* Gives the verifier a reference to its remote key set, if it has one. The keys are not fetched
 * before the pool is opened. The options are copied before this returns. */
static agentos_status read_remote_keys(const struct issuer_making *making, struct verifier *out,
                                       enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = making->from;
    struct remote_keys_options options = { .max_stale_s = from->max_stale_s };

    ensure(out->remote == NULL);
    ensure(out->keys.alg_count > 0); /* read_algorithms has succeeded */
    const char *option = find_key_place(from, &options.place);
    if (option == NULL)
        return AGENTOS_OK;
    TRY(refuse_exposed_url(from, option, err));
    options.name = arena_printf(making->arena, "%s.%s", from->name, option);
    options.rules.algs = out->keys.algs;
    options.rules.alg_count = out->keys.alg_count;
    options.rules.is_remote = true;
    options.rules.strength = strength;
    return key_pool_get(making->pool, &options, &out->remote, err);
}

/* ---- all of them ---- */

/* Refuses a listed issuer that names more than one source of keys. The plain block may combine
 * them. */
static agentos_status refuse_second_source(const struct issuer_options *from, agentos_error *err)
{
    if (from->is_plain || issuer_source_count(from) <= 1)
        return AGENTOS_OK;
    return fail_about(err, AGENTOS_INVALID, "%s",
                      "more than one of jwks_url, jwks_file, verification_keys, x509_url and "
                      "discovery_url; keep one",
                      from->name);
}

/* Reads the algorithms and keys of an issuer into *out, which must be zeroed. If this fails, *out
 * may be partly filled, and the caller must still call issuer_clear. */
agentos_status issuer_read_keys(const struct issuer_making *making, struct issuer *out,
                                agentos_error *err)
{
    ensure(making->from != NULL && making->arena != NULL && making->pool != NULL);
    const struct issuer_options *from = making->from;
    enum key_strength strength = from->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    ensure(from->name != NULL && from->preset != NULL); /* preset_expand was called */
    out->name = arena_copy_text(making->arena, from->name);
    TRY(refuse_second_source(from, err));
    TRY(read_algorithms(from, &out->verifier.keys, err));
    TRY(read_local_keys(making, &out->verifier.keys, strength, err));
    return read_remote_keys(making, &out->verifier, strength, err);
}

/* Releases the references that the issuer holds to its keys. Its memory belongs to the arena. A
 * zeroed or partly filled issuer is allowed. */
void issuer_clear(struct issuer *issuer)
{
    ensure(issuer != NULL);
    remote_keys_unref(issuer->verifier.remote);
    issuer->verifier.remote = NULL;
    verifier_clear(&issuer->verifier);
}

/* ---- one key in two places ---- */

/* Returns the key with this index, which must be less than keyring_count. The single keys come
 * first, then the keys of the set. */
static const struct key *key_at(const struct keyring *keys, size_t i)
{
    ensure(i < keyring_count(keys));
    if (i < keys->count)
        return keys->entries[i].key;
    return jwks_entry(keys->set, i - keys->count)->key;
}

/* Returns true if both are the same key, even if they are bound to different algorithms. Shared
 * secrets are compared by key_equal alone: their thumbprint is an empty string. */
static bool is_same_key(const struct key *a, const struct key *b)
{
    char thumbprint_a[KEY_THUMBPRINT_SIZE], thumbprint_b[KEY_THUMBPRINT_SIZE];

    if (key_equal(a, b))
        return true;
    (void)key_thumbprint(a, thumbprint_a); /* returns thumbprint_a */
    (void)key_thumbprint(b, thumbprint_b);
    if (thumbprint_a[0] == '\0')
        return false;
    return strcmp(thumbprint_a, thumbprint_b) == 0;
}

/* Returns true if the keyring contains this key. */
static bool contains_key(const struct keyring *keys, const struct key *key)
{
    for (size_t i = 0; i < keyring_count(keys); i++)
        if (is_same_key(key_at(keys, i), key))
            return true;
    return false;
}

/* Refuses the issuer if one of its keys is also in the other keyring. */
agentos_status issuer_refuse_shared_key(const struct issuer *issuer, const struct keyring *other,
                                        agentos_error *err)
{
    const struct keyring *own = &issuer->verifier.keys;

    ensure(own != other);
    for (size_t i = 0; i < keyring_count(own); i++)
        if (contains_key(other, key_at(own, i)))
            return fail_about(err, AGENTOS_INVALID, "%s",
                              "one of its keys stands in another place too; each issuer needs "
                              "keys of its own",
                              issuer->name);
    return AGENTOS_OK;
}
