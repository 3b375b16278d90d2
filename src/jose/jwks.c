/* Reads JSON Web Key Sets (RFC 7517 §5) and finds keys in them. */
#include <stdatomic.h>

#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "jose/jwk.h"
#include "jose/key_parts.h"
#include "jose/pem.h"

struct jwks {
    atomic_uint references;
    arena *memory; /* of entries and kids */
    struct jwks_entry *entries;
    size_t count;
    struct map by_kid; /* kid -> its first entry; "" for entries without a kid */
};

/* The state of reading a key set. */
struct set_reading {
    const struct jwks_rules *rules;
    struct jwks *set;
    size_t capacity;               /* of set->entries */
    size_t verdicts[JWK_VERDICTS]; /* the number of keys per verdict */
    size_t total;                  /* keys read so far */
};

/* Returns an empty set with one reference. */
static struct jwks *make_set(size_t capacity)
{
    struct jwks *set = mem_zeroed(sizeof(*set));
    atomic_init(&set->references, 1);
    set->memory = arena_new();
    set->entries = arena_alloc(set->memory, capacity * sizeof(*set->entries));
    return set;
}

struct jwks *jwks_ref(struct jwks *set)
{
    unsigned before = atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);

    ensure(before > 0);
    return set;
}

/* Drops a reference. The last one frees the set and its keys. May be called on any thread. */
void jwks_unref(struct jwks *set)
{
    if (set == NULL)
        return;
    unsigned before = atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel);
    ensure(before > 0);
    if (before > 1)
        return;
    for (size_t i = 0; i < set->count; i++)
        key_free(set->entries[i].key);
    map_clear(&set->by_kid);
    arena_free(set->memory);
    free(set);
}

/* Appends a copy of an entry after `last`, the previous entry of its kid, or NULL. */
static void append_entry(struct jwks *set, const struct jwks_entry *made, struct jwks_entry *last)
{
    struct jwks_entry *entry = &set->entries[set->count++];

    *entry = *made;
    if (last != NULL)
        last->next_of_kid = entry;
    else
        (void)map_put(&set->by_kid, str_of(entry->kid), entry);
}

/* Adds a key and takes ownership. Different keys of one kid and algorithm become ambiguous. */
static void add_entry(struct set_reading *r, struct jwks_entry made)
{
    struct jwks_entry *last = NULL;

    ensure(made.next_of_kid == NULL && r->set->count < r->capacity);
    struct jwks_entry *entry = map_get(&r->set->by_kid, str_of(made.kid));
    for (; entry != NULL; entry = entry->next_of_kid) {
        last = entry;
        if (key_alg(entry->key) != key_alg(made.key))
            continue;
        if (key_equal(entry->key, made.key)) {
            key_free(made.key);
            return;
        }
        if (made.kid[0] != '\0')
            entry->is_ambiguous = made.is_ambiguous = true;
    }
    append_entry(r->set, &made, last);
}

/* Counts the verdict and moves the keys into the set. Rejects a private key in a local set. */
static agentos_status add_keys(struct set_reading *r, const char *kid, enum jwk_verdict verdict,
                               const struct jwk_keys *keys, agentos_error *err)
{
    ensure((verdict == JWK_USABLE) == (keys->count > 0));
    ensure(keys->count <= r->capacity - r->set->count);
    size_t position = r->total++;

    if (verdict == JWK_PRIVATE && !r->rules->is_remote)
        return fail(err, AGENTOS_INVALID,
                    "key %zu of the set is a private key, which lets its readers sign; use its "
                    "public key",
                    position + 1);
    r->verdicts[verdict]++;
    kid = arena_copy(r->set->memory, str_of(kid));
    for (size_t i = 0; i < keys->count; i++)
        add_entry(r, (struct jwks_entry){ .key = keys->keys[i], .kid = kid, .position = position });
    return AGENTOS_OK;
}

static agentos_status read_jwk(struct set_reading *r, const json_t *jwk, agentos_error *err)
{
    struct jwk_keys keys;
    enum jwk_verdict verdict = jwk_read(jwk, r->rules, &keys);

    return add_keys(r, json_text(jwk, "kid"), verdict, &keys, err);
}

/* Reads one certificate of a map. `pem` must be a JSON string. */
static agentos_status read_pem(struct set_reading *r, const char *kid, const json_t *pem,
                               agentos_error *err)
{
    ensure(json_is_string(pem));
    struct jwk_keys keys = { .count = 0 };
    str text = { json_string_value(pem), json_string_length(pem) };
    enum jwk_verdict verdict =
        strlen(kid) <= KID_MAX_BYTES ? jwk_read_pem(text, r->rules, &keys) : JWK_DAMAGED;

    return add_keys(r, kid, verdict, &keys, err);
}

/* Returns true if every member is PEM. An error object must not pass as a map of certificates. */
static bool is_pem_map(json_t *document)
{
    const char *kid;
    json_t *pem;

    json_object_foreach(document, kid, pem)
    {
        if (!pem_is_likely(str_of(json_string_value(pem))))
            return false;
    }
    return json_object_size(document) > 0;
}

static agentos_status read_array(struct set_reading *r, const json_t *array, agentos_error *err)
{
    const json_t *jwk;
    size_t i;

    json_array_foreach(array, i, jwk) TRY(read_jwk(r, jwk, err));
    return AGENTOS_OK;
}

static agentos_status read_map(struct set_reading *r, json_t *map, agentos_error *err)
{
    const char *kid;
    json_t *pem;

    json_object_foreach(map, kid, pem) TRY(read_pem(r, kid, pem, err));
    return AGENTOS_OK;
}

static const struct jwks_entry *find_ambiguous(const struct jwks *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->entries[i].is_ambiguous)
            return &set->entries[i];
    return NULL;
}

/* Rejects different keys with the same kid and algorithm. */
static agentos_status reject_ambiguous(const struct jwks *set, agentos_error *err)
{
    const struct jwks_entry *found = find_ambiguous(set);

    if (found == NULL)
        return AGENTOS_OK;
    return fail(err, AGENTOS_INVALID, "the set has two keys with kid " QUOTED " for %s",
                QUOTE(str_of(found->kid)), key_alg(found->key)->name);
}

/* Rejects shared secrets next to public keys, whose files are often readable by others. */
static agentos_status reject_mixed_secrets(const struct jwks *set, agentos_error *err)
{
    size_t secrets = 0;

    for (size_t i = 0; i < set->count; i++)
        if (key_alg(set->entries[i].key)->key_type == KEY_OCT)
            secrets++;
    if (secrets > 0 && secrets < set->count)
        return fail(err, AGENTOS_INVALID,
                    "the set mixes shared secrets and public keys; keep them in two files");
    return AGENTOS_OK;
}

/* Reads every key of a JWK, a map of certificates or a list of JWKs. */
static agentos_status read_document(struct set_reading *r, json_t *document, agentos_error *err)
{
    ensure(r->set->count == 0);
    json_t *keys = json_object_get(document, "keys");

    if (keys == NULL && json_object_get(document, "kty") != NULL)
        TRY(read_jwk(r, document, err));
    else if (keys == NULL)
        TRY(read_map(r, document, err));
    else
        TRY(read_array(r, keys, err));
    ensure(r->total <= JWKS_KEYS_MAX);
    if (!r->rules->is_remote)
        TRY(reject_ambiguous(r->set, err));
    return reject_mixed_secrets(r->set, err);
}

/* How messages describe a skipped key. */
// clang-format off
static const char *const verdict_words[JWK_VERDICTS] = {
    [JWK_DAMAGED]     = "damaged",
    [JWK_ENCRYPTING]  = "not for signatures (use, key_ops)",
    [JWK_FOREIGN]     = "of another algorithm",
    [JWK_PRIVATE]     = "private",
    [JWK_SECRET]      = "a published secret",
    [JWK_WEAK]        = "too weak",
    [JWK_UNKNOWN]     = "of an unknown type",
    [JWK_CERTIFICATE] = "only a certificate (x5c)",
    [JWK_PADDED] = "with padded numbers (base64url has no \"=\")",
    [JWK_STANDARD] = "with numbers in standard base64, not base64url",
};
// clang-format on

/* Appends a sentence such as "2 of 5 keys skipped: 1 private, 1 too weak", if any was skipped. */
static void append_skipped(const struct set_reading *r, buf *out)
{
    const char *separator = ":"; /* before the first verdict */

    ensure(r->verdicts[JWK_USABLE] <= r->total);
    if (r->verdicts[JWK_USABLE] == r->total)
        return;
    buf_printf(out, "%zu of %zu keys skipped", r->total - r->verdicts[JWK_USABLE], r->total);
    for (size_t i = 0; i < JWK_VERDICTS; i++) {
        if (i == JWK_USABLE || r->verdicts[i] == 0)
            continue;
        ensure(verdict_words[i] != NULL);
        buf_printf(out, "%s %zu %s", separator, r->verdicts[i], verdict_words[i]);
        separator = ","; /* before the others */
    }
}

/* Appends a sentence about ambiguous keys, if there are any. */
static void append_ambiguous(const struct jwks *set, buf *out)
{
    const struct jwks_entry *first = find_ambiguous(set);
    const char *separator = out->len > 0 ? "; " : "";

    if (first == NULL)
        return;
    buf_printf(out, "%sseveral keys with kid " QUOTED " for %s; none is used", separator,
               QUOTE(str_of(first->kid)), key_alg(first->key)->name);
}

static void describe(const struct set_reading *r, buf *out)
{
    append_skipped(r, out);
    append_ambiguous(r->set, out);
}

/* Returns INVALID if the document is not a key set or has more than JWKS_KEYS_MAX keys. */
static agentos_status count_keys(json_t *document, size_t *out, agentos_error *err)
{
    const json_t *keys = json_object_get(document, "keys");

    if (json_is_array(keys))
        *out = json_array_size(keys);
    else if (keys == NULL && json_object_get(document, "kty") != NULL)
        *out = 1;
    else if (keys == NULL && is_pem_map(document))
        *out = json_object_size(document);
    else
        return fail(err, AGENTOS_INVALID,
                    "not a key set: expected {\"keys\":[...]}, a JWK or a map of certificates");
    if (*out > JWKS_KEYS_MAX)
        return fail(err, AGENTOS_INVALID, "the key set has %zu keys; %d at most are accepted", *out,
                    JWKS_KEYS_MAX);
    return AGENTOS_OK;
}

/* Parses the text. The error message must not quote it, since it may contain secrets. */
static agentos_status parse_document(str text, json_t **out, agentos_error *err)
{
    agentos_error why;

    if (text.len > JWKS_MAX_BYTES)
        return fail(err, AGENTOS_INVALID, "the key set is larger than %d KiB",
                    JWKS_MAX_BYTES / KiB);
    if (json_parse_owned(text, PARSE_STRICT, out, &why) != AGENTOS_OK) {
        /* Only the position is safe to show: the rest may quote a secret. */
        int shown_len = why.subject_len > 0 ? (int)why.subject_len : (int)strlen(why.message);
        return fail(err, AGENTOS_INVALID, "the key set is not JSON or has a duplicate name (%.*s)",
                    shown_len, why.message);
    }
    return AGENTOS_OK;
}

/* Reads a key set. The caller owns the reference in *out. `skipped` may be NULL. */
agentos_status jwks_read(str text, const struct jwks_rules *rules, struct jwks **out, buf *skipped,
                         agentos_error *err)
{
    AUTO(json_t) *document = NULL;
    size_t count = 0;

    TRY(parse_document(text, &document, err));
    TRY(count_keys(document, &count, err));

    size_t capacity = count * JWK_ALGS_MAX;
    struct set_reading r = { .rules = rules, .set = make_set(capacity), .capacity = capacity };
    agentos_status status = read_document(&r, document, err);
    if (status != AGENTOS_OK) {
        jwks_unref(r.set);
        return status;
    }
    ensure(r.total == count);
    if (skipped != NULL)
        describe(&r, skipped);
    *out = r.set;
    return AGENTOS_OK;
}

size_t jwks_count(const struct jwks *set)
{
    return set->count;
}

size_t jwks_usable(const struct jwks *set)
{
    size_t usable = 0;

    for (size_t i = 0; i < set->count; i++)
        if (!set->entries[i].is_ambiguous)
            usable++;
    return usable;
}

const struct jwks_entry *jwks_entry(const struct jwks *set, size_t i)
{
    ensure(i < set->count);
    return &set->entries[i];
}

bool jwks_has_kid(const struct jwks *set, str kid)
{
    return kid.len > 0 && map_get(&set->by_kid, kid) != NULL;
}

bool jwks_is_ambiguous(const struct jwks *set, str kid, str alg)
{
    const struct jwks_entry *entry = kid.len > 0 ? map_get(&set->by_kid, kid) : NULL;

    for (; entry != NULL; entry = entry->next_of_kid)
        if (entry->is_ambiguous && str_equal(alg, str_of(key_alg(entry->key)->name)))
            return true;
    return false;
}

/* Returns true if the entry may verify tokens of this algorithm. */
static bool is_candidate(const struct jwks_entry *entry, str alg)
{
    return !entry->is_ambiguous && str_equal(alg, str_of(key_alg(entry->key)->name));
}

/* Finds the keys of an algorithm, whatever their kids are. */
static size_t find_by_alg(const struct jwks *set, str alg,
                          const struct key *out[JWKS_CANDIDATES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < set->count && count < JWKS_CANDIDATES_MAX; i++)
        if (is_candidate(&set->entries[i], alg))
            out[count++] = set->entries[i].key;
    return count;
}

/* Finds the keys to try on a token and returns their number. They are borrowed from the set. */
size_t jwks_find(const struct jwks *set, str kid, str alg,
                 const struct key *out[JWKS_CANDIDATES_MAX])
{
    size_t count = 0;

    if (kid.len == 0)
        return find_by_alg(set, alg, out);
    const struct jwks_entry *entry = map_get(&set->by_kid, kid);
    if (entry == NULL) /* unknown kid: try the keys without one */
        entry = map_get(&set->by_kid, STR(""));
    for (; entry != NULL && count < JWKS_CANDIDATES_MAX; entry = entry->next_of_kid)
        if (is_candidate(entry, alg))
            out[count++] = entry->key;
    return count;
}

/* Returns true if b contains every key of a with its kid. */
static bool is_within(const struct jwks *a, const struct jwks *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct jwks_entry *same = map_get(&b->by_kid, str_of(a->entries[i].kid));

        while (same != NULL && !key_equal(same->key, a->entries[i].key))
            same = same->next_of_kid;
        if (same == NULL)
            return false;
    }
    return true;
}

bool jwks_equal(const struct jwks *a, const struct jwks *b)
{
    return a == b || (is_within(a, b) && is_within(b, a));
}
