/* Signs tokens for programs (agentos_token_mint). */
#include <stdlib.h>
#include <string.h>

#include "agentos/agentos.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "jose/mint.h"

static const int64_t default_lifetime_s = 3600, max_lifetime_s = 100LL * 366 * 86400;

static size_t count_texts(const char *const *texts)
{
    size_t count = 0;

    while (count < AGENTOS_LIST_MAX && texts[count] != NULL)
        count++;
    return count;
}

/* Rejects entries after the first NULL, which would be ignored. */
static agentos_status check_list(const char *name, const char *const *texts, agentos_error *err)
{
    for (size_t i = count_texts(texts); i < AGENTOS_LIST_MAX; i++)
        if (texts[i] != NULL)
            return fail(err, AGENTOS_INVALID, "the list of %s has a gap", name);
    return AGENTOS_OK;
}

/* Stores the members of a JSON object as claims. */
static agentos_status take_claims(arena *a, const json_t *parsed, struct mint *out,
                                  agentos_error *err)
{
    json_t *object = (json_t *)(uintptr_t)parsed; /* jansson's iterators do not accept const */
    size_t count = json_object_size(object);
    struct mint_claim *claims = arena_array(a, count, sizeof(*claims));
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value)
    {
        if (mint_writes_claim(str_of(name)))
            return fail(err, AGENTOS_INVALID, "claim " QUOTED " has an option of its own",
                        QUOTE(str_of(name)));
        ensure(out->claim_count < count);
        claims[out->claim_count++] = (struct mint_claim){ .name = str_of(name), .value = value };
    }
    out->claims = claims;
    return AGENTOS_OK;
}

/* Reads the option `claims`, a JSON object, which may be NULL. */
static agentos_status read_claims(arena *a, const char *text, struct mint *out, agentos_error *err)
{
    const json_t *parsed = NULL;

    if (text == NULL)
        return AGENTOS_OK;
    TRY(json_parse(a, str_of(text), &parsed, err));
    if (!json_is_object(parsed))
        return fail(err, AGENTOS_INVALID, "the claims are not a JSON object");
    return take_claims(a, parsed, out, err);
}

static agentos_status check_options(const agentos_token_options *options, agentos_error *err)
{
    if (options->key == NULL || options->key[0] == '\0')
        return fail(err, AGENTOS_INVALID, "the key is missing");
    if (options->subject == NULL || options->subject[0] == '\0')
        return fail(err, AGENTOS_INVALID, "the subject is missing");
    if (options->lifetime_s < 0 || options->lifetime_s > max_lifetime_s)
        return fail(err, AGENTOS_INVALID, "the lifetime must be 0 to 100 years");
    TRY(check_list("audiences", options->audience, err));
    return check_list("scopes", options->scopes, err);
}

/* Reads the key, which the caller must free. */
static agentos_status read_key(const agentos_token_options *options, struct key **out,
                               agentos_error *err)
{
    const struct alg *alg = NULL;

    if (options->algorithm != NULL) {
        alg = alg_find(str_of(options->algorithm));
        if (alg == NULL)
            return fail(err, AGENTOS_INVALID, QUOTED " is not a known algorithm",
                        QUOTE(str_of(options->algorithm)));
    }
    return key_read_signing(str_of(options->key), alg, KEY_STRONG, out, err);
}

static agentos_status sign_token(const agentos_token_options *options, arena *a, buf *token,
                                 agentos_error *err)
{
    struct key *key = NULL;
    struct mint mint = {
        .issuer = options->issuer,
        .subject = options->subject,
        .audiences = options->audience,
        .audience_count = count_texts(options->audience),
        .scopes = options->scopes,
        .scope_count = count_texts(options->scopes),
        .issued_at_s = clock_now_s(),
        .lifetime_s = options->lifetime_s > 0 ? options->lifetime_s : default_lifetime_s,
    };

    TRY(read_claims(a, options->claims, &mint, err));
    TRY(read_key(options, &key, err));
    agentos_status status = mint_token(&mint, key, options->kid, token, err);
    key_free(key);
    return status;
}

char *agentos_token_mint(const agentos_token_options *options, agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    AUTO_BUF token = buf_with_limit(TOKEN_MAX_BYTES);

    ensure(options != NULL);
    if (check_options(options, err) != AGENTOS_OK ||
        sign_token(options, a, &token, err) != AGENTOS_OK)
        return NULL;
    return strndup(token.ptr, token.len);
}
