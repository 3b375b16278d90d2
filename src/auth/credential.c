/* Finds the credential in a request's headers and cookies and determines its kind. A token in the
 * URL is refused (RFC 6750 §5.3). This file does not verify the credential, and all results point
 * into the request. */
#include "auth/credential.h"

#include "base/ensure.h"
#include "base/refusals.h"
#include "http/form.h"

/* Returns the kind of a token, by its prefix. Only service accounts' tokens have one. */
static enum credential_kind kind_of(str token)
{
    return str_starts(token, STR("agno_pat_")) ? CREDENTIAL_SERVICE_ACCOUNT : CREDENTIAL_JWT;
}

/* Returns whether the name of a query field is access_token, also if it is percent-encoded: a name
 * such as access%5Ftoken is the same name after decoding. */
static bool is_token_name(str name)
{
    static const str wanted = STR_INIT("access_token");
    str decoded;

    if (!str_has(name, '%'))
        return str_equal(name, wanted);
    if (name.len > 3 * wanted.len) /* an encoded byte, such as %5F, has three characters */
        return false;
    AUTO(arena) *a = arena_new();
    return url_decode(a, name, true, &decoded, NULL) == AGENTOS_OK && str_equal(decoded, wanted);
}

/* Returns whether the query has an access_token. Its value is not looked at: a token in a URL ends
 * up in logs and histories (RFC 6750 §5.3), so the request is refused. */
static bool has_query_token(str query)
{
    while (query.len > 0) {
        str field = str_split(&query, '&');

        if (is_token_name(str_split(&field, '=')))
            return true;
    }
    return false;
}

/* Writes what follows "Bearer " to *token. Returns false, and leaves *token unchanged, if the value
 * has no such scheme. The scheme's case does not matter. */
static bool cut_scheme(str value, str *token)
{
    static const str scheme = STR_INIT("Bearer ");

    if (value.len < scheme.len || !str_equal_nocase((str){ value.ptr, scheme.len }, scheme))
        return false;
    *token = str_trim(str_from(value, scheme.len));
    return true;
}

/* Returns the value of the header that carries tokens. Returns an empty text if it is absent, or if
 * tokens are accepted only in a cookie. */
static str header_value(const struct request *request, const struct credential_rules *rules)
{
    ensure(rules->header != NULL);
    str value = STR("");

    if (rules->source != TOKEN_IN_COOKIE)
        (void)headers_find(&request->headers, str_of(rules->header), &value); /* else still empty */
    return value;
}

/* Returns the value of the cookie that carries tokens. Returns an empty text if it is absent, or if
 * tokens are accepted only in a header. */
static str cookie_value(const struct request *request, const struct credential_rules *rules)
{
    ensure(rules->cookie != NULL);
    str value = STR("");

    if (rules->source != TOKEN_IN_HEADER)
        (void)cookie_find(&request->headers, str_of(rules->cookie), &value); /* else still empty */
    return value;
}

/* Returns whether the request has anything in the places where tokens are accepted. */
bool credential_is_present(const struct request *request, const struct credential_rules *rules)
{
    if (str_trim(header_value(request, rules)).len > 0)
        return true;
    return cookie_value(request, rules).len > 0;
}

/* Refuses a request that repeats a header for tokens: a proxy and this server could each pick
 * another of them. */
static agentos_status refuse_repeated(const struct request *request, const char *header,
                                      agentos_error *err)
{
    if (headers_count(&request->headers, str_of(header)) > 1)
        return refuse_with(err, REFUSAL_HEADER_REPEATED, header);
    return AGENTOS_OK;
}

/* Refuses a request that repeats the cookie for tokens: any page of a neighbouring host can set one
 * for the whole domain (RFC 6265 §8.6), and the first one would count. */
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

/* Refuses requests whose credential is ambiguous or exposed: a repeated header or cookie, or a
 * token in the query. This applies wherever tokens are accepted. */
static agentos_status refuse_ambiguity(const struct request *request,
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

/* Refuses a request without a credential, and says where it should have been. */
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

/* Writes the token in the header to *token, which is empty if there is none. Refuses a token
 * without the scheme Bearer unless such tokens are accepted. */
static agentos_status read_header(const struct request *request,
                                  const struct credential_rules *rules, str *token,
                                  agentos_error *err)
{
    str value = header_value(request, rules);

    if (cut_scheme(value, token))
        return AGENTOS_OK;
    *token = str_trim(value);
    if (token->len > 0 && rules->bare == BARE_REFUSED)
        return refuse_with(err, REFUSAL_SCHEME_MISSING, rules->header, rules->header);
    return AGENTOS_OK;
}

/* Finds the credential of a request. The header has precedence over the cookie. *out is a view into
 * the request. */
agentos_status credential_find(const struct request *request, const struct credential_rules *rules,
                               struct credential *out, agentos_error *err)
{
    str token = STR("");

    TRY(refuse_ambiguity(request, rules, err));
    TRY(read_header(request, rules, &token, err));
    bool from_cookie = token.len == 0;
    if (from_cookie)
        token = cookie_value(request, rules);
    if (token.len == 0)
        return refuse_missing(rules, err);
    *out = (struct credential){ .kind = kind_of(token), .text = token, .from_cookie = from_cookie };
    return AGENTOS_OK;
}
