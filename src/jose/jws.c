/* Parses, verifies and signs a JWS in compact form (RFC 7515 §3.1). */
#include "jose/jws.h"

#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "jose/base64url.h"
#include "jose/signature.h"
#include "json/writer.h"

enum { PARTS = 3, JWE_PARTS = 5, HEADER_MAX_BYTES = 2 * KiB };

static bool is_absent(const json_t *value)
{
    return value == NULL;
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool is_text_or_absent(const json_t *value)
{
    return value == NULL || json_is_string(value);
}

/* Rejects "none" in any case (RFC 8725 §3.2), since some callers parse without verifying. */
static bool is_signing_alg(const json_t *value)
{
    return json_string_length(value) > 0 && !str_equal_nocase(json_view(value), STR("none"));
}

static bool is_short(const json_t *value)
{
    return json_string_length(value) <= KID_MAX_BYTES;
}

static bool is_true_or_absent(const json_t *value)
{
    return value == NULL || json_is_true(value);
}

/* Returns true if the payload is not a nested JWT. */
static bool is_not_nested(const json_t *value)
{
    if (value == NULL)
        return true;
    if (!json_is_string(value))
        return false;
    str type = json_view(value);
    return !str_equal_nocase(type, STR("JWT")) && !str_equal_nocase(type, STR("application/jwt"));
}

struct header_rule {
    const char *name;
    bool (*is_valid)(const json_t *value); /* NULL is an absent member */
    enum refusal_code refusal;
};

// clang-format off
static const struct header_rule header_rules[] = {
    { "kid",  is_text_or_absent, REFUSAL_KID_NOT_TEXT },
    { "kid",  is_short,          REFUSAL_KID_TOO_LONG },
    { "typ",  is_text_or_absent, REFUSAL_TYP_NOT_TEXT },
    { "crit", is_absent,         REFUSAL_CRIT_PRESENT },      /* RFC 7515 §4.1.11 */
    { "zip",  is_absent,         REFUSAL_TOKEN_COMPRESSED },
    { "b64",  is_true_or_absent, REFUSAL_PAYLOAD_UNENCODED }, /* RFC 7797 */
    { "cty",  is_not_nested,     REFUSAL_TOKEN_NESTED },      /* RFC 7519 §5.2 */
    { "alg",  is_text,           REFUSAL_ALG_MISSING },
    { "alg",  is_signing_alg,    REFUSAL_ALG_NOT_ALLOWED },
};
// clang-format on

/* Refuses a header that breaks a rule. Never uses keys in the header (CVE-2018-0114). */
static agentos_status check_header(const json_t *header, agentos_error *err)
{
    ensure(json_is_object(header));
    for (size_t i = 0; i < COUNT(header_rules); i++) {
        const struct header_rule *rule = &header_rules[i];

        if (!rule->is_valid(json_object_get(header, rule->name)))
            return refuse(err, rule->refusal);
    }
    return AGENTOS_OK;
}

static size_t count_parts(str token)
{
    size_t dots = 0;

    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] == '.')
            dots++;
    return dots + 1;
}

/* Splits the token at its two dots. Refuses any other number of parts. */
static agentos_status cut_parts(str token, str parts[PARTS], agentos_error *err)
{
    if (token.len > TOKEN_MAX_BYTES)
        return refuse_with(err, REFUSAL_TOKEN_TOO_LARGE, TOKEN_MAX_BYTES / KiB);
    size_t count = count_parts(token);
    if (count == JWE_PARTS)
        return refuse(err, REFUSAL_TOKEN_ENCRYPTED);
    if (count < PARTS)
        return refuse(err, REFUSAL_TOO_FEW_SEGMENTS);
    if (count > PARTS)
        return refuse(err, REFUSAL_TOO_MANY_SEGMENTS);
    for (size_t i = 0; i < PARTS; i++)
        parts[i] = str_split(&token, '.');
    ensure(token.len == 0);
    return AGENTOS_OK;
}

/* Decodes and parses the header into the arena. */
static agentos_status read_header(arena *a, str part, const json_t **out, agentos_error *err)
{
    agentos_error why;
    str text = { "", 0 };
    const json_t *header = NULL;

    if (!base64url_decode(a, part, &text))
        return refuse(err, REFUSAL_HEADER_NOT_BASE64);
    if (json_parse(a, text, &header, &why) != AGENTOS_OK)
        return refuse_with(err, REFUSAL_HEADER_NOT_JSON, why.message);
    if (!json_is_object(header))
        return refuse(err, REFUSAL_HEADER_NOT_OBJECT);
    *out = header;
    return AGENTOS_OK;
}

/* Parses a token and checks its header, but not its signature. Sets *out only on success. */
agentos_status jws_parse(arena *a, str token, struct jws *out, agentos_error *err)
{
    struct jws jws = { .header = NULL };
    str parts[PARTS] = { { "", 0 } };

    TRY(cut_parts(token, parts, err));
    TRY(read_header(a, parts[0], &jws.header, err));
    if (!base64url_decode(a, parts[1], &jws.payload))
        return refuse(err, REFUSAL_PAYLOAD_NOT_BASE64);
    if (!base64url_decode(a, parts[2], &jws.signature))
        return refuse(err, REFUSAL_SIGNATURE_NOT_BASE64);
    TRY(check_header(jws.header, err));

    ensure(parts[0].len + parts[1].len + parts[2].len + 2 == token.len); /* 2 dots */
    jws.signing_input = (str){ token.ptr, parts[0].len + strlen(".") + parts[1].len };
    jws.alg = json_view(json_object_get(jws.header, "alg"));
    jws.kid = json_view(json_object_get(jws.header, "kid"));
    jws.typ = json_view(json_object_get(jws.header, "typ"));
    *out = jws;
    return AGENTOS_OK;
}

/* Verifies the signature with one key. */
agentos_status jws_verify(const struct jws *jws, const struct key *key, agentos_error *err)
{
    ensure(jws->signing_input.len > 0);
    /* RFC 8725 §3.1: the key determines the algorithm, and the token must name exactly that one. */
    if (!str_equal(jws->alg, str_of(key_alg(key)->name)))
        return refuse(err, REFUSAL_ALG_NOT_ALLOWED);
    if (!signature_is_right(key, jws->signing_input, jws->signature))
        return refuse(err, REFUSAL_SIGNATURE_WRONG);
    return AGENTOS_OK;
}

static void append_header(const struct key *key, const char *kid, buf *out)
{
    writer w = { .out = out };

    write_object(&w);
    write_member(&w, "alg", key_alg(key)->name);
    write_member(&w, "typ", "JWT");
    write_member_if(&w, "kid", kid);
    write_end(&w);
}

/* Appends "HEADER.PAYLOAD" (RFC 7515 §5.1). Returns false if a limit is exceeded. */
static bool append_signing_input(const struct key *key, const char *kid, str payload, buf *out)
{
    AUTO_BUF header = buf_with_limit(HEADER_MAX_BYTES);

    append_header(key, kid, &header);
    base64url_append(out, buf_view(&header));
    buf_append_char(out, '.');
    base64url_append(out, payload);
    return buf_ok(&header) && buf_ok(out);
}

/* Signs the payload and appends the token. On failure the caller must discard `out`. */
agentos_status jws_sign(const struct key *key, const char *kid, str payload, buf *out,
                        agentos_error *err)
{
    AUTO_BUF input = buf_with_limit(out->limit);
    struct signature signature;

    if (!append_signing_input(key, kid, payload, &input))
        return fail(err, AGENTOS_TOO_LARGE, "the token would be larger than %zu bytes", out->limit);
    TRY(signature_make(key, buf_view(&input), &signature, err));
    buf_append(out, buf_view(&input));
    buf_append_char(out, '.');
    base64url_append(out, (str){ (const char *)signature.bytes, signature.len });
    if (!buf_ok(out))
        return fail(err, AGENTOS_TOO_LARGE, "the token would be larger than %zu bytes", out->limit);
    return AGENTOS_OK;
}
