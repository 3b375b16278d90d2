/* Builds and signs new tokens. */
#include "jose/mint.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "jose/jws.h"
#include "json/writer.h"

bool mint_writes_claim(str name)
{
    return str_equal(name, STR("iss")) || str_equal(name, STR("sub")) ||
           str_equal(name, STR("aud")) || str_equal(name, STR("scopes"));
}

static bool has_claim(const struct mint *mint, const char *name)
{
    for (size_t i = 0; i < mint->claim_count; i++)
        if (str_equal(mint->claims[i].name, str_of(name)))
            return true;
    return false;
}

static void write_texts(writer *w, const char *name, const char *const *texts, size_t count)
{
    write_key(w, name);
    write_array(w);
    for (size_t i = 0; i < count; i++)
        write_string(w, texts[i]);
    write_end(w);
}

/* Writes a single audience as a string and several as a list (RFC 7519 §4.1.3). */
static void write_audiences(writer *w, const struct mint *mint)
{
    if (mint->audience_count > 1)
        write_texts(w, "aud", mint->audiences, mint->audience_count);
    else if (mint->audience_count == 1)
        write_member(w, "aud", mint->audiences[0]);
}

static void write_times(writer *w, const struct mint *mint)
{
    if (!has_claim(mint, "iat"))
        write_member_int(w, "iat", mint->issued_at_s);
    if (!has_claim(mint, "exp"))
        write_member_int(w, "exp", mint->issued_at_s + mint->lifetime_s);
}

static void write_claims(writer *w, const struct mint *mint)
{
    write_object(w);
    write_member_if(w, "iss", mint->issuer);
    write_member(w, "sub", mint->subject);
    write_audiences(w, mint);
    if (mint->scope_count > 0)
        write_texts(w, "scopes", mint->scopes, mint->scope_count);
    write_times(w, mint);
    for (size_t i = 0; i < mint->claim_count; i++) {
        write_key_str(w, mint->claims[i].name);
        write_json(w, mint->claims[i].value);
    }
    write_end(w);
}

static agentos_status check_kid(const char *kid, agentos_error *err)
{
    if (kid != NULL && (!str_is_utf8(str_of(kid)) || strlen(kid) > KID_MAX_BYTES))
        return fail(err, AGENTOS_INVALID, "the kid must be UTF-8 text of at most %d bytes",
                    KID_MAX_BYTES);
    return AGENTOS_OK;
}

agentos_status mint_token(const struct mint *mint, const struct key *key, const char *kid,
                          buf *token, agentos_error *err)
{
    AUTO_BUF payload = buf_with_limit(TOKEN_MAX_BYTES);
    writer w = { .out = &payload };
    char thumbprint[KEY_THUMBPRINT_SIZE];

    ensure(mint->subject != NULL && mint->subject[0] != '\0' && mint->lifetime_s > 0);
    TRY(check_kid(kid, err));
    write_claims(&w, mint);
    if (!buf_ok(&payload))
        return fail(err, AGENTOS_INVALID, "the claims do not fit into a token");
    if (!str_is_utf8(buf_view(&payload))) /* verifiers would reject it */
        return fail(err, AGENTOS_INVALID, "the claims must be UTF-8 text");
    if (kid == NULL && key_thumbprint(key, thumbprint)[0] != '\0')
        kid = thumbprint;
    return jws_sign(key, kid, buf_view(&payload), token, err);
}
