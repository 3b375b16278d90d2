/* Finds the credential of a request and determines its kind. */
#include "auth/credential.h"

#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"
#include "http/form.h"

/* Returns the kind of a token by its prefix. */
static enum credential_kind kind_of(str token)
{
    return str_starts(token, STR("agno_pat_")) ? CREDENTIAL_SERVICE_ACCOUNT : CREDENTIAL_JWT;
}

/* Returns whether the query field is access_token, possibly percent-encoded. */
static bool is_token_name(str name)
{
    static const str expected = STR_INIT("access_token");
    str decoded;

    if (!str_has(name, '%'))
        return str_equal(name, expected);
    if (name.len > 3 * expected.len) /* an encoded byte has three characters, such as %5F */
        return false;
    AUTO(arena) *a = arena_new();
    return url_decode(a, name, true, &decoded, NULL) == AGENTOS_OK && str_equal(decoded, expected);
}

/* Returns whether the query has an access_token, which would end up in logs (RFC 6750 §5.3). */
static bool has_query_token(str query)
{
    while (query.len > 0) {
        str field = str_split(&query, '&');

        if (is_token_name(str_split(&field, '=')))
            return true;
    }
    return false;
}

/* Sets *token to the text after "Bearer ", ignoring case. Returns false for another scheme. */
static bool strip_scheme(str value, str *token)
{
    static const str scheme = STR_INIT("Bearer ");

    if (value.len < scheme.len || !str_equal_nocase((str){ value.ptr, scheme.len }, scheme))
        return false;
    *token = str_trim(str_from(value, scheme.len));
    return true;
}

/* Returns the value of the token header, or "" if it is absent or not used. */
static str header_value(const struct request *request, const struct credential_rules *rules)
{
    ensure(rules->header != NULL);
    str value = STR("");

    if (rules->source != TOKEN_IN_COOKIE)
        (void)headers_find(&request->headers, str_of(rules->header), &value); /* optional */
    return value;
}

/* Returns the value of the token cookie, or "" if it is absent or not used. */
static str cookie_value(const struct request *request, const struct credential_rules *rules)
{
    ensure(rules->cookie != NULL);
    str value = STR("");

    if (rules->source != TOKEN_IN_HEADER)
        (void)cookie_find(&request->headers, str_of(rules->cookie), &value); /* optional */
    return value;
}

/* Sets *token to the token in the cookie, or "". Rejects a value for a header. */
static agentos_status read_cookie(const struct request *request,
                                  const struct credential_rules *rules, str *token,
                                  agentos_error *err)
{
    str without_scheme;

    *token = cookie_value(request, rules);
    if (strip_scheme(*token, &without_scheme))
        return refuse_with(err, REFUSAL_COOKIE_SCHEME, rules->cookie);
    return AGENTOS_OK;
}

/* Returns whether the request has anything in the places for tokens. */
bool credential_is_present(const struct request *request, const struct credential_rules *rules)
{
    if (str_trim(header_value(request, rules)).len > 0)
        return true;
    return cookie_value(request, rules).len > 0;
}

/* Rejects a repeated token header, which a proxy and this server could read differently. */
static agentos_status refuse_repeated(const struct request *request, const char *header,
                                      agentos_error *err)
{
    if (headers_count(&request->headers, str_of(header)) > 1)
        return refuse_with(err, REFUSAL_HEADER_REPEATED, header);
    return AGENTOS_OK;
}

/* Rejects a repeated cookie, which a neighboring host can set (RFC 6265 §8.6). */
static agentos_status refuse_repeated_cookie(const struct request *request,
                                             const struct credential_rules *rules,
                                             agentos_error *err)
{
    ensure(rules->cookie != NULL);
    if (rules->source != TOKEN_IN_HEADER &&
        cookie_count(&request->headers, str_of(rules->cookie)) > 1)
        return refuse_with(err, REFUSAL_COOKIE_REPEATED, rules->cookie);
    return AGENTOS_OK;
}

/* Rejects a repeated header or cookie and a token in the query. */
static agentos_status check_unambiguous(const struct request *request,
                                        const struct credential_rules *rules, agentos_error *err)
{
    ensure(rules->header != NULL);
    TRY(refuse_repeated(request, "Authorization", err));
    TRY(refuse_repeated(request, rules->header, err));
    TRY(refuse_repeated_cookie(request, rules, err));
    if (has_query_token(request->query))
        return refuse(err, REFUSAL_TOKEN_IN_QUERY);
    return AGENTOS_OK;
}

/* Rejects a request without a credential. */
static agentos_status refuse_missing(const struct credential_rules *rules, agentos_error *err)
{
    ensure(rules->header != NULL && rules->cookie != NULL);
    if (rules->is_security_key)
        return refuse(err, REFUSAL_SECURITY_KEY_MISSING);
    switch (rules->source) {
    case TOKEN_IN_HEADER: return refuse_with(err, REFUSAL_HEADER_MISSING, rules->header);
    case TOKEN_IN_COOKIE: return refuse_with(err, REFUSAL_COOKIE_MISSING, rules->cookie);
    case TOKEN_IN_EITHER: break;
    }
    return refuse_with(err, REFUSAL_TOKEN_MISSING, rules->header, rules->cookie);
}

/* Rejects a header value other than "Bearer TOKEN" with a message that fits it. */
static agentos_status refuse_scheme(str value, const char *header, agentos_error *err)
{
    static const str known[] = { STR_INIT("Basic"), STR_INIT("Digest"), STR_INIT("DPoP"),
                                 STR_INIT("Negotiate"), STR_INIT("Token") };
    str rest = value, scheme = str_split(&rest, ' ');

    if (str_equal_nocase(value, STR("Bearer")))
        return refuse_with(err, REFUSAL_BEARER_EMPTY, header, header);
    for (size_t i = 0; i < COUNT(known); i++)
        if (rest.len > 0 && str_equal_nocase(scheme, known[i]))
            return refuse_with(err, REFUSAL_SCHEME_OTHER, header, (int)known[i].len, known[i].ptr,
                               header);
    return refuse_with(err, REFUSAL_SCHEME_MISSING, header, header);
}

/* Sets *token to the token in the header, or "". Rejects a token without Bearer, unless allowed. */
static agentos_status read_header(const struct request *request,
                                  const struct credential_rules *rules, str *token,
                                  agentos_error *err)
{
    str value = header_value(request, rules);

    if (strip_scheme(value, token))
        return AGENTOS_OK;
    *token = str_trim(value);
    if (token->len > 0 && rules->bare == BARE_REFUSED)
        return refuse_scheme(*token, rules->header, err);
    return AGENTOS_OK;
}

/* Finds the credential of a request, in the header before the cookie. *out views the request. */
agentos_status credential_find(const struct request *request, const struct credential_rules *rules,
                               struct credential *out, agentos_error *err)
{
    str token = STR("");

    TRY(check_unambiguous(request, rules, err));
    TRY(read_header(request, rules, &token, err));
    bool from_cookie = token.len == 0;
    if (from_cookie)
        TRY(read_cookie(request, rules, &token, err));
    if (token.len == 0)
        return refuse_missing(rules, err);
    *out = (struct credential){ .kind = kind_of(token), .text = token, .from_cookie = from_cookie };
    return AGENTOS_OK;
}
