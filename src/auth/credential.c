/* Finds the credential in a request's headers and cookies and determines its kind. A token in the
 * URL is refused (RFC 6750 §5.3). This file does not verify the credential, and all results point
 * into the request. */
#include "auth/credential.h"

#include "base/mem.h"
#include "base/refusals.h"
#include "http/form.h"

/* The first prefix that fits decides; a JWT has none. */
static const struct {
    str prefix;
    enum credential_kind kind;
} kinds[] = {
    { STR_INIT("agno_pat_"), CREDENTIAL_SERVICE_ACCOUNT },
    { STR_INIT(""), CREDENTIAL_JWT },
};

static enum credential_kind kind_of(str token)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_starts(token, kinds[i].prefix))
            return kinds[i].kind;
    return CREDENTIAL_NONE;
}

/* However it is spelt: access%5Ftoken is the same name to whoever decodes it. */
static bool is_token_name(str name)
{
    static const str wanted = STR_INIT("access_token");
    str decoded;

    if (!str_has(name, '%') || name.len > 3 * wanted.len)
        return str_equal(name, wanted);
    AUTO(arena) *a = arena_new();
    return url_decode(a, name, true, &decoded, NULL) == AGENTOS_OK && str_equal(decoded, wanted);
}

/* A token in a URL ends up in logs and histories (RFC 6750 §5.3), so it is not even looked at. */
static bool has_query_token(str query)
{
    while (query.len > 0) {
        str field = str_split(&query, '&');

        if (is_token_name(str_split(&field, '=')))
            return true;
    }
    return false;
}

/* What follows "Bearer " in any case; false: there is no such scheme. */
static bool cut_scheme(str value, str *token)
{
    static const str scheme = STR_INIT("Bearer ");

    if (value.len < scheme.len || !str_equal_nocase((str){ value.ptr, scheme.len }, scheme))
        return false;
    *token = str_trim(str_from(value, scheme.len));
    return true;
}

static bool looks_in_header(const struct credential_rules *rules)
{
    return rules->source != TOKEN_IN_COOKIE;
}

/* The value of a header that may stand once; empty when it is not looked at, or not there. */
static str header_value(const struct request *request, const struct credential_rules *rules)
{
    str value = STR("");

    if (looks_in_header(rules))
        (void)headers_find(&request->headers, str_of(rules->header), &value); /* absent is empty */
    return value;
}

static str cookie_value(const struct request *request, const struct credential_rules *rules)
{
    str value = STR("");

    if (rules->source != TOKEN_IN_HEADER)
        (void)cookie_find(&request->headers, str_of(rules->cookie), &value); /* the same */
    return value;
}

bool credential_is_present(const struct request *request, const struct credential_rules *rules)
{
    return str_trim(header_value(request, rules)).len > 0 || cookie_value(request, rules).len > 0;
}

/* What no request may carry, wherever its token is. */
static agentos_status refuse_ambiguity(const struct request *request,
                                       const struct credential_rules *rules, agentos_error *err)
{
    const char *const names[] = { "Authorization", rules->header };

    for (size_t i = 0; i < COUNT(names); i++)
        if (headers_count(&request->headers, str_of(names[i])) > 1)
            return refuse_with(err, REFUSAL_HEADER_REPEATED, names[i]);
    if (has_query_token(request->query))
        return refuse(err, REFUSAL_TOKEN_IN_QUERY);
    return AGENTOS_OK;
}

/* Where the credential should have been. */
static agentos_status refuse_missing(const struct credential_rules *rules, agentos_error *err)
{
    if (rules->is_security_key)
        return refuse(err, REFUSAL_SECURITY_KEY_MISSING);
    switch (rules->source) {
    case TOKEN_IN_HEADER: return refuse_with(err, REFUSAL_HEADER_MISSING, rules->header);
    case TOKEN_IN_COOKIE: return refuse_with(err, REFUSAL_COOKIE_MISSING, rules->cookie);
    case TOKEN_IN_EITHER: break;
    }
    return refuse_with(err, REFUSAL_TOKEN_MISSING, rules->header, rules->cookie);
}

agentos_status credential_find(const struct request *request, const struct credential_rules *rules,
                               struct credential *out, agentos_error *err)
{
    str token;

    TRY(refuse_ambiguity(request, rules, err));
    str value = header_value(request, rules);
    bool has_scheme = cut_scheme(value, &token);
    if (!has_scheme)
        token = str_trim(value);
    if (token.len > 0 && !has_scheme && rules->bare == BARE_REFUSED)
        return refuse_with(err, REFUSAL_SCHEME_MISSING, rules->header, rules->header);
    bool from_cookie = token.len == 0;
    if (from_cookie)
        token = cookie_value(request, rules);
    if (token.len == 0)
        return refuse_missing(rules, err);
    *out = (struct credential){ .kind = kind_of(token), .text = token, .from_cookie = from_cookie };
    return AGENTOS_OK;
}
