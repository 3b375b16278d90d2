/* Reads the algorithms, the local keys and the remote key set of an issuer. */
#include "auth/issuer/issuer_make.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"

/* Rejects an unknown algorithm. The top-level option has the singular name. */
static agentos_status refuse_algorithm(const struct issuer_options *from, const char *algorithm,
                                       agentos_error *err)
{
    const char *option = from->is_plain ? "algorithm" : "algorithms";

    return fail_about(err, AGENTOS_INVALID, "%s.%s",
                      QUOTED " is not a signature algorithm; RS256 is the usual one", from->name,
                      option, QUOTE(str_of(algorithm)));
}

/* Adds the algorithms that tokens may use to the keyring (RFC 8725 §3.1). */
static agentos_status read_algorithms(const struct issuer_options *from, struct keyring *keys,
                                      agentos_error *err)
{
    ensure(keys->alg_count == 0);
    ensure(from->algorithm_count > 0); /* set by the preset */
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

/* Adds the key set and then the single keys. A failure can leave some keys for issuer_clear. */
static agentos_status read_local_keys(const struct issuer_build *build, struct keyring *keys,
                                      enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(keys->set == NULL && keys->count == 0);
    ensure(from->key_count == 0 || (from->keys != NULL && from->key_names != NULL));
    if (from->jwks != NULL) {
        const char *name = arena_copy_text(build->arena, from->jwks_name);

        TRY(keyring_set(keys, name, str_of(from->jwks), strength, err));
    }
    for (size_t i = 0; i < from->key_count; i++) {
        const char *name = arena_copy_text(build->arena, from->key_names[i]);

        TRY(keyring_add(keys, name, str_of(from->keys[i]), strength, err));
    }
    return AGENTOS_OK;
}

/* ---- remote keys ---- */

/* Returns whether the configuration contains keys of this issuer. */
static bool has_local_keys(const struct issuer_options *from)
{
    return from->jwks != NULL || from->key_count > 0;
}

/* Returns whether discovery finds the issuer's keys. The top-level options need a discovery_url. */
static bool uses_discovery(const struct issuer_options *from)
{
    if (from->discovery_url != NULL)
        return true;
    if (from->is_plain)
        return false;
    return !has_local_keys(from);
}

/* Sets *place to the source of the remote keys. Returns the option's name, or NULL. */
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
        return false; /* rejected by remote_keys_new */
    return !read.is_https && !read.is_loopback;
}

/* Rejects plain http to another machine, unless allow_http is set. `option` names the URL. */
static agentos_status refuse_exposed_url(const struct issuer_options *from, const char *option,
                                         agentos_error *err)
{
    const char *url = issuer_key_url(from);

    if (from->is_plain || from->allow_http || !issuer_url_is_exposed(url))
        return AGENTOS_OK;
    return fail_about(err, AGENTOS_INVALID, "%s",
                      QUOTED " is plain http to another machine, where an attacker could replace "
                             "the keys; use https or, in a trusted network, allow_http: true",
                      option, QUOTE(str_of(url)));
}

/* Adds the remote key set, if there is one. Nothing is fetched before the pool is opened. */
static agentos_status read_remote_keys(const struct issuer_build *build, struct verifier *out,
                                       enum key_strength strength, agentos_error *err)
{
    const struct issuer_options *from = build->from;
    struct remote_keys_options options = { .max_stale_s = from->max_stale_s };

    ensure(out->remote == NULL);
    ensure(out->keys.alg_count > 0); /* read_algorithms has succeeded */
    const char *option = find_key_place(from, &options.place);
    if (option == NULL)
        return AGENTOS_OK;
    options.name = arena_printf(build->arena, "%s.%s", from->name, option);
    TRY(refuse_exposed_url(from, options.name, err));
    options.rules.algs = out->keys.algs;
    options.rules.alg_count = out->keys.alg_count;
    options.rules.is_remote = true;
    options.rules.strength = strength;
    return key_pool_get(build->pool, &options, &out->remote, err);
}

/* ---- all keys ---- */

/* Rejects more than one source of keys, except in the top-level options. */
static agentos_status refuse_second_source(const struct issuer_options *from, agentos_error *err)
{
    if (from->is_plain || issuer_source_count(from) <= 1)
        return AGENTOS_OK;
    return fail_about(err, AGENTOS_INVALID, "%s",
                      "more than one of jwks_url, jwks_file, verification_keys, x509_url and "
                      "discovery_url; keep one",
                      from->name);
}

/* Reads the algorithms and keys. The caller must call issuer_clear even on failure. */
agentos_status issuer_read_keys(const struct issuer_build *build, struct issuer *out,
                                agentos_error *err)
{
    ensure(build->from != NULL && build->arena != NULL && build->pool != NULL);
    const struct issuer_options *from = build->from;
    enum key_strength strength = from->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    ensure(from->name != NULL && from->preset != NULL); /* set by preset_expand */
    out->name = arena_copy_text(build->arena, from->name);
    TRY(refuse_second_source(from, err));
    TRY(read_algorithms(from, &out->verifier.keys, err));
    TRY(read_local_keys(build, &out->verifier.keys, strength, err));
    return read_remote_keys(build, &out->verifier, strength, err);
}

/* Releases the issuer's references to keys. A zeroed or partly filled issuer is allowed. */
void issuer_clear(struct issuer *issuer)
{
    ensure(issuer != NULL);
    remote_keys_unref(issuer->verifier.remote);
    issuer->verifier.remote = NULL;
    verifier_clear(&issuer->verifier);
}

/* ---- one key in two places ---- */

/* Returns the key with this index: single keys first, then the keys of the set. */
static const struct key *key_at(const struct keyring *keys, size_t i)
{
    ensure(i < keyring_count(keys));
    if (i < keys->count)
        return keys->entries[i].key;
    return jwks_entry(keys->set, i - keys->count)->key;
}

/* Returns whether both are the same key. Shared secrets have no thumbprint. */
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

/* Returns whether the keyring contains this key. */
static bool contains_key(const struct keyring *keys, const struct key *key)
{
    for (size_t i = 0; i < keyring_count(keys); i++)
        if (is_same_key(key_at(keys, i), key))
            return true;
    return false;
}

/* Rejects the issuer if one of its keys is also in the other keyring. */
agentos_status issuer_refuse_shared_key(const struct issuer *issuer, const struct keyring *other,
                                        agentos_error *err)
{
    const struct keyring *own = &issuer->verifier.keys;

    ensure(own != other);
    for (size_t i = 0; i < keyring_count(own); i++)
        if (contains_key(other, key_at(own, i)))
            return fail_about(
                err, AGENTOS_INVALID, "%s",
                "one of its keys is also used elsewhere; each issuer needs its own keys",
                issuer->name);
    return AGENTOS_OK;
}
