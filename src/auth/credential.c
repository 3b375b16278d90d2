/* Where a token may stand in a request, and what kind it is. Checks nothing and copies nothing. */
#include "auth/credential.h"

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
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (str_starts(token, kinds[i].prefix))
            return kinds[i].kind;
    return CREDENTIAL_NONE;
}

/* A token in a URL ends up in logs and histories (RFC 6750 §5.3), so it is not even looked at. */
static bool has_query_token(str query)
{
    while (query.len > 0) {
        str field = str_split(&query, '&');

        if (str_equal(str_split(&field, '='), STR("access_token")))
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

agentos_status credential_find(const struct request *request, enum bare_tokens bare,
                               struct credential *out, agentos_error *err)
{
    str value = STR(""), token;

    if (headers_count(&request->headers, STR("Authorization")) > 1)
        return fail(err, AGENTOS_INVALID, "More than one Authorization header");
    if (has_query_token(request->query))
        return fail(
            err, AGENTOS_INVALID,
            "access_token in the query string is not accepted: send an Authorization header");

    (void)headers_find(&request->headers, STR("Authorization"), &value); /* absent is as empty */
    bool has_scheme = cut_scheme(value, &token);
    if (!has_scheme)
        token = str_trim(value);
    if (token.len == 0)
        return fail(err, AGENTOS_UNAUTHENTICATED, "Authorization header missing");
    if (!has_scheme && bare == BARE_REFUSED)
        return fail(err, AGENTOS_UNAUTHENTICATED,
                    "Authorization header without a scheme: send Authorization: Bearer TOKEN");
    *out = (struct credential){ .kind = kind_of(token), .text = token };
    return AGENTOS_OK;
}
